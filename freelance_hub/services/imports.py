"""Bringing in a file: upload, mapping, dry run, import, taking back. The three long steps are jobs.

The dry run does each row for real and rolls it back: what it promises, the database has confirmed.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, TypeAlias, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import Http404
from django.utils import timezone

from freelance_hub import csvs
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.imports.columns import hint_of, look_at
from freelance_hub.imports.rows import Parsed, RowReader, each_once
from freelance_hub.imports.spec import ImportSpec, spec_of
from freelance_hub.imports.suggest import suggest
from freelance_hub.links import tenant_url
from freelance_hub.models import ImportRow, ImportRun, Job, JobRow
from freelance_hub.permissions import require
from freelance_hub.services import files, jobs
from freelance_hub.services.jobs import Outcome, Work, person_of
from freelance_hub.states import change_state

State: TypeAlias = ImportRun.State
Verdict: TypeAlias = ImportRow.Verdict
CHUNK = 500


def visible_runs(actor: Actor, spec: ImportSpec) -> QuerySet[ImportRun]:
    """The imports of one kind, newest first, for those who may import. Raises Refused for others."""
    require(actor, spec.capability)
    runs = ImportRun.objects.filter(spec=spec.key).select_related("job", "started_by__user", "file")
    return runs.order_by("-created_at", "-id")


def access_run(actor: Actor, spec: ImportSpec, public_id: Any) -> ImportRun:
    """One import. Raises Refused without the capability, Http404 when there is none of this kind."""
    found = visible_runs(actor, spec).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def _access_file(actor: Actor, run_id: int) -> None:
    run = ImportRun.objects.filter(pk=run_id).first()
    if run is None:
        raise Http404
    require(actor, spec_of(run.spec).capability)


files.register_owner("importrun", _access_file)


@transaction.atomic
def start_import(*, spec: ImportSpec, upload: "UploadedFile[Any]", actor: Actor) -> ImportRun:
    """Keep the file, look at its columns and suggest what they are.

    Raises Refused, and Refusal (field "file") for a file that is no CSV. Side effects: run, stored file.
    """
    require(actor, spec.capability)
    run = ImportRun.objects.create(
        spec=spec.key, file_name=files.clean_name(upload.name or ""), started_by_id=person_of(actor)
    )
    try:
        source = cast("BinaryIO", upload)
        dialect = csvs.sniff(source)
        columns, total = look_at(dialect.headers, csvs.read(source, dialect))
    except Refusal as refusal:
        raise Refusal(refusal.message, field="file", remedy=refusal.remedy, code=refusal.code) from refusal
    if not total:
        raise Refusal("The file has a header and no rows below it.", field="file")
    run.file = files.store_upload(actor=actor, upload=upload, owner=run, allowed=files.TABLES)
    guesses = suggest(spec, columns)
    for column in columns:
        guess = guesses.get(column["name"])
        column["guess"] = {"field": guess.field, "confidence": round(guess.confidence, 2)} if guess else None
    run.dialect = {**dialect.as_json(), "columns": columns, "rows": total}
    run.mapping = {name: guesses[name].field if name in guesses else "" for name in dialect.headers}
    run.save(update_fields=["file", "dialect", "mapping"])
    return run


@transaction.atomic
def check(
    *, run: ImportRun, mapping: Mapping[str, str], day_first: Mapping[str, bool] | None = None, actor: Actor
) -> Job:
    """Take the corrected mapping {column: field key or ""} and start the dry run.

    `day_first` answers for the columns whose dates can be read both ways. Raises Refusal for a mapping that cannot be
    (field = the column). Side effects: earlier verdicts of this run go; one job.
    """
    spec = spec_of(run.spec)
    require(actor, spec.capability)
    _refuse_bad_mapping(spec, run, mapping)
    _refuse_while_working(run)
    columns = [
        {**column, "hint": {**column["hint"], "day_first": day_first[column["name"]]}}
        if day_first and column["name"] in day_first
        else column
        for column in run.dialect["columns"]
    ]
    ImportRow.objects.filter(run=run).delete()
    job = _job(run, "import.check", f"Check {run.file_name}", actor, total=run.dialect["rows"])
    mapped = {column: mapping.get(column, "") for column in run.dialect["headers"]}
    return _begin(
        run,
        job,
        (State.MAPPING, State.CHECKED),
        State.MAPPING,
        mapping=mapped,
        dialect={**run.dialect, "columns": columns},
    )


@transaction.atomic
def start(*, run: ImportRun, actor: Actor) -> Job:
    """Import what the dry run found new or changed, or the rest of it after a stop.

    Side effects: one job, and through it the service of each row.
    """
    require(actor, spec_of(run.spec).capability)
    rows = _waiting(run).count()
    if not rows:
        raise Refusal("There is nothing to import: no row is new or changed.")
    job = _job(run, "import.apply", f"Import {run.file_name}", actor, total=rows)
    return _begin(run, job, (State.CHECKED, State.DONE), State.RUNNING)


@transaction.atomic
def undo(*, run: ImportRun, actor: Actor) -> Job:
    """Take the import back: created rows go, changed fields return. Rows that were used or changed since are kept.

    Side effects: one job, and through it the spec's undo of each row.
    """
    require(actor, spec_of(run.spec).capability)
    job = _job(run, "import.undo", f"Take back {run.file_name}", actor, total=_brought_in(run).count())
    return _begin(run, job, (State.DONE,), State.UNDOING)


def counts_of(run: ImportRun) -> dict[str, int]:
    """{verdict: rows}; once the import has begun, "waiting" are those that are not in yet."""
    rows = ImportRow.objects.filter(run=run).values("verdict").annotate(rows=Count("pk"), there=Count("object_id"))
    counts: dict[str, int] = {}
    begun = run.state not in {State.MAPPING, State.CHECKED}
    for row in rows.order_by():
        waits = row["rows"] - row["there"] if begun and row["verdict"] in {Verdict.NEW, Verdict.CHANGED} else 0
        counts[row["verdict"]] = row["rows"] - waits
        if waits:
            counts["waiting"] = counts.get("waiting", 0) + waits
    return counts


def rows_in_chunks(rows: QuerySet[ImportRow]) -> Iterator[ImportRow]:
    """The rows by number, a chunk of them in memory at a time."""
    last = 0
    while chunk := list(rows.filter(number__gt=last).order_by("number")[:CHUNK]):
        yield from chunk
        last = chunk[-1].number


def reader_of(run: ImportRun) -> RowReader:
    hints = {column["name"]: hint_of(column) for column in run.dialect["columns"]}
    return RowReader(spec_of(run.spec), run.mapping, hints)


def parsed_rows(run: ImportRun) -> Iterator[Parsed]:
    """Every row of the file, read by the run's mapping."""
    dialect = csvs.Dialect.from_json(run.dialect)
    assert run.file is not None
    with files.open_file(run.file) as file:
        yield from each_once(reader_of(run), dialect.headers, csvs.read(cast("BinaryIO", file), dialect))


