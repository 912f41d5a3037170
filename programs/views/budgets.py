"""The budget of a program and the limit of the second approval."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from freelance_hub.http import HubRequest, console, redirect_to, refusals_at
from freelance_hub.links import tenant_url
from freelance_hub.permissions import Capability
from programs.access import access_program, visible_budgets
from programs.forms import BudgetForm
from programs.selectors import approval_limit, current_budget
from programs.services.budgets import set_approval_limit, set_budget


@console
@require_http_methods(["GET", "HEAD", "POST"])
def program_budget(request: HubRequest, number: int) -> HttpResponseBase:
    program = access_program(request.actor, number, to=Capability.PROGRAM_MANAGE)
    budgets = visible_budgets(request.actor).filter(program=program).order_by("-starts_on")
    current = current_budget(program) or budgets.first()
    form = BudgetForm(request.POST or None, initial=BudgetForm.proposal(program, current, approval_limit(program)))
    if request.method == "POST" and form.is_valid():
        limit = form.cleaned_data.pop("approval_limit")
        with refusals_at(form):
            with transaction.atomic():
                set_budget(program=program, actor=request.actor, **form.cleaned_data)
                set_approval_limit(program=program, limit=limit, actor=request.actor)
            messages.success(request, "The budget is saved.")
            return redirect_to(request, tenant_url("program_detail", number=number))
    context = {"form": form, "program": program, "budgets": list(budgets[:12])}
    return render(request, "programs/budget_form.html", context, status=422 if form.errors else 200)
