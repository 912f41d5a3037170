"""Facts of talent that tick lines of a program's launch checklist."""

from programs.models import Program
from programs.services import launch_checks
from programs.services.launch_checks import Answer
from talent.models import Freelancer, Requisition

COUNTED = 1000  # beyond it the exact number says no more


def has_freelancers(program: Program) -> Answer:
    """Somebody is in the talent directory."""
    found = Freelancer.objects.all()[: COUNTED + 1].count()
    if not found:
        return Answer(done=False, note="The directory is empty.")
    number = f"More than {COUNTED:,}" if found > COUNTED else f"{found:,}"
    return Answer(done=True, note=f"{number} in the directory.")


def has_requisition(program: Program) -> Answer:
    """Somebody has asked for a freelancer in this program."""
    first = (
        Requisition.objects.filter(program=program).exclude(state=Requisition.State.DRAFT).order_by("number").first()
    )
    return (
        Answer(done=True, note=f"{first.ref} was the first.")
        if first
        else Answer(done=False, note="Nobody has asked yet.")
    )


launch_checks.register("has_freelancers", has_freelancers)
launch_checks.register("has_requisition", has_requisition)
