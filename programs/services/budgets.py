"""Budgets of programs."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.permissions import Capability, require
from programs.models import Budget, Program


@transaction.atomic
def set_budget(*, program: Program, amount: Decimal, starts_on: date, ends_on: date, actor: Actor) -> Budget:
    """Set what a program may spend in a period, in the program's currency; a period that starts the same day is changed.

    Days are whole, the last one included. Raises Refused without program.manage, Refusal for an amount below zero, dates
    in the wrong order or a period that overlaps another. Event `budget.set` with the amounts before and after as text.
    """
    require(actor, Capability.PROGRAM_MANAGE)
    if amount < 0:
        raise Refusal("The budget cannot be below zero.", field="amount")
    if ends_on < starts_on:
        raise Refusal("The period ends before it starts.", field="ends_on")
    Program.objects.select_for_update(of=("self",)).get(pk=program.pk)  # one at a time: no two periods may overlap
    existing = Budget.objects.filter(program=program, starts_on=starts_on).first()
    others = Budget.objects.filter(program=program, starts_on__lte=ends_on, ends_on__gte=starts_on)
    overlapping = others.exclude(starts_on=starts_on).first()
    if overlapping:
        raise Refusal(
            f"There is a budget from {overlapping.starts_on:%d %B %Y} to {overlapping.ends_on:%d %B %Y} already.",
            field="starts_on",
            remedy="Change that one, or choose days outside of it.",
        )
    before = str(existing.amount) if existing else None
    if existing:
        existing.amount, existing.ends_on = amount, ends_on
        existing.save(update_fields=["amount", "ends_on"])
    budget = existing or Budget.objects.create(
        program=program, amount=amount, starts_on=starts_on, ends_on=ends_on, currency=program.currency
    )
    events.announce("budget.set", budget, actor=actor, program=program.pk, before=before, after=str(amount))
    return budget


@transaction.atomic
def set_approval_limit(*, program: Program, limit: Decimal, actor: Actor) -> Program:
    """The amount, in the program's currency, above which requests need the second approval. Event `program.limit_set`."""
    require(actor, Capability.PROGRAM_MANAGE)
    if limit < 0:
        raise Refusal("The limit cannot be below zero.", field="approval_limit")
    locked = Program.objects.select_for_update(of=("self",)).get(pk=program.pk)
    before = locked.settings.get("approval_limit")
    if before != str(limit):
        locked.settings["approval_limit"] = str(limit)
        locked.save(update_fields=["settings"])
        events.announce("program.limit_set", program, actor=actor, before=before, after=str(limit))
    program.settings = locked.settings
    return program
