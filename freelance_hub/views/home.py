"""The front door: on to one's company, or a choice of them."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from freelance_hub.links import company_home
from freelance_hub.selectors import companies_of


@require_safe
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """One company: go there. Several: choose. None: say so and who can help."""
    memberships = list(companies_of(request.user.pk or 0))
    if len(memberships) == 1:
        return redirect(company_home(memberships[0]))
    places = [(membership, company_home(membership)) for membership in memberships]
    return render(request, "hub/company_choose.html", {"places": places})
