"""Candidates of a request: put forward, decided, engaged."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from freelance_hub.http import HubRequest, console, redirect_to, refusals_at, refusals_told
from freelance_hub.links import tenant_url
from freelance_hub.permissions import Capability
from talent.access import access_freelancer, access_requisition, access_submission
from talent.forms.engagements import EngageForm
from talent.forms.sourcing import CandidateForm, DecideCandidateForm
from talent.services.engaging import engage
from talent.services.requisitions import refuse_others
from talent.services.submissions import add_submission, decline, shortlist


@console
@require_POST
def submission_create(request: HubRequest, number: int) -> HttpResponseBase:
    requisition = access_requisition(request.actor, number, to=Capability.REQUISITION_CREATE)
    form = CandidateForm(request.POST, actor=request.actor)
    if form.is_valid():
        freelancer = form.cleaned_data["freelancer"]
        with refusals_told(request):
            add_submission(requisition=requisition, freelancer=freelancer, actor=request.actor)
            messages.success(request, f"{freelancer.name} is a candidate.")
    else:
        messages.error(request, "Choose somebody from the directory.")
    return redirect_to(request, tenant_url("requisition_detail", number=number))


@console
@require_POST
def submission_decide(request: HubRequest, number: int, public_id: UUID) -> HttpResponseBase:
    submission = access_submission(request.actor, number, public_id, to=Capability.REQUISITION_CREATE)
    form = DecideCandidateForm(request.POST)
    if form.is_valid():
        decide = shortlist if form.cleaned_data["verdict"] == "shortlist" else decline
        with refusals_told(request):
            decide(submission=submission, actor=request.actor)
            words = submission.get_state_display().lower()
            messages.success(request, f"{submission.freelancer.name} is {words}.")
    return redirect_to(request, tenant_url("requisition_detail", number=number))


@console
@require_http_methods(["GET", "HEAD", "POST"])
def assignment_create(request: HubRequest, number: int, public_id: UUID) -> HttpResponseBase:
    """Engage one person for one request, with terms proposed from both."""
    actor = request.actor
    requisition = access_requisition(actor, number, to=Capability.ASSIGNMENT_ENGAGE)
    refuse_others(requisition, actor)
    freelancer = access_freelancer(actor, public_id)
    back = tenant_url("requisition_detail", number=number)
    form = EngageForm(
        request.POST if request.method == "POST" else None, requisition=requisition, freelancer=freelancer, actor=actor
    )
    if form.is_valid():
        with refusals_at(form):
            assignment = engage(requisition=requisition, freelancer=freelancer, actor=actor, **form.cleaned_data)
            messages.success(request, f"{freelancer.name} is engaged. Start the onboarding when you are ready.")
            return redirect_to(request, tenant_url("assignment_detail", number=assignment.number))
    context = {"form": form, "requisition": requisition, "freelancer": freelancer, "back": back}
    return render(request, "talent/assignment_form.html", context, status=422 if form.is_bound else 200)
