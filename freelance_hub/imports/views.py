"""The pages of an import: upload, mapping, verdicts, progress, result. One set for every spec; see urls.py."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from freelance_hub import csvs
from freelance_hub.errors import Refusal
from freelance_hub.http import HubRequest, console, is_fragment, redirect_to
from freelance_hub.imports.forms import MappingForm, ShowForm, UploadForm
from freelance_hub.imports.spec import ImportSpec, spec_of
from freelance_hub.links import tenant_url
from freelance_hub.models import ImportRow, ImportRun, Job
from freelance_hub.permissions import require
from freelance_hub.services import imports
from freelance_hub.views.jobs import progress_note

SHOWN = 50
State, Verdict = ImportRun.State, ImportRow.Verdict
GET_AND_POST = ["GET", "HEAD", "POST"]


@console
@require_http_methods(GET_AND_POST)
def import_upload(request: HubRequest, spec_key: str) -> HttpResponseBase:
    """Choose a file; below, the imports of before."""
    spec = spec_of(spec_key)
    require(request.actor, spec.capability)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            run = imports.start_import(spec=spec, upload=form.cleaned_data["file"], actor=request.actor)
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect_to(request, _url(spec, run))
    runs = imports.visible_runs(request.actor, spec)[:20]
    context = {"spec": spec, "form": form, "runs": [(run, _url(spec, run)) for run in runs]}
    return render(request, "imports/upload.html", context, status=422 if form.errors else 200)


@console
@require_http_methods(GET_AND_POST)
def import_detail(request: HubRequest, spec_key: str, public_id: UUID) -> HttpResponseBase:
    """Where the import is: mapping (POST starts the dry run), at work, verdicts, result."""
    spec = spec_of(spec_key)
    run = imports.access_run(request.actor, spec, public_id)
    if run.job and run.job.state in Job.OPEN:
        return _progress(request, spec, run, run.job)
    if is_fragment(request) and request.method != "POST":
        # The work that this fragment told of is over: the page shows what came of it.
        response = render(request, "hub/_job_progress.html", {"job": run.job, "running": False, "note": ""})
        response["HX-Refresh"] = "true"
        return response
    if run.state == State.MAPPING or "mapping" in request.GET or request.method == "POST":
        return _mapping(request, spec, run)
    return _rows(request, spec, run)


@console
@require_http_methods(["POST"])
def import_start(request: HubRequest, spec_key: str, public_id: UUID) -> HttpResponseBase:
    spec = spec_of(spec_key)
    run = imports.access_run(request.actor, spec, public_id)
    imports.start(run=run, actor=request.actor)
    return redirect_to(request, _url(spec, run))


@console
@require_http_methods(GET_AND_POST)
def import_undo(request: HubRequest, spec_key: str, public_id: UUID) -> HttpResponseBase:
    """Say in numbers what goes, then take it back."""
    spec = spec_of(spec_key)
    run = imports.access_run(request.actor, spec, public_id)
    if request.method != "POST":
        return render(
            request, "imports/undo.html", {"spec": spec, "run": run, "counts": run.counts, "back": _url(spec, run)}
        )
    imports.undo(run=run, actor=request.actor)
    return redirect_to(request, _url(spec, run))


@console
@require_safe
def import_rejected(request: HubRequest, spec_key: str, public_id: UUID) -> HttpResponseBase:
    """The rejected rows as they came, each with its reason: mend them there and bring the file in again."""
    spec = spec_of(spec_key)
    run = imports.access_run(request.actor, spec, public_id)
    headers = run.dialect["headers"]

    def rows() -> Iterator[list[object]]:
        rejected = ImportRow.objects.filter(run=run, verdict=Verdict.REJECTED)
        for row in imports.rows_in_chunks(rejected):
            yield [*(row.raw.get(header, "") for header in headers), row.number, row.reason]

    return csvs.csv_response(
        f"rejected-{run.file_name.rsplit('.', 1)[0]}", csvs.write([*headers, "Row", "Reason"], rows())
    )


def _url(spec: ImportSpec, run: ImportRun, step: str = "detail") -> str:
    return tenant_url(f"{spec.route}_{step}", public_id=run.public_id)


def _progress(request: HubRequest, spec: ImportSpec, run: ImportRun, job: Job) -> HttpResponseBase:
    mine = job.started_by_id == request.membership.pk and job.state != Job.State.CANCELLING
    context = {
        "spec": spec,
        "run": run,
        "job": job,
        "running": True,
        "note": progress_note(job),
        "here": _url(spec, run),
        "stop": tenant_url("job_cancel", public_id=job.public_id) if mine else "",
        "upload_url": tenant_url(spec.route),
    }
    return render(request, "hub/_job_progress.html" if is_fragment(request) else "imports/progress.html", context)


def _mapping(request: HubRequest, spec: ImportSpec, run: ImportRun) -> HttpResponseBase:
    form = MappingForm(spec, run, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            imports.check(run=run, mapping=form.mapping(), day_first=form.day_first(), actor=request.actor)
        except Refusal as refusal:
            form.add_refusal(refusal.field, str(refusal))
        else:
            return redirect_to(request, _url(spec, run))
    context = {
        "spec": spec,
        "run": run,
        "form": form,
        "upload_url": tenant_url(spec.route),
        "failed": run.job.error if run.job and run.job.state == Job.State.FAILED else "",
    }
    return render(request, "imports/mapping.html", context, status=422 if form.errors else 200)


def _rows(request: HubRequest, spec: ImportSpec, run: ImportRun) -> HttpResponseBase:
    """Counts and a page of rows: of the dry run before the import, of the import after it."""
    form = ShowForm(request.GET)
    form.is_valid()
    show, after = form.cleaned_data.get("show") or "", form.cleaned_data.get("after") or 0
    rows = ImportRow.objects.filter(run=run, number__gt=after).order_by("number")
    if show:
        rows = rows.filter(verdict=show)
    page = list(rows[: SHOWN + 1])
    promised = run.counts.get(Verdict.NEW, 0) + run.counts.get(Verdict.CHANGED, 0)
    context: dict[str, Any] = {
        "spec": spec,
        "run": run,
        "job": run.job,
        "counts": run.counts,
        "tabs": _tabs(run, show),
        "rows": [_shown(spec, run, row) for row in page[:SHOWN]],
        "next": f"?{urlencode({'show': show, 'after': page[SHOWN - 1].number})}" if len(page) > SHOWN else "",
        "start_url": _url(spec, run, "start"),
        "undo_url": _url(spec, run, "undo"),
        "rejected_url": _url(spec, run, "rejected") if run.counts.get(Verdict.REJECTED) else "",
        "upload_url": tenant_url(spec.route),
        "list_url": tenant_url(spec.list_route),
        "promised": promised,
        "import_label": f"Import {promised:,} {spec.noun[promised != 1]}",
        "may_undo": bool(promised),
    }
    return render(request, "imports/verdicts.html" if run.state == State.CHECKED else "imports/result.html", context)


def _tabs(run: ImportRun, show: str) -> list[dict[str, Any]]:
    tabs = [{"label": "All", "href": "?", "current": not show, "count": None}]
    return tabs + [
        {"label": verdict.label, "href": f"?show={verdict}", "current": show == verdict, "count": run.counts[verdict]}
        for verdict in Verdict
        if run.counts.get(verdict)
    ]


def _shown(spec: ImportSpec, run: ImportRun, row: ImportRow) -> dict[str, Any]:
    """A row as the page shows it: what it is called, its verdict, and what changes or why not."""
    first = spec.fields[0].key
    named = next((column for column, key in run.mapping.items() if key == first), "")
    changes = []
    if row.verdict == Verdict.CHANGED and row.before:
        new = row.after or {}
        for key, old in row.before.items():
            field = spec.field(key)
            changes.append((field.label if field else key, _words(old), _words(new.get(key))))
    return {"row": row, "name": row.raw.get(named, "") or f"Row {row.number}", "changes": changes}


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "nothing" if value in (None, "") else str(value)
