"""The routes of one kind of import."""

from django.urls import URLPattern, path

from freelance_hub.imports import views
from freelance_hub.imports.spec import ImportSpec


def import_paths(spec: ImportSpec, prefix: str) -> list[URLPattern]:
    """`*import_paths(FREELANCERS, "freelancers/import/")` in an app's console routes; names begin with `spec.route`."""
    kind, one = {"spec_key": spec.key}, f"{prefix}<uuid:public_id>/"
    return [
        path(prefix, views.import_upload, kind, name=spec.route),
        path(one, views.import_detail, kind, name=f"{spec.route}_detail"),
        path(f"{one}start/", views.import_start, kind, name=f"{spec.route}_start"),
        path(f"{one}undo/", views.import_undo, kind, name=f"{spec.route}_undo"),
        path(f"{one}rejected/", views.import_rejected, kind, name=f"{spec.route}_rejected"),
    ]
