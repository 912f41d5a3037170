"""Error pages that say what happened, why, what next and who can help. Programs that call the API get problem details."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from freelance_hub.api.entry import PREFIX, SCIM
from freelance_hub.api.problems import CONTENT_TYPE
from freelance_hub.scim.faults import body_of


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _problem(request, 400, "Bad request", "The request cannot be read.") or render(
        request, "400.html", status=400
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _problem(request, 403, "Forbidden", "This token may not do that.") or render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _problem(request, 404, "Not found", "There is nothing at this address.") or render(
        request, "404.html", status=404
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without request and context processors: the database may be the thing that failed."""
    return _problem(
        request, 500, "Our fault", "Something went wrong here. It is logged; try again later."
    ) or HttpResponse(render_to_string("500.html"), status=500)


def _problem(request: HttpRequest, code: int, title: str, detail: str) -> HttpResponse | None:
    """The answer to a request of the API (RFC 9457) or of SCIM (RFC 7644); None for a browser."""
    if request.path.startswith(SCIM):
        return JsonResponse(body_of(code, detail), status=code, content_type="application/scim+json")
    if not request.path.startswith(PREFIX):
        return None
    body = {"type": "about:blank", "title": title, "status": code, "detail": detail}
    return JsonResponse(body, status=code, content_type=CONTENT_TYPE)
