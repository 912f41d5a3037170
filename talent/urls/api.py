"""API routes of talent."""

from typing import Any

from django.urls import path

from talent.api.amendments import AmendmentViewSet
from talent.api.billing import InvoiceViewSet, PaymentBatchViewSet
from talent.api.engagements import AssignmentViewSet
from talent.api.people import FreelancerViewSet
from talent.api.sourcing import RequisitionViewSet
from talent.api.work import DeliverableViewSet, TimeLineViewSet

LIST: dict[str, Any] = {"get": "list"}
ONE: dict[str, Any] = {"get": "retrieve"}
NEW: dict[str, Any] = {"get": "list", "post": "create"}

urlpatterns = [
    path("freelancers/", FreelancerViewSet.as_view(NEW), name="api_freelancer_list"),
    path(
        "freelancers/<uuid:public_id>/",
        FreelancerViewSet.as_view({**ONE, "patch": "partial_update"}),
        name="api_freelancer_detail",
    ),
    path("requisitions/", RequisitionViewSet.as_view(NEW), name="api_requisition_list"),
    path("requisitions/<int:number>/", RequisitionViewSet.as_view(ONE), name="api_requisition_detail"),
    path(
        "requisitions/<int:number>/submit/",
        RequisitionViewSet.as_view({"post": "submit"}),
        name="api_requisition_submit",
    ),
    path(
        "requisitions/<int:number>/cancel/",
        RequisitionViewSet.as_view({"post": "cancel"}),
        name="api_requisition_cancel",
    ),
    path("assignments/", AssignmentViewSet.as_view(NEW), name="api_assignment_list"),
    path("assignments/<int:number>/", AssignmentViewSet.as_view(ONE), name="api_assignment_detail"),
    path("assignments/<int:number>/start/", AssignmentViewSet.as_view({"post": "start"}), name="api_assignment_start"),
    path("assignments/<int:number>/end/", AssignmentViewSet.as_view({"post": "end"}), name="api_assignment_end"),
    path("amendments/", AmendmentViewSet.as_view(NEW), name="api_amendment_list"),
    path("amendments/<int:number>/", AmendmentViewSet.as_view(ONE), name="api_amendment_detail"),
    path("amendments/<int:number>/submit/", AmendmentViewSet.as_view({"post": "submit"}), name="api_amendment_submit"),
    path(
        "amendments/<int:number>/withdraw/",
        AmendmentViewSet.as_view({"post": "withdraw"}),
        name="api_amendment_withdraw",
    ),
    path("time-lines/", TimeLineViewSet.as_view(LIST), name="api_time_line_list"),
    path("time-lines/<uuid:public_id>/", TimeLineViewSet.as_view(ONE), name="api_time_line_detail"),
    path(
        "time-lines/<uuid:public_id>/accept/",
        TimeLineViewSet.as_view({"post": "accept"}),
        name="api_time_line_accept",
    ),
    path(
        "time-lines/<uuid:public_id>/return/",
        TimeLineViewSet.as_view({"post": "give_back"}),
        name="api_time_line_return",
    ),
    path("deliverables/", DeliverableViewSet.as_view(LIST), name="api_deliverable_list"),
    path("deliverables/<uuid:public_id>/", DeliverableViewSet.as_view(ONE), name="api_deliverable_detail"),
    path(
        "deliverables/<uuid:public_id>/accept/",
        DeliverableViewSet.as_view({"post": "accept"}),
        name="api_deliverable_accept",
    ),
    path(
        "deliverables/<uuid:public_id>/return/",
        DeliverableViewSet.as_view({"post": "give_back"}),
        name="api_deliverable_return",
    ),
    path("invoices/", InvoiceViewSet.as_view(NEW), name="api_invoice_list"),
    path("invoices/<int:number>/", InvoiceViewSet.as_view(ONE), name="api_invoice_detail"),
    path("invoices/<int:number>/approve/", InvoiceViewSet.as_view({"post": "approve"}), name="api_invoice_approve"),
    path("invoices/<int:number>/release/", InvoiceViewSet.as_view({"post": "release"}), name="api_invoice_release"),
    path("invoices/<int:number>/reject/", InvoiceViewSet.as_view({"post": "reject"}), name="api_invoice_reject"),
    path("payment-batches/", PaymentBatchViewSet.as_view(NEW), name="api_payment_batch_list"),
    path("payment-batches/<int:number>/", PaymentBatchViewSet.as_view(ONE), name="api_payment_batch_detail"),
]
