"""Public routes of the platform."""

from django.urls import path

from freelance_hub.views import invitations

urlpatterns = [
    path("invitations/<str:secret>/", invitations.invitation_open, name="invitation_open"),
]
