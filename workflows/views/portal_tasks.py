"""A guest's own tasks, and how far their assignments are."""

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from freelance_hub.http import HubRequest, portal, redirect_to
from freelance_hub.links import tenant_url
from freelance_hub.permissions import Capability, require
from freelance_hub.services.files import file_items
from talent.access import visible_assignments
from workflows.access import access_step, visible_steps
from workflows.models import Step
from workflows.selectors import checklists_for
from workflows.subjects import kind_of, subject_of
from workflows.views.answering import form_for, given_back, handed_in, has_answered

ASSIGNMENTS_SHOWN = 10


@portal
@require_safe
def portal_tasks(request: HubRequest) -> HttpResponseBase:
    """What the guest has to do, and the checklist of each of their assignments: done, now, who acts."""
    require(request.actor, Capability.TASK_SEE)
    assignments = list(visible_assignments(request.actor).order_by("-pk")[:ASSIGNMENTS_SHOWN])
    checklists = checklists_for(assignments)
    mine = visible_steps(request.actor).filter(state=Step.State.WAITING).select_related("run").order_by("since", "pk")
    context = {
        "steps": list(mine[:50]),
        "progress": [(found, checklist) for found in assignments for checklist in checklists.get(found.pk, ())[:1]],
    }
    return render(request, "workflows/portal_tasks.html", context)


@portal
@require_http_methods(["GET", "HEAD", "POST"])
def portal_task_complete(request: HubRequest, public_id: object) -> HttpResponseBase:
    """One task of the guest: what is asked, and the form to answer it."""
    step = access_step(request.actor, public_id)
    is_post = request.method == "POST"
    form = form_for(step, request.POST if is_post else None, request.FILES if is_post else None)
    if has_answered(request, step, form):
        return redirect_to(request, tenant_url("portal_tasks"))
    kind, subject = kind_of(step.run.subject_type), subject_of(step.run)
    own = set(visible_steps(request.actor).filter(run=step.run).values_list("pk", flat=True))
    context = {
        "step": step,
        "run": step.run,
        "form": form,
        "subject_url": kind.portal_url(subject),
        "may_answer": step.state == Step.State.WAITING and not step.ends_by_itself,
        "files": file_items([one for one in handed_in(step.run) if one.owner_id in own], request.actor),
        "before": given_back(step),
    }
    return render(request, "workflows/portal_task.html", context, status=422 if form.errors else 200)
