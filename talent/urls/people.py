"""Routes of the directory and of one's own profile."""

from django.urls import path

from freelance_hub.imports.urls import import_paths
from talent.imports import FREELANCERS
from talent.views import freelancers
from talent.views import portal as portal_pages

console = [
    path("freelancers/", freelancers.freelancer_list, name="freelancer_list"),
    path("freelancers/new/", freelancers.freelancer_create, name="freelancer_create"),
    *import_paths(FREELANCERS, "freelancers/import/"),
    path("freelancers/<uuid:public_id>/", freelancers.freelancer_detail, name="freelancer_detail"),
    path("freelancers/<uuid:public_id>/edit/", freelancers.freelancer_edit, name="freelancer_edit"),
]
portal = [
    path("profile/", portal_pages.portal_profile, name="portal_profile"),
    path("profile/edit/", portal_pages.portal_profile_edit, name="portal_profile_edit"),
    path("profile/account/", portal_pages.portal_payout_edit, name="portal_payout_edit"),
]
