"""Routes of assignments, and the portal's first page."""

from django.urls import path

from talent.views import assignments
from talent.views import portal as portal_pages

console = [
    path("assignments/", assignments.assignment_list, name="assignment_list"),
    path("assignments/<int:number>/", assignments.assignment_detail, name="assignment_detail"),
    path("assignments/<int:number>/start/", assignments.assignment_start, name="assignment_start"),
    path("assignments/<int:number>/suspend/", assignments.assignment_suspend, name="assignment_suspend"),
    path("assignments/<int:number>/resume/", assignments.assignment_resume, name="assignment_resume"),
    path("assignments/<int:number>/end/", assignments.assignment_end, name="assignment_end"),
]
portal = [
    path("", portal_pages.portal_home, name="portal_home"),
    path("assignments/<int:number>/", portal_pages.portal_assignment_detail, name="portal_assignment_detail"),
]
