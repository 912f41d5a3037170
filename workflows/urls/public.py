"""Public routes of workflows."""

from django.urls import URLPattern, URLResolver, path

from workflows.views import decide_by_mail

urlpatterns: list[URLPattern | URLResolver] = [
    path("decide/<str:secret>/", decide_by_mail.decide_by_mail, name="decide_by_mail"),
]
