"""Routes of time and deliverables."""

from django.urls import path

from talent.views import deliverables, portal_deliverables, portal_time, timesheets

console = [
    path("work/", timesheets.work_list, name="work_list"),
    path("time/", timesheets.time_list, name="time_list"),
    path("assignments/<int:number>/time/<str:week>/", timesheets.timesheet_week, name="timesheet_week"),
    path("assignments/<int:number>/deliverables/new/", deliverables.deliverable_create, name="deliverable_create"),
    path("deliverables/", deliverables.deliverable_list, name="deliverable_list"),
    path("deliverables/<uuid:public_id>/", deliverables.deliverable_detail, name="deliverable_detail"),
    path("deliverables/<uuid:public_id>/accept/", deliverables.deliverable_accept, name="deliverable_accept"),
    path("deliverables/<uuid:public_id>/return/", deliverables.deliverable_return, name="deliverable_return"),
]
portal = [
    path("time/", portal_time.portal_time_start, name="portal_time_start"),
    path("time/<int:number>/<str:week>/", portal_time.portal_time, name="portal_time"),
    path("time/<int:number>/<str:week>/submit/", portal_time.portal_time_submit, name="portal_time_submit"),
    path("deliverables/", portal_deliverables.portal_deliverable_list, name="portal_deliverable_list"),
    path(
        "deliverables/<uuid:public_id>/",
        portal_deliverables.portal_deliverable_detail,
        name="portal_deliverable_detail",
    ),
    path(
        "deliverables/<uuid:public_id>/submit/",
        portal_deliverables.portal_deliverable_submit,
        name="portal_deliverable_submit",
    ),
]
