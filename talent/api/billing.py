"""Invoices and payment batches over the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freelance_hub.access import Actor
from freelance_hub.api.schema import example
from freelance_hub.api.views import HubViewSet
from freelance_hub.permissions import Capability
from talent.access import access_invoicing, visible_batches, visible_invoices
from talent.api.sourcing import ReasonBody
from talent.models import Assignment, Freelancer, Invoice, InvoiceLine, PaymentBatch
from talent.services.invoices import approve_invoice, create_invoice, reject_invoice, release_invoice
from talent.services.payments import export_payments


class InvoiceLineSerializer(serializers.ModelSerializer[InvoiceLine]):
    class Meta:
        model = InvoiceLine
        fields = ["description", "quantity", "unit_price", "amount"]
        read_only_fields = fields


class InvoiceSerializer(serializers.ModelSerializer[Invoice]):
    ref = serializers.CharField(read_only=True)
    assignment = serializers.SlugRelatedField[Assignment](slug_field="number", read_only=True)
    freelancer = serializers.SlugRelatedField[Freelancer](slug_field="public_id", read_only=True)
    lines = InvoiceLineSerializer(many=True, read_only=True)

    class Meta:
        model = Invoice
        fields = [
            "number",
            "ref",
            "assignment",
            "freelancer",
            "state",
            "currency",
            "total",
            "issued_on",
            "due_on",
            "paid_on",
            "rejection_reason",
            "created_at",
            "lines",
        ]
        read_only_fields = fields


@example("All accepted work of ASN-12", assignment=12)
class InvoiceBody(serializers.Serializer[dict[str, Any]]):
    assignment = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text="Number of the assignment")


class InvoiceViewSet(HubViewSet):
    """What is owed for accepted work."""

    serializer_class = InvoiceSerializer
    lookup_field = "number"
    scopes = {
        "list": Capability.INVOICE_SEE,
        "retrieve": Capability.INVOICE_SEE,
        "create": Capability.INVOICE_CREATE,
        "approve": Capability.INVOICE_APPROVE,
        "release": Capability.INVOICE_RELEASE,
        "reject": Capability.INVOICE_SEE,
    }

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        return visible_invoices(actor).select_related("assignment", "freelancer").prefetch_related("lines")

    @extend_schema(request=InvoiceBody, responses={201: InvoiceSerializer})
    def create(self, request: Request) -> Response:
        """Make an invoice of all accepted work of an assignment that is on none yet."""
        assignment = access_invoicing(self.actor, self.valid(InvoiceBody)["assignment"])
        return self.shown(create_invoice(assignment=assignment, actor=self.actor), status=201)

    @extend_schema(request=None, responses=InvoiceSerializer)
    def approve(self, request: Request, number: int) -> Response:
        """Approve it as the manager of the work."""
        return self.shown(approve_invoice(invoice=self.get_object(), actor=self.actor))

    @extend_schema(request=None, responses=InvoiceSerializer)
    def release(self, request: Request, number: int) -> Response:
        """Approve it for payment, as finance."""
        return self.shown(release_invoice(invoice=self.get_object(), actor=self.actor))

    @extend_schema(request=ReasonBody, responses=InvoiceSerializer)
    def reject(self, request: Request, number: int) -> Response:
        """Reject it with the reason; its work can be invoiced again."""
        return self.shown(reject_invoice(invoice=self.get_object(), actor=self.actor, **self.valid(ReasonBody)))


class PaymentBatchSerializer(serializers.ModelSerializer[PaymentBatch]):
    ref = serializers.CharField(read_only=True)

    class Meta:
        model = PaymentBatch
        fields = ["number", "ref", "currency", "rows_count", "total", "sha256", "created_at"]
        read_only_fields = fields


@example("All that is due in euros", currency="EUR")
class BatchBody(serializers.Serializer[dict[str, Any]]):
    currency = serializers.RegexField(r"^[A-Z]{3}$", help_text="ISO 4217")


class PaymentBatchViewSet(HubViewSet):
    """Numbered batches of payments. The file itself is downloaded in the browser, where each look is logged."""

    serializer_class = PaymentBatchSerializer
    lookup_field = "number"
    scopes = {
        "list": Capability.PAYMENT_SEE,
        "retrieve": Capability.PAYMENT_SEE,
        "create": Capability.PAYMENT_EXPORT,
    }

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        return visible_batches(actor)

    @extend_schema(request=BatchBody, responses={201: PaymentBatchSerializer})
    def create(self, request: Request) -> Response:
        """Take all approved invoices of one currency into a new batch."""
        return self.shown(export_payments(actor=self.actor, **self.valid(BatchBody)), status=201)
