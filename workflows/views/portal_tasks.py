"""A guest's own tasks, and how far their assignments are."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from freelance_hub.http import HubRequest, portal, redirect_to
from freelance_hub.links import tenant_url
from freelance_hub.permissions import Capability, require
from talent.access import visible_assignments
from workflows.access import access_step, visible_steps
from workflows.models import Step
from workflows.selectors import checklists_for
from workflows.services.decisions import complete_task

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
@require_POST
def portal_task_complete(request: HubRequest, public_id: object) -> HttpResponseBase:
    """The guest says that a task of theirs is done."""
    step = access_step(request.actor, public_id)
    complete_task(step=step, actor=request.actor)
    messages.success(request, "Done, thank you.")
    return redirect_to(request, tenant_url("portal_tasks"))
