"""Invoices from accepted work, and the payment batches that finance takes away."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import LegalEntity, Membership, StoredFile
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes
from talent.models.engagements import Assignment
from talent.models.people import Freelancer
from talent.models.work import Deliverable, TimeLine

_REFERENCES = (
    "assignment",
    "freelancer",
    "legal_entity",
    "created_by",
    "manager_approved_by",
    "released_by",
    "rejected_by",
)


class Invoice(TenantModel):
    """What one assignment is owed for accepted work: approved by the manager, then by finance, then exported."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Waiting for the manager"
        IN_APPROVAL = "in_approval", "Waiting for finance"
        PENDING_PO = "pending_po", "Waiting for a purchase order"
        APPROVED = "approved", "Approved, to be paid"
        EXPORTED = "exported", "Sent to payment"
        PAID = "paid", "Paid"
        REJECTED = "rejected", "Rejected"
        CREDITED = "credited", "Credited"

    OPEN = (State.DRAFT, State.SUBMITTED, State.IN_APPROVAL, State.PENDING_PO)

    number = models.PositiveIntegerField(help_text="INV-<number>")
    assignment = ref(Assignment, models.PROTECT, related_name="invoices")
    freelancer = ref(Freelancer, models.PROTECT, related_name="invoices")
    legal_entity = ref(LegalEntity, models.PROTECT, related_name="invoices")
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    currency = models.CharField(max_length=3)
    total = models.DecimalField(max_digits=14, decimal_places=2, help_text="Sum of the lines, without tax")
    issued_on = models.DateField()
    due_on = models.DateField(help_text="Pay-by date")
    created_by = ref(Membership, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    manager_approved_by = ref(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    manager_approved_at = models.DateTimeField(null=True, blank=True)
    released_by = ref(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    paid_on = models.DateField(null=True, blank=True)
    rejected_by = ref(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    rejected_at = models.DateTimeField(null=True, blank=True)
    rejection_reason = models.CharField(max_length=400, blank=True)
    returned_count = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("talent_invoice", *_REFERENCES),
            models.UniqueConstraint(fields=["tenant", "number"], name="talent_invoice_number"),
            models.CheckConstraint(condition=Q(total__gt=0), name="talent_invoice_total"),
        ]
        indexes = [
            *tenant_indexes("talent_invoice", *_REFERENCES),
            models.Index(fields=["tenant", "-created_at", "-id"], name="talent_invoice_recent"),
            models.Index(fields=["tenant", "state", "-created_at", "-id"], name="talent_invoice_state"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        return f"INV-{self.number}"


class InvoiceLine(TenantModel):
    """One accepted time line or deliverable on an invoice. Each can stand on one live invoice only."""

    invoice = ref(Invoice, models.CASCADE, related_name="lines")
    # Exactly one of the two.
    time_line = ref(TimeLine, models.PROTECT, null=True, blank=True, related_name="invoice_lines")
    deliverable = ref(Deliverable, models.PROTECT, null=True, blank=True, related_name="invoice_lines")
    description = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=8, decimal_places=2)
    unit_price = models.DecimalField(max_digits=12, decimal_places=2)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    is_live = models.BooleanField(default=True, help_text="No once the invoice is rejected: the work is free again.")

    class Meta:
        constraints = [
            *tenant_constraints("talent_invoiceline", "time_line", "deliverable", invoice="CASCADE"),
            models.UniqueConstraint(
                fields=["tenant", "time_line"],
                condition=Q(time_line__isnull=False, is_live=True),
                name="talent_invoiceline_time",
            ),
            models.UniqueConstraint(
                fields=["tenant", "deliverable"],
                condition=Q(deliverable__isnull=False, is_live=True),
                name="talent_invoiceline_deliv",
            ),
            models.CheckConstraint(
                condition=Q(time_line=None) ^ Q(deliverable=None), name="talent_invoiceline_one_source"
            ),
        ]
        indexes = tenant_indexes("talent_invoiceline", "invoice")

    def __str__(self) -> str:
        return self.description


class PaymentBatch(TenantModel):
    """A numbered file of payments with control totals. The same invoice never leaves twice."""

    number = models.PositiveIntegerField(help_text="PAY-<number>")
    currency = models.CharField(max_length=3)
    rows_count = models.PositiveIntegerField()
    total = models.DecimalField(max_digits=16, decimal_places=2)
    sha256 = models.CharField(max_length=64, help_text="Of the CSV's bytes")
    # Null only while the batch is being made.
    file = ref(StoredFile, models.PROTECT, null=True, related_name="+")
    created_by = ref(Membership, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    download_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            *tenant_constraints("talent_paymentbatch", "file", "created_by"),
            models.UniqueConstraint(fields=["tenant", "number"], name="talent_paymentbatch_number"),
        ]
        indexes = [
            *tenant_indexes("talent_paymentbatch", "file", "created_by"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="talent_paymentbatch_recent"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        return f"PAY-{self.number}"


class PaymentRow(TenantModel):
    """One invoice in one batch."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    batch = ref(PaymentBatch, models.PROTECT, related_name="rows")
    invoice = ref(Invoice, models.PROTECT, related_name="payment_rows")
    amount = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        constraints = [
            *tenant_constraints("talent_paymentrow", "batch", "invoice"),
            models.UniqueConstraint(fields=["tenant", "invoice"], name="talent_paymentrow_once"),
        ]
        indexes = tenant_indexes("talent_paymentrow", "batch")

    def __str__(self) -> str:
        return f"{self.invoice_id} in {self.batch_id}"
