"""How the states of work and money look."""

from freelance_hub import presentation
from freelance_hub.presentation import Look, Tone
from talent.models import Amendment, Freelancer, Invoice
from talent.models.work import WorkState

_WORK: dict[str, Look] = {
    WorkState.SUBMITTED: Look("Handed in", Tone.WARN, icon="hourglass"),
    WorkState.RETURNED: Look("Returned", Tone.BAD, icon="undo-2"),
    WorkState.INVOICED: Look("Invoiced", Tone.GOOD, icon="receipt-text"),
    WorkState.PAID: Look("Paid", Tone.GOOD, icon="wallet"),
}
presentation.register(
    "freelancer",
    {
        Freelancer.State.AVAILABLE: Look("Available", Tone.GOOD, icon="circle-check"),
        Freelancer.State.UNAVAILABLE: Look("Not available", Tone.NEUTRAL, icon="minus"),
        Freelancer.State.BLOCKED: Look("Do not engage", Tone.BAD, icon="ban"),
    },
)
presentation.register("work", _WORK)
presentation.register("deliverable", {**_WORK, WorkState.DRAFT: Look("To do", Tone.NEUTRAL, icon="circle-dashed")})
presentation.register(
    "invoice",
    {
        Invoice.State.SUBMITTED: Look("With the manager", Tone.WARN, icon="hourglass"),
        Invoice.State.IN_APPROVAL: Look("With finance", Tone.WARN, icon="hourglass"),
        Invoice.State.APPROVED: Look("To be paid", Tone.BUSY, icon="circle-check"),
        Invoice.State.EXPORTED: Look("Sent to payment", Tone.BUSY, icon="send"),
    },
)
presentation.register(
    "amendment",
    {
        Amendment.State.OFFERED: Look("With the freelancer", Tone.WARN, icon="hourglass"),
        Amendment.State.AGREED: Look("In force", Tone.GOOD, icon="circle-check"),
        Amendment.State.DECLINED: Look("Declined by the freelancer", Tone.BAD, icon="circle-x"),
        Amendment.State.WITHDRAWN: Look("Taken back", Tone.NEUTRAL, icon="undo-2"),
    },
)
