"""Addresses of SCIM."""

from django.urls import path

from freelance_hub.scim.group_views import GroupsViewSet, SearchViewSet
from freelance_hub.scim.views import DescriptionViewSet, PeopleViewSet

urlpatterns = [
    path("ServiceProviderConfig", DescriptionViewSet.as_view({"get": "config"}), name="scim_config"),
    path("ResourceTypes", DescriptionViewSet.as_view({"get": "types"}), name="scim_types"),
    path("ResourceTypes/<str:name>", DescriptionViewSet.as_view({"get": "one_type"}), name="scim_type"),
    path("Schemas", DescriptionViewSet.as_view({"get": "schemas"}), name="scim_schemas"),
    path("Schemas/<str:name>", DescriptionViewSet.as_view({"get": "one_schema"}), name="scim_schema"),
    path("Users", PeopleViewSet.as_view({"get": "list", "post": "create"}), name="scim_users"),
    path("Users/.search", PeopleViewSet.as_view({"post": "search"}), name="scim_users_search"),
    path(
        "Users/<str:public_id>",
        PeopleViewSet.as_view({"get": "retrieve", "put": "replace", "patch": "partial_update", "delete": "destroy"}),
        name="scim_user",
    ),
    path("Groups", GroupsViewSet.as_view({"get": "list", "post": "create"}), name="scim_groups"),
    path("Groups/.search", GroupsViewSet.as_view({"post": "search"}), name="scim_groups_search"),
    path(
        "Groups/<str:key>",
        GroupsViewSet.as_view({"get": "retrieve", "put": "replace", "patch": "partial_update", "delete": "destroy"}),
        name="scim_group",
    ),
    path(".search", SearchViewSet.as_view({"post": "search"}), name="scim_search"),
]
