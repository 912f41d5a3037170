"""Routes of assignments, and the portal's first page."""

from django.urls import path

from talent.views import amendments, assignments, portal_amendments
from talent.views import portal as portal_pages

console = [
    path("assignments/", assignments.assignment_list, name="assignment_list"),
    path("assignments/<int:number>/", assignments.assignment_detail, name="assignment_detail"),
    path("assignments/<int:number>/start/", assignments.assignment_start, name="assignment_start"),
    path("assignments/<int:number>/suspend/", assignments.assignment_suspend, name="assignment_suspend"),
    path("assignments/<int:number>/resume/", assignments.assignment_resume, name="assignment_resume"),
    path("assignments/<int:number>/end/", assignments.assignment_end, name="assignment_end"),
    path("assignments/<int:number>/terms/", amendments.amendment_create, name="amendment_create"),
    path("amendments/<int:number>/", amendments.amendment_detail, name="amendment_detail"),
    path("amendments/<int:number>/edit/", amendments.amendment_edit, name="amendment_edit"),
    path("amendments/<int:number>/submit/", amendments.amendment_submit, name="amendment_submit"),
    path("amendments/<int:number>/withdraw/", amendments.amendment_withdraw, name="amendment_withdraw"),
]
portal = [
    path("", portal_pages.portal_home, name="portal_home"),
    path("assignments/<int:number>/", portal_pages.portal_assignment_detail, name="portal_assignment_detail"),
    path("amendments/<int:number>/", portal_amendments.portal_amendment_detail, name="portal_amendment_detail"),
    path("amendments/<int:number>/accept/", portal_amendments.portal_amendment_accept, name="portal_amendment_accept"),
    path(
        "amendments/<int:number>/decline/",
        portal_amendments.portal_amendment_decline,
        name="portal_amendment_decline",
    ),
]
