"""Portal routes of the platform."""

from django.urls import path

from freelance_hub.views import files, notifications, search

urlpatterns = [
    path("search/", search.portal_search, name="portal_search"),
    path("news/", notifications.portal_notification_list, name="portal_notification_list"),
    path("news/read/", notifications.portal_notification_read_all, name="portal_notification_read_all"),
    path("news/<uuid:public_id>/", notifications.portal_notification_open, name="portal_notification_open"),
    path("preferences/", notifications.portal_preferences, name="portal_preferences"),
    path("files/<uuid:public_id>/", files.portal_file_download, name="portal_file_download"),
]
