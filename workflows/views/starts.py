"""The button on a subject's page that starts a workflow about it."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.views.decorators.http import require_POST

from freelance_hub.http import HubRequest, console, redirect_to, refusals_told
from freelance_hub.permissions import Capability
from workflows.access import access_startable, access_subject
from workflows.services.starts import start_by_hand
from workflows.subjects import kind_of


@console
@require_POST
def workflow_start(request: HubRequest, public_id: object) -> HttpResponseBase:
    """Start the workflow about the subject that the button names, and come back to its page."""
    definition = access_startable(request.actor, public_id, to=Capability.WORKFLOW_START)
    subject = access_subject(request.actor, definition.subject_type, request.POST.get("subject", ""))
    with refusals_told(request):
        start_by_hand(definition=definition, subject=subject, actor=request.actor)
        messages.success(request, f"“{definition.title}” has begun.")
    return redirect_to(request, kind_of(definition.subject_type).url(subject))
