"""Routes of requests and their candidates."""

from django.urls import path

from talent.views import candidates, requisitions

console = [
    path("requests/", requisitions.requisition_list, name="requisition_list"),
    path("requests/new/", requisitions.requisition_create, name="requisition_create"),
    path("requests/<int:number>/", requisitions.requisition_detail, name="requisition_detail"),
    path("requests/<int:number>/edit/", requisitions.requisition_edit, name="requisition_edit"),
    path("requests/<int:number>/submit/", requisitions.requisition_submit, name="requisition_submit"),
    path("requests/<int:number>/hold/", requisitions.requisition_hold, name="requisition_hold"),
    path("requests/<int:number>/reopen/", requisitions.requisition_reopen, name="requisition_reopen"),
    path("requests/<int:number>/close/", requisitions.requisition_close, name="requisition_close"),
    path("requests/<int:number>/cancel/", requisitions.requisition_cancel, name="requisition_cancel"),
    path("requests/<int:number>/candidates/", candidates.submission_create, name="submission_create"),
    path("requests/<int:number>/candidates/<uuid:public_id>/", candidates.submission_decide, name="submission_decide"),
    path(
        "requests/<int:number>/candidates/<uuid:public_id>/engage/",
        candidates.assignment_create,
        name="assignment_create",
    ),
]
