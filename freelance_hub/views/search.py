"""Search: a page of its own, and the results of the palette."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from freelance_hub.http import HubRequest, console, is_fragment, portal
from freelance_hub.search import search as find


def _search(request: HubRequest) -> HttpResponse:
    query = request.GET.get("q", "")
    context = {
        "query": query,
        "groups": find(request.actor, query),
        "base": "portal.html" if request.actor.is_guest else "console.html",
    }
    if is_fragment(request):
        return render(request, "components/palette_results.html", context)
    return render(request, "hub/search.html", context)


search = require_safe(console(_search))
portal_search = require_safe(portal(_search))
