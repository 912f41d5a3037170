from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from freelance_hub.errors import Refusal
from freelance_hub.models import Job, JobRow, Notification, OrgUnit
from freelance_hub.permissions import Capability, Refused
from freelance_hub.services import jobs

LONG_AGO = timedelta(hours=1)


@pytest.fixture
def kind(monkeypatch):
    """Register what the job "test" does: `kind(function)`."""
    monkeypatch.setattr(jobs, "_kinds", dict(jobs._kinds))

    def use(function, **kwargs):
        jobs.job_kind("test", **kwargs)(function)

    use(lambda work: None)
    return use


def start(company, role="program_manager", **params):
    with company.enter(role):
        return jobs.start_job(kind="test", title="Count", params=params, actor=company.actor(role))


def run(company, job):
    with company.enter("owner"):
        jobs.run(job_id=job.pk)
        job.refresh_from_db()
    return job


def units(company):
    with company.enter():
        return list(OrgUnit.objects.filter(code__startswith="job-").order_by("name").values_list("name", flat=True))


def make_unit(number, row):
    OrgUnit.objects.create(name=row, code=f"job-{number}")


def rows(count):
    return [(number, f"unit {number:03}") for number in range(1, count + 1)]


def test_job_runs_once_and_keeps_its_result(acme, kind, django_capture_on_commit_callbacks):
    seen = []
    kind(lambda work: seen.append((work.params, work.actor.membership_id)) or {"made": 3})

    job = start(acme, colour="red")
    assert job.state == Job.State.QUEUED
    run(acme, job)
    run(acme, job)

    assert seen == [({"colour": "red"}, acme.people["program_manager"].pk)]
    assert (job.state, job.result, job.attempts) == (Job.State.DONE, {"made": 3}, 1)


def test_each_row_has_an_outcome_and_one_bad_row_spares_the_others(acme, kind):
    def do(number, row):
        make_unit(number, row)
        match number:
            case 2:
                raise Refusal("Row 2 is wrong.", remedy="Mend it.")
            case 3:
                raise Refused(Capability.RATE_SEE)
            case 4:
                raise IntegrityError
            case 5:
                return jobs.Outcome(JobRow.Verdict.UNCHANGED)

    kind(lambda work: work.each(rows(6), do, batch=4))

    job = run(acme, start(acme))

    assert units(acme) == ["unit 001", "unit 005", "unit 006"]
    with acme.enter():
        assert list(job.rows.order_by("number").values_list("number", "verdict")) == [
            (1, "done"),
            (2, "rejected"),
            (3, "rejected"),
            (4, "rejected"),
            (5, "unchanged"),
            (6, "done"),
        ]
        reasons = list(jobs.rejected_rows(job).values_list("reason", flat=True))
    assert reasons[0] == "Row 2 is wrong. Mend it."
    assert "rate.see" in reasons[1]
    assert reasons[2].startswith("The program met an error of its own with this row.")
    assert (job.state, job.processed, job.succeeded, job.failed) == (Job.State.DONE, 6, 3, 3)


def test_job_of_a_killed_worker_goes_on_where_it_stood(acme, kind):
    """The third row takes the worker down; the second worker does the rest, nothing twice."""
    crashes = [True]

    def do(number, row):
        make_unit(number, row)
        if number == 3 and crashes:
            crashes.clear()
            raise SystemExit

    kind(lambda work: work.each(rows(5), do, batch=2))
    job = start(acme)

    with pytest.raises(SystemExit):
        run(acme, job)
    run(acme, job)
    assert len(units(acme)) == 2  # the lease still runs: nobody else may touch the job

    with acme.enter():
        Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - LONG_AGO)
    run(acme, job)

    assert units(acme) == [name for _, name in rows(5)]
    assert (job.state, job.processed, job.attempts) == (Job.State.DONE, 5, 2)


def test_worker_that_lost_its_lease_commits_nothing_more(acme, kind):
    def do(number, row):
        make_unit(number, row)
        if number == 3:
            Job.objects.filter(state=Job.State.RUNNING).update(attempts=7)  # another worker took over

    kind(lambda work: work.each(rows(6), do, batch=2))

    job = run(acme, start(acme))

    assert units(acme) == ["unit 001", "unit 002"]
    assert job.state == Job.State.RUNNING


def test_database_that_goes_away_leaves_the_job_for_the_sweeper(acme, kind, monkeypatch):
    def away(work):
        raise OperationalError

    kind(away)
    job = run(acme, start(acme))
    assert job.state == Job.State.RUNNING
    sent = []
    monkeypatch.setattr(jobs.queue, "send", lambda *args: sent.append(args))

    with acme.enter():
        jobs.sweep()
        assert sent == []
        Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - LONG_AGO)
        jobs.sweep()

    assert sent == [("hub.run_job", job.pk)]


def test_queued_job_whose_message_was_lost_is_sent_again(acme, rival, kind, monkeypatch):
    job, bait = start(acme), start(rival)
    sent = []
    monkeypatch.setattr(jobs.queue, "send", lambda *args: sent.append(args))
    for company in (acme, rival):
        with company.enter():
            Job.objects.update(created_at=timezone.now() - LONG_AGO)

    with acme.enter():
        jobs.sweep()

    assert sent == [("hub.run_job", job.pk)]
    assert bait.pk != job.pk


def test_job_that_takes_worker_after_worker_down_is_given_up(acme, kind):
    job = start(acme)
    with acme.enter():
        Job.objects.update(state=Job.State.RUNNING, attempts=jobs.MAX_ATTEMPTS, lease_until=timezone.now() - LONG_AGO)

    run(acme, job)

    assert job.state == Job.State.FAILED
    assert job.error == "The worker was lost 5 times in a row; it was not started again."


