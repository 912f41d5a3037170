"""The page of one step: who asks what and why, what has changed, who has said what, and the form to answer."""

from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from freelance_hub.http import HubRequest, console, redirect_to
from freelance_hub.links import tenant_url
from freelance_hub.presentation import look
from freelance_hub.services.files import file_items
from workflows.access import access_step, visible_runs
from workflows.models import Step
from workflows.people import candidates, waiting_for
from workflows.questions import decisions_of, in_whose_place, question_of
from workflows.selectors import checklist_of, with_steps
from workflows.subjects import kind_of
from workflows.views.answering import form_for, handed_in, has_answered

Kind = Step.Kind


@console
@require_http_methods(["GET", "HEAD", "POST"])
def step_detail(request: HubRequest, public_id: object) -> HttpResponseBase:
    """Who asks what and why, and the form to answer."""
    step = access_step(request.actor, public_id)
    form = form_for(step, request.POST or None, request.FILES or None)
    if has_answered(request, step, form):
        return redirect_to(request, tenant_url("inbox"))
    return render(
        request, "workflows/step_detail.html", _context(request, step, form), status=422 if form.errors else 200
    )


def _context(request: HubRequest, step: Step, form: forms.Form) -> dict[str, Any]:
    run = step.run
    question = question_of(step, run=run)
    waits = step.state == Step.State.WAITING
    may_answer = waits and waiting_for(request.actor).filter(pk=step.pk).exists() and not step.ends_by_itself
    if step.kind == Kind.APPROVAL and not form.is_bound:
        form.fields["seen"].initial = question.digest
    return {
        "step": step,
        "shown": step.outcome if step.outcome in ("approved", "rejected", "changes") else step.state,
        "run": run,
        "form": form,
        "question": question,
        "subject_url": kind_of(run.subject_type).url(question.subject),
        "amount": question.amount,
        "left": question.left,
        "checklist": checklist_of(with_steps(visible_runs(request.actor).filter(pk=run.pk)).get()),
        "files": file_items(handed_in(run), request.actor),
        "is_late": waits and step.due_at is not None and step.due_at < timezone.now(),
        "decisions": [(one, look(one.outcome, "step")) for one in decisions_of(step)],
        "asked": list(candidates(run, step)[:6]) if waits else [],
        "places": in_whose_place(step, run=run, person_id=request.actor.membership_id) if may_answer else [],
        "is_escalated": step.escalated_to_id is not None and step.escalated_to_id == request.actor.membership_id,
        "may_answer": may_answer,
    }