# The jobs


def _page(job: Job) -> str:
    run = ImportRun.objects.get(pk=job.params["run"])
    return tenant_url(f"{spec_of(run.spec).route}_detail", public_id=run.public_id)


def _ends(done: State, otherwise: State) -> Callable[[Job], None]:
    """What the run becomes when its job is over."""

    def ended(job: Job) -> None:
        run = ImportRun.objects.get(pk=job.params["run"])
        run.state = done if job.state == Job.State.DONE else otherwise
        run.counts, run.finished_at = counts_of(run), timezone.now()
        run.save(update_fields=["state", "counts", "finished_at"])

    return ended


@jobs.job_kind("import.check", page=_page, ended=_ends(State.CHECKED, State.MAPPING))
def _check(work: Work) -> None:
    run = _run_of(work)
    reader = reader_of(run)

    def judge(number: int, row: Parsed) -> Outcome:
        verdict, reason, told = _verdict(reader, row, work.actor)
        ImportRow.objects.create(run=run, number=number, raw=row.raw, verdict=verdict, reason=reason, **told)
        return Outcome(_JOB_VERDICTS.get(verdict, JobRow.Verdict.DONE), reason)

    work.each(((row.number, row) for row in parsed_rows(run)), judge)


# An import that was stopped or failed is done as far as it came: what came in can be taken back.
@jobs.job_kind("import.apply", page=_page, ended=_ends(State.DONE, State.DONE))
def _apply(work: Work) -> None:
    run = _run_of(work)
    reader = reader_of(run)

    def bring_in(number: int, row: ImportRow) -> Outcome:
        apply_row(reader, row, reader.read(number, row.raw), actor=work.actor)
        row.save(update_fields=["verdict", "reason", "object_id", "before", "after"])
        return Outcome(_JOB_VERDICTS.get(Verdict(row.verdict), JobRow.Verdict.DONE), row.reason)

    work.each(((row.number, row) for row in rows_in_chunks(_waiting(run))), bring_in)


@jobs.job_kind("import.undo", page=_page, ended=_ends(State.UNDONE, State.DONE))
def _undo(work: Work) -> None:
    run = _run_of(work)
    spec = spec_of(run.spec)

    def take_back(_number: int, row: ImportRow) -> Outcome:
        row.verdict, row.reason = Verdict.UNDONE, ""
        thing = spec.model._default_manager.filter(pk=row.object_id).first()
        if thing is None:
            row.reason = "It was removed already."
        else:
            try:
                with transaction.atomic():
                    spec.undo(thing, before=row.before, after=row.after or {}, actor=work.actor)
            except Exception as error:  # noqa: BLE001  reason_of raises what is no fault of the row
                row.verdict, row.reason = Verdict.KEPT, jobs.reason_of(error)
        row.save(update_fields=["verdict", "reason"])
        return Outcome(JobRow.Verdict.REJECTED if row.verdict == Verdict.KEPT else JobRow.Verdict.DONE, row.reason)

    work.each(((row.number, row) for row in rows_in_chunks(_brought_in(run))), take_back)


