"""Launch checks: facts that tick a line of the launch checklist by themselves. Higher apps register theirs in `receivers.py`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils import timezone

from freelance_hub.permissions import Capability
from programs.models import LaunchItem, Program
from programs.selectors import reading_progress


@dataclass(frozen=True)
class Answer:
    """Whether the fact is there; `note` says in a few words what was found, or why not yet."""

    done: bool
    note: str = ""


Check = Callable[[Program], Answer]
_checks: dict[str, Check] = {}


def register(key: str, check: Check) -> None:
    """Let `check` tick the items that name `key`. Called in `apps.ready()`."""
    _checks[key] = check


def is_automatic(item: LaunchItem) -> bool:
    """Whether a check ticks the item. One whose check no app has registered is ticked by a person."""
    return item.check_key in _checks


def answer(item: LaunchItem) -> LaunchItem:
    """The item with `is_automatic`, `is_done` and `note` as of now."""
    item.is_automatic = is_automatic(item)
    if item.is_automatic:
        found = _checks[item.check_key](item.program)
        item.is_done, item.note = found.done, found.note
    else:
        item.is_done = item.done_at is not None
    return item


def answered(program: Program) -> list[LaunchItem]:
    """The checklist of a program in its order, each item answered. One query and those of the checks."""
    items: Iterable[LaunchItem] = (
        LaunchItem.objects.filter(program=program).select_related("done_by__user").order_by("position", "pk")
    )
    done = []
    for item in items:
        item.program = program
        done.append(answer(item))
    return done


def has_budget(program: Program) -> Answer:
    """A budget above zero whose period is not over."""
    today = timezone.localdate()
    running = [budget for budget in program.periods if budget.ends_on >= today and budget.amount]
    if not running:
        return Answer(done=False, note="There is no budget yet.")
    budget = running[-1]  # the earliest of those not over
    return Answer(done=True, note=f"{budget.amount:,.0f} {budget.currency} until {budget.ends_on:%d %B %Y}")


def has_approvers(program: Program) -> Answer:
    """Two people who may approve requests of this program: nobody approves their own."""
    people = _people_who_can(Capability.REQUISITION_APPROVE, program)
    if people > 1:
        return Answer(done=True, note=f"{people} people may approve.")
    return Answer(
        done=False, note="One person may approve; a second is needed." if people else "Nobody may approve yet."
    )


def has_finance(program: Program) -> Answer:
    """Somebody who releases invoices of this program."""
    people = _people_who_can(Capability.INVOICE_RELEASE, program)
    if people:
        return Answer(
            done=True, note="1 person releases invoices." if people == 1 else f"{people} people release invoices."
        )
    return Answer(done=False, note="Nobody may release invoices yet.")


def required_reading(program: Program) -> Answer:
    """Everybody has read what their roles must."""
    done, due = reading_progress(program)
    return Answer(
        done=bool(due) and done == due, note=f"{done} of {due} readings done." if due else "Nobody has to read yet."
    )


def _people_who_can(capability: str, program: Program) -> int:
    return len({link.membership_id for link in program.role_links if capability in link.role.capabilities})


register("has_budget", has_budget)
register("has_approvers", has_approvers)
register("has_finance", has_finance)
register("required_reading", required_reading)
