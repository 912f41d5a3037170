"""Files leave here and nowhere else."""

from uuid import UUID

from django.http import FileResponse
from django.views.decorators.http import require_safe

from freelance_hub.http import HubRequest, console, portal
from freelance_hub.services import files


@console
@require_safe
def file_download(request: HubRequest, public_id: UUID) -> FileResponse:
    return _download(request, public_id)


@portal
@require_safe
def portal_file_download(request: HubRequest, public_id: UUID) -> FileResponse:
    return _download(request, public_id)


def _download(request: HubRequest, public_id: UUID) -> FileResponse:
    """As an attachment that can do nothing, even where a browser shows it."""
    file = files.access_file(request.actor, public_id)
    response = FileResponse(
        files.open_file(file), as_attachment=True, filename=file.name, content_type=file.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    # Takes the place of the site's policy (django-csp leaves a header that is there alone).
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