_JOB_VERDICTS = {Verdict.REJECTED: JobRow.Verdict.REJECTED, Verdict.UNCHANGED: JobRow.Verdict.UNCHANGED}


def apply_row(reader: RowReader, row: ImportRow, parsed: Parsed, *, actor: Actor) -> None:
    """Bring one row in and note on `row` (unsaved) what became of it."""
    spec = reader.spec
    try:
        if parsed.problem:
            raise Refusal(parsed.problem)  # noqa: TRY301  one way out for all rejections
        with transaction.atomic():
            thing, before = spec.apply(values=parsed.values, actor=actor)
            after = spec.snapshot(thing)
    except Exception as error:  # noqa: BLE001  _reason raises what is no fault of the row
        row.verdict, row.reason = Verdict.REJECTED, parsed.problem or _reason(reader, parsed.number, error)
        return
    row.object_id, row.before, row.after, row.reason = thing.pk, before, after, ""
    row.verdict = Verdict.NEW if before is None else Verdict.CHANGED if before else Verdict.UNCHANGED


class _NotYet(Exception):  # noqa: N818  carries a result out of a transaction that must not commit
    def __init__(self, before: dict[str, Any] | None, after: dict[str, Any]) -> None:
        self.before, self.after = before, after


def _verdict(reader: RowReader, row: Parsed, actor: Actor) -> tuple[Verdict, str, dict[str, Any]]:
    """What would become of a row; nothing of it stays."""
    if row.problem:
        return Verdict.REJECTED, row.problem, {}
    try:
        with transaction.atomic():
            thing, before = reader.spec.apply(values=row.values, actor=actor)
            raise _NotYet(before, reader.spec.snapshot(thing) if before else {})  # noqa: TRY301  rolls it back
    except _NotYet as found:
        if found.before is None:
            return Verdict.NEW, "", {}
        if not found.before:
            return Verdict.UNCHANGED, "", {}
        new = {key: found.after.get(key) for key in found.before}
        return Verdict.CHANGED, "", {"before": found.before, "after": new}
    except Exception as error:  # noqa: BLE001  _reason raises what is no fault of the row
        return Verdict.REJECTED, _reason(reader, row.number, error), {}


def _reason(reader: RowReader, number: int, error: Exception) -> str:
    if isinstance(error, Refusal):
        return reader.say(number, error)
    return f"Row {number}: {jobs.reason_of(error)}"


def _run_of(work: Work) -> ImportRun:
    return ImportRun.objects.select_related("file").get(pk=work.params["run"])


def _brought_in(run: ImportRun) -> QuerySet[ImportRow]:
    """Rows that this run changed something with, not yet taken back. Only a row that came in has its object."""
    return ImportRow.objects.filter(run=run, verdict__in=(Verdict.NEW, Verdict.CHANGED), object_id__isnull=False)


def _waiting(run: ImportRun) -> QuerySet[ImportRow]:
    """Rows that the dry run promised and that are not in yet."""
    return ImportRow.objects.filter(run=run, verdict__in=(Verdict.NEW, Verdict.CHANGED), object_id__isnull=True)


def _job(run: ImportRun, kind: str, title: str, actor: Actor, *, total: int) -> Job:
    return jobs.start_job(kind=kind, title=title, params={"run": run.pk}, total=total, actor=actor)


def _begin(run: ImportRun, job: Job, source: tuple[State, ...], target: State, **changes: Any) -> Job:
    change_state(run, source=source, target=target, job=job, **changes)
    return job


def _refuse_while_working(run: ImportRun) -> None:
    if run.job and run.job.state in Job.OPEN:
        raise Refusal("The file is being worked on.", remedy="Wait until it is finished, or stop it.")


def _refuse_bad_mapping(spec: ImportSpec, run: ImportRun, mapping: Mapping[str, str]) -> None:
    taken: dict[str, str] = {}
    for column, key in mapping.items():
        if not key:
            continue
        field = spec.field(key)
        if field is None or column not in run.dialect["headers"]:
            raise Refusal("There is no such column or field.", field=column, remedy="Reload the page and choose again.")
        if key in taken:
            raise Refusal(
                f"“{field.label}” is already filled by “{taken[key]}”.", field=column, remedy="Choose one of them."
            )
        taken[key] = column
    for field in spec.fields:
        if field.required and field.key not in taken:
            raise Refusal(f"No column is “{field.label}”.", remedy="Say which column it is; each row needs it.")
