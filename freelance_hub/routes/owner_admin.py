"""What `reverse` knows inside the owners' admin, see views/admin.py."""

from django.urls import path

from freelance_hub.admin_base import owners

urlpatterns = [path("admin/", owners.urls)]
