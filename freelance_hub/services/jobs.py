"""Long work as jobs: started by a person, done by a worker, watched, stopped, and picked up again when a worker dies.

A worker holds a job by a lease. Every batch of rows commits together with the job's figures and only while the lease is
still its own (`attempts` is the fencing token), so no row is done twice however often a job changes hands.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Case, Count, F, Max, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils import timezone

from freelance_hub import queue
from freelance_hub.access import Actor, actor_for
from freelance_hub.errors import Refusal
from freelance_hub.links import tenant_url
from freelance_hub.models import Job, JobRow
from freelance_hub.permissions import Capability, Refused
from freelance_hub.services import notifications
from freelance_hub.states import change_state
from freelance_hub.tenancy.context import current, use

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
# A queued job that nobody took for this long has lost its message.
LOST_AFTER = timedelta(seconds=30)
MAX_ATTEMPTS = 5
BATCH = 25
# Who waits longer than this has gone elsewhere and wants to be told.
WORTH_TELLING = timedelta(seconds=10)

notifications.register("job.finished", "Long work of yours is finished")


class JobStopped(Exception):  # noqa: N818  what a person wanted
    """Somebody asked the job to stop."""


class LeaseLost(Exception):  # noqa: N818  another worker has taken over; whatever was not committed is theirs
    """The job belongs to another worker by now."""


@dataclass(frozen=True)
class Outcome:
    """What became of a row. `reason` says why in the words of the person who reads it; `data` must fit into JSON."""

    verdict: JobRow.Verdict = JobRow.Verdict.DONE
    reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """A kind of job: the function that does it, where its result is read (default: the job's own page), and what is to
    be done when it is over, however it ended, in the transaction that ends it."""

    key: str
    run: Callable[["Work"], Mapping[str, Any] | None]
    page: Callable[[Job], str] | None = None
    ended: Callable[[Job], None] | None = None


_kinds: dict[str, Kind] = {}


def job_kind(
    key: str, *, page: Callable[[Job], str] | None = None, ended: Callable[[Job], None] | None = None
) -> Callable[[Callable[["Work"], Mapping[str, Any] | None]], Callable[["Work"], Mapping[str, Any] | None]]:
    """Register the function that does jobs of this kind; what it returns becomes `Job.result`."""

    def register(run: Callable[["Work"], Mapping[str, Any] | None]) -> Callable[["Work"], Mapping[str, Any] | None]:
        _kinds[key] = Kind(key, run, page, ended)
        return run

    return register


def visible_jobs(actor: Actor) -> QuerySet[Job]:
    """One's own jobs, and everybody's with the right to see them."""
    jobs = Job.objects.select_related("started_by__user")
    return jobs if actor.can(Capability.JOB_SEE) else jobs.filter(started_by=actor.membership_id)


def access_job(actor: Actor, public_id: Any, *, to: str = "see") -> Job:
    """One job. Raises Http404 when it is not visible; `to="stop"` raises Refusal for all but its starter."""
    found = visible_jobs(actor).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    if to == "stop" and found.started_by_id != actor.membership_id:
        raise Refusal("Only the person who started this can stop it.", code="not_yours")
    return found


def result_page(job: Job) -> str:
    """Where the result of a job is read: a page of its kind, or the job's own."""
    kind = _kinds.get(job.kind)
    return kind.page(job) if kind and kind.page else tenant_url("job_detail", public_id=job.public_id)


def person_of(actor: Actor) -> int:
    """The membership for whom something is started: somebody must be told how it went, and have the rights for it."""
    if actor.person_id is None:
        raise ValueError("Long work is started by a person or for one.")
    return actor.person_id


@transaction.atomic
def start_job(
    *, kind: str, title: str, params: Mapping[str, Any] | None = None, total: int | None = None, actor: Actor
) -> Job:
    """Put a job of a registered kind into the queue for the person `actor`.

    `params` is all that the worker gets (JSON); `total` the number of rows, None while unknown. The worker acts with the
    rights that the person has then. Side effects: one row, one task after commit.
    """
    if kind not in _kinds:
        msg = f"No job kind {kind!r}; register it with @job_kind in a module that apps.ready() imports."
        raise LookupError(msg)
    job = Job.objects.create(
        kind=kind, title=title[:200], params=dict(params or {}), total=total, started_by_id=person_of(actor)
    )
    queue.after_commit("hub.run_job", job.pk)
    return job


@transaction.atomic
def cancel_job(*, job: Job, actor: Actor) -> Job:
    """Stop a job: at once while it waits, after the batch in hand while it runs. What is done stays done.

    Raises Refusal for another's job and for one that is over.
    """
    if job.started_by_id != actor.person_id:
        raise Refusal("Only the person who started this can stop it.", code="not_yours")
    if Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(
        state=Job.State.CANCELLED, finished_at=timezone.now()
    ):
        job.refresh_from_db()
        _tell_kind(job)
        return job
    return change_state(job, source=Job.State.RUNNING, target=Job.State.CANCELLING)


def reason_of(error: Exception) -> str:
    """Why a row was left out, in words. A database that is away is no fault of the row and is raised again."""
    if isinstance(error, OperationalError | InterfaceError):
        raise error
    if isinstance(error, Refusal | Refused):
        return str(error)
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    log.error("row_failed", exc_info=error)
    return "The program met an error of its own with this row. It was reported; the row was left out."


class Work:
    """A job in the hands of this worker. A kind's function gets it and tells it what it does."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.params: dict[str, Any] = job.params
        self.actor = actor_for(job.started_by)
        self._token = job.attempts
        self._beaten = time.monotonic()

    def set_total(self, total: int) -> None:
        """How many rows there are, once it is known."""
        self._update(total=total)

    def beat(self, *, processed: int | None = None) -> None:
        """Say that one is alive and how far. Cheap: only one call a second is written. Raises JobStopped, LeaseLost."""
        if time.monotonic() - self._beaten < 1:
            return
        self._beaten = time.monotonic()
        self._update(**({} if processed is None else {"processed": processed}))
        self._raise_if_stopped()

    def each(
        self, rows: Iterable[tuple[int, Any]], do: Callable[[int, Any], Outcome | None], *, batch: int = BATCH
    ) -> None:
        """Do every (number, row) once. Numbers must rise; rows that an earlier worker finished are passed over.

        `do` runs in a savepoint: a Refusal, a missing right or an unexpected error rejects its row and spares the
        others. Side effects: one JobRow a row. Raises JobStopped between batches.
        """
        last = JobRow.objects.filter(job=self.job).aggregate(last=Max("number"))["last"] or 0
        todo: Iterator[tuple[int, Any]] = ((number, row) for number, row in rows if number > last)
        while chunk := list(islice(todo, batch)):
            with transaction.atomic():
                outcomes = [(number, self._outcome(do, number, row)) for number, row in chunk]
                JobRow.objects.bulk_create(
                    JobRow(job=self.job, number=number, verdict=o.verdict, reason=o.reason, data=dict(o.data))
                    for number, o in outcomes
                )
                failed = sum(outcome.verdict == JobRow.Verdict.REJECTED for _, outcome in outcomes)
                self._update(
                    processed=F("processed") + len(outcomes),
                    succeeded=F("succeeded") + len(outcomes) - failed,
                    failed=F("failed") + failed,
                )
            self._raise_if_stopped()

    def _outcome(self, do: Callable[[int, Any], Outcome | None], number: int, row: Any) -> Outcome:
        try:
            with transaction.atomic():
                return do(number, row) or Outcome()
        except Exception as error:  # noqa: BLE001  reason_of raises what is no fault of the row
            return Outcome(JobRow.Verdict.REJECTED, reason_of(error))

    def _update(self, **changes: Any) -> None:
        """Renew the lease and write the figures, if the job is still ours."""
        mine = Job.objects.filter(pk=self.job.pk, attempts=self._token, state__in=Job.OPEN)
        if mine.update(lease_until=timezone.now() + LEASE, **changes) != 1:
            raise LeaseLost

    def _raise_if_stopped(self) -> None:
        if Job.objects.filter(pk=self.job.pk, state=Job.State.CANCELLING).exists():
            raise JobStopped


def run(*, job_id: int) -> None:
    """Do a job of the current tenant, if it is free to be taken. Called by the worker's task, again after a crash.

    Side effects: those of the kind's function; the job ends done, stopped or failed; who started it is told when it took
    long. When the database goes away the job keeps its state and the sweeper starts it again.
    """
    job = _claim(job_id)
    if job is None:
        return
    person = job.started_by.user
    with use(replace(current(), user_id=person.pk, actor=str(person))):
        _run(job)


def _run(job: Job) -> None:
    work = Work(job)
    try:
        kind = _kinds.get(job.kind)
        if kind is None:
            raise Refusal(f"This version cannot do jobs of the kind “{job.kind}”.")  # noqa: TRY301  told like the others
        result = kind.run(work)
        _finish(work, Job.State.DONE, result=dict(result or {}))
    except JobStopped:
        _finish(work, Job.State.CANCELLED)
    except (LeaseLost, OperationalError, InterfaceError) as error:
        log.warning("job_left", extra={"job": job.pk, "error": str(error)})
    except (Refusal, Refused) as refusal:
        _finish(work, Job.State.FAILED, error=str(refusal))
    except Exception:
        log.exception("job_failed", extra={"job": job.pk, "kind": job.kind})
        _finish(work, Job.State.FAILED, error="The program met an error of its own. It was reported; please try again.")


def sweep() -> int:
    """Send the tenant's jobs whose message or worker was lost to the workers again. Returns how many."""
    now = timezone.now()
    lost = Job.objects.filter(
        Q(state=Job.State.QUEUED, created_at__lt=now - LOST_AFTER)
        | Q(state__in=(Job.State.RUNNING, Job.State.CANCELLING), lease_until__lt=now)
    )
    ids = list(lost.order_by("pk").values_list("pk", flat=True)[:100])
    for pk in ids:
        queue.send("hub.run_job", pk)
    return len(ids)


def _claim(job_id: int) -> Job | None:
    """The job, now ours; None when it is over, in other hands, or has cost too many workers already."""
    now = timezone.now()
    free = Job.objects.filter(pk=job_id).filter(
        Q(state=Job.State.QUEUED) | Q(state__in=(Job.State.RUNNING, Job.State.CANCELLING), lease_until__lt=now)
    )
    taken = free.update(
        # A job that was being stopped when its worker died is still to be stopped.
        state=Case(
            When(state=Job.State.CANCELLING, then=Value(Job.State.CANCELLING)), default=Value(Job.State.RUNNING)
        ),
        attempts=F("attempts") + 1,
        lease_until=now + LEASE,
        started_at=Coalesce(F("started_at"), Value(now)),
    )
    if not taken:
        return None
    job = Job.objects.select_related("started_by__user").get(pk=job_id)
    if job.state == Job.State.CANCELLING:
        _finish(Work(job), Job.State.CANCELLED)
        return None
    if job.attempts > MAX_ATTEMPTS:
        reason = f"The worker was lost {MAX_ATTEMPTS} times in a row; it was not started again."
        _finish(Work(job), Job.State.FAILED, error=reason)
        return None
    return job


@transaction.atomic
def _finish(work: Work, state: Job.State, **changes: Any) -> None:
    job, now = work.job, timezone.now()
    mine = Job.objects.filter(pk=job.pk, attempts=job.attempts, state__in=Job.OPEN)
    if not mine.update(state=state, finished_at=now, lease_until=None, **changes):
        return
    job.refresh_from_db()
    _tell_kind(job)
    if job.started_at and now - job.started_at > WORTH_TELLING:
        counts = f"{job.succeeded:,} done, {job.failed:,} rejected." if job.processed else ""
        notifications.notify(
            membership=job.started_by,
            kind="job.finished",
            title=f"{job.title}: {job.get_state_display().lower()}",
            body=job.error or counts,
            link=tenant_url("job_detail", public_id=job.public_id, tenant=job.tenant.slug),
            dedupe_key=f"job:{job.public_id}",
        )


def _tell_kind(job: Job) -> None:
    kind = _kinds.get(job.kind)
    if kind and kind.ended:
        kind.ended(job)


def verdict_counts(job: Job) -> dict[str, int]:
    """{verdict: rows} of a job."""
    rows = JobRow.objects.filter(job=job).values("verdict").annotate(rows=Count("pk")).order_by()
    return {row["verdict"]: row["rows"] for row in rows}


def rejected_rows(job: Job) -> QuerySet[JobRow]:
    return JobRow.objects.filter(job=job, verdict=JobRow.Verdict.REJECTED).order_by("number")
