"""Access reviews, for schedules and buttons."""

from datetime import timedelta

from programs.models import Program
from workflows.actions.registry import Result, Work, action
from workflows.models import Campaign
from workflows.services import campaigns

PROGRAM = "programs.program"


@action("start_campaign", on=PROGRAM, title="Start an access review")
def start_campaign(work: Work, *, days: int = campaigns.DAYS) -> Result:
    """Ask every sponsor about the open accesses of the program. A review that is open already goes on."""
    program: Program = work.subject
    campaign = Campaign.objects.filter(program=program, state=Campaign.State.OPEN).first()
    if campaign is None:
        campaign = campaigns.start_campaign(program=program, days=days, actor=work.actor)
    return {"campaign": campaign.pk, "due_at": campaign.due_at.isoformat()}


@action("close_campaign", on=PROGRAM, title="Close the access review", longest=timedelta(minutes=30))
def close_campaign(work: Work) -> Result:
    """Suspend what has no answer and keep the evidence. When it was closed before, that is fine."""
    program: Program = work.subject
    campaign = Campaign.objects.filter(program=program, state=Campaign.State.OPEN).first()
    if campaign is None:
        return {"campaign": None}
    closed = campaigns.close_campaign(campaign=campaign, actor=work.actor)
    return {"campaign": closed.pk, **campaigns.progress_of(closed)}