def test_error_of_the_program_fails_the_job_in_kind_words(acme, kind):
    kind(lambda work: 1 / 0)

    job = run(acme, start(acme))

    assert job.state == Job.State.FAILED
    assert job.error.startswith("The program met an error of its own.")


def test_waiting_job_stops_at_once_and_running_job_after_its_batch(acme, kind):
    waiting = start(acme)
    manager = acme.actor("program_manager")
    with acme.enter("program_manager"):
        assert jobs.cancel_job(job=waiting, actor=manager).state == Job.State.CANCELLED
    assert run(acme, waiting).attempts == 0

    def do(number, row):
        make_unit(number, row)
        if number == 3:
            jobs.cancel_job(job=Job.objects.get(state=Job.State.RUNNING), actor=manager)

    kind(lambda work: work.each(rows(9), do, batch=2))
    running = run(acme, start(acme))

    assert running.state == Job.State.CANCELLED
    assert units(acme) == [name for _, name in rows(4)]


def test_job_that_was_being_stopped_when_its_worker_died_is_stopped(acme, kind):
    job = start(acme)
    with acme.enter():
        Job.objects.update(state=Job.State.CANCELLING, lease_until=timezone.now() - LONG_AGO)

    assert run(acme, job).state == Job.State.CANCELLED


def test_only_the_starter_stops_a_job_and_only_once(acme, kind):
    job = start(acme)
    with acme.enter("owner"):
        with pytest.raises(Refusal, match="Only the person who started this"):
            jobs.cancel_job(job=job, actor=acme.actor("owner"))
        jobs.cancel_job(job=job, actor=acme.actor("program_manager"))
        with pytest.raises(Refusal, match="no longer possible"):
            jobs.cancel_job(job=job, actor=acme.actor("program_manager"))


def test_person_is_told_when_it_took_long(acme, kind):
    def slowly(work):
        Job.objects.update(started_at=timezone.now() - LONG_AGO)

    kind(slowly)
    run(acme, start(acme))

    with acme.enter():
        told = Notification.objects.get()
    assert (told.membership_id, told.title) == (acme.people["program_manager"].pk, "Count: done")


def test_worker_acts_with_the_rights_of_now(acme, kind):
    seen = []
    kind(lambda work: seen.append(work.actor.can(Capability.FREELANCER_MANAGE)))
    job = start(acme)
    with acme.enter():
        acme.people["program_manager"].role_links.all().delete()

    run(acme, job)

    assert seen == [False]


def test_unregistered_kind_is_a_mistake_of_the_program(acme):
    with acme.enter(), pytest.raises(LookupError, match="job_kind"):
        jobs.start_job(kind="nonsense", title="x", actor=acme.actor("owner"))


# Pages


def url(company, job, tail=""):
    return f"/t/{company.slug}/jobs/{job.public_id}/{tail}"


def test_running_job_asks_for_its_progress_and_the_end_reloads_the_page(acme, kind):
    job, client = start(acme), acme.client("program_manager")

    page = client.get(url(acme, job)).content.decode()
    assert f'hx-get="{url(acme, job)}"' in page
    fragment = client.get(url(acme, job), headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode()
    assert "HX-Refresh" not in fragment

    run(acme, job)
    assert client.get(url(acme, job), headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    page = client.get(url(acme, job)).content.decode()
    assert "hx-trigger" not in page.split("<main")[1].split("</main")[0]


def test_result_shows_rejected_rows_and_gives_them_as_csv(acme, kind):
    def do(number, row):
        raise Refusal("=1+1 is no name.")

    kind(lambda work: work.each(rows(2), do))
    job, client = run(acme, start(acme)), acme.client("program_manager")

    assert "=1+1 is no name." in client.get(url(acme, job)).content.decode()
    data = b"".join(client.get(url(acme, job, "rejected/")).streaming_content).decode("utf-8-sig")
    assert data.splitlines() == ["Row,Reason", "1,'=1+1 is no name.", "2,'=1+1 is no name."]


def test_stop_asks_first_and_then_does_it(acme, kind):
    job, client = start(acme), acme.client("program_manager")

    assert "Stop this work?" in client.get(url(acme, job, "cancel/")).content.decode()
    assert client.post(url(acme, job, "cancel/")).status_code == 303

    with acme.enter():
        job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


@pytest.mark.parametrize("tail", ["", "cancel/", "rejected/"])
def test_jobs_of_others_are_404_without_the_right_to_see_them(acme, rival, kind, tail):
    job = start(acme)

    assert acme.client("finance").get(url(acme, job, tail)).status_code == 404
    assert rival.client("owner").get(url(acme, job, tail)).status_code == 404
    assert rival.client("owner").get(url(rival, job, tail)).status_code == 404
    assert acme.client("freelancer").get(url(acme, job, tail)).status_code == 404


def test_owner_sees_jobs_of_others_and_does_not_stop_them(acme, kind):
    job, client = start(acme), acme.client("owner")

    assert client.get(url(acme, job)).status_code == 200
    assert client.post(url(acme, job, "cancel/")).status_code == 409


def test_list_costs_the_same_for_one_and_for_three(acme, kind):
    client, costs = acme.client("program_manager"), []
    for more in (1, 2):
        for _ in range(more):
            start(acme)
        client.get("/t/acme/jobs/")
        with CaptureQueriesContext(connection) as queries:
            response = client.get("/t/acme/jobs/")
        costs.append(len(queries))

    assert response.content.count(b'data-cell="title"><a') == 3
    assert costs[0] == costs[1]
    assert len([query for query in queries if '"hub_job"' in query["sql"]]) == 1
