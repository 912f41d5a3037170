"""Console routes of workflows."""

from django.urls import URLPattern, URLResolver, path

from workflows.urls.accesses import ACCESSES
from workflows.views import inbox, receipts, runs, starts

urlpatterns: list[URLPattern | URLResolver] = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/<uuid:public_id>/", inbox.step_detail, name="step_detail"),
    path("inbox/<uuid:public_id>/resolve/", runs.step_resolve, name="step_resolve"),
    path("receipts/check/", receipts.document_check, name="document_check"),
    path("receipts/<uuid:public_id>/", receipts.receipt_detail, name="receipt_detail"),
    path("workflows/", runs.run_list, name="run_list"),
    path("workflows/start/<uuid:public_id>/", starts.workflow_start, name="workflow_start"),
    path("workflows/<uuid:public_id>/", runs.run_detail, name="run_detail"),
    path("workflows/<uuid:public_id>/cancel/", runs.run_cancel, name="run_cancel"),
    *ACCESSES,
]
