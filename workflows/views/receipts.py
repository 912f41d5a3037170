"""Offboarding receipts, and the page that tells whether a sealed file is genuine."""

import hashlib

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from freelance_hub.documents import judge
from freelance_hub.http import HubRequest, console
from freelance_hub.links import tenant_url
from freelance_hub.models import StoredFile
from freelance_hub.services.files import clean_name, file_url, open_file
from workflows.models import Receipt
from workflows.receipt_words import detail, headline, moment
from workflows.review_access import access_receipt, visible_receipts

LARGEST = 10 * 1024 * 1024  # a receipt has 80 kB


class CheckForm(forms.Form):
    name = ""  # of the file, once it is clean
    file = forms.FileField(
        label="PDF file",
        help_text="As you got it. It is looked at and not kept.",
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf"}),
    )

    def clean_file(self) -> bytes:
        """Its content; too large is no document of ours."""
        upload = self.cleaned_data["file"]
        self.name = clean_name(upload.name)
        if upload.size > LARGEST:
            raise forms.ValidationError("This file has more than 10 MB. No receipt of ours is so large.")
        return bytes(upload.read())


@console
@require_safe
def receipt_detail(request: HubRequest, public_id: object) -> HttpResponseBase:
    """What was open, how, when and by whom it was closed, what waits; with the sealed file and whether it is genuine."""
    receipt = access_receipt(request.actor, public_id)
    others = Receipt.objects.filter(assignment=receipt.assignment_id).exclude(pk=receipt.pk).order_by("-number")
    newest = others.filter(number__gt=receipt.number).first()
    verdict = None
    if receipt.file is not None:
        with open_file(receipt.file) as content:
            verdict = judge(content.read())
    context = {
        "receipt": receipt,
        "assignment": receipt.assignment,
        "assignment_url": tenant_url("assignment_detail", number=receipt.assignment.number),
        "headline": headline(receipt.lines),
        "detail": detail(receipt.lines),
        "lines": [
            line | {"opened": moment(line["opened_at"]), "closed": moment(line["closed_at"])} for line in receipt.lines
        ],
        "others": list(others),
        "newest": newest,
        "verdict": verdict,
        "file_url": file_url(receipt.file, request.actor) if receipt.file else "",
    }
    return render(request, "workflows/receipt_detail.html", context)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def document_check(request: HubRequest) -> HttpResponseBase:
    """Every employee may ask whether a file is as it left here. Changes nothing, keeps nothing."""
    form = CheckForm(request.POST, request.FILES) if request.method == "POST" else CheckForm()
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"]
        context |= {"verdict": judge(content), "receipt": _receipt_of(request, content), "name": form.name}
    return render(request, "workflows/document_check.html", context, status=422 if form.errors else 200)


def _receipt_of(request: HubRequest, content: bytes) -> Receipt | None:
    """The receipt whose file this is to the last byte, if the person may see it."""
    same = StoredFile.objects.filter(owner_kind="receipt", sha256=hashlib.sha256(content).hexdigest())
    return visible_receipts(request.actor).select_related("assignment").filter(file__in=same).first()
