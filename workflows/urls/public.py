"""Public routes of workflows."""

from django.urls import URLPattern, URLResolver, path

from workflows.views import callbacks, decide_by_mail

urlpatterns: list[URLPattern | URLResolver] = [
    path("decide/<str:secret>/", decide_by_mail.decide_by_mail, name="decide_by_mail"),
    path("callbacks/<slug:company>/<uuid:public_id>/", callbacks.access_callback, name="access_callback"),
]
