"""Public routes of the platform."""

from django.urls import path

from freelance_hub.views import invitations, openid

urlpatterns = [
    path("invitations/<str:secret>/", invitations.invitation_open, name="invitation_open"),
    # The addresses and names that allauth gives them; these stand before its own.
    path("accounts/oidc/<slug:provider_id>/login/", openid.openid_login, name="openid_connect_login"),
    path("accounts/oidc/<slug:provider_id>/login/callback/", openid.openid_callback, name="openid_connect_callback"),
]
