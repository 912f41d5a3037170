"""The context of a piece of work: a request, its streaming body, a thread, a Celery task, a look across tenants."""

import csv
import threading
from queue import Queue

import pytest
from celery import Celery, signals
from celery.contrib.testing.worker import start_worker
from django.db import connection, connections, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import include, path
from django.utils import timezone

from freelance_hub.models import OrgUnit, Tenant, User
from freelance_hub.tenancy.celery import DISPATCH_UID, HEADER, TenantTask, install
from freelance_hub.tenancy.context import Context, NoTenant, current, tenant, use
from freelance_hub.tenancy.platform import across_tenants


class Line:
    def write(self, text):
        return text


def export(request):
    """A CSV whose rows are read after the view has returned."""

    def lines():
        with transaction.atomic():
            for unit in OrgUnit._base_manager.order_by("code").iterator(chunk_size=1):
                yield csv.writer(Line()).writerow([unit.code])

    return StreamingHttpResponse(lines(), content_type="text/csv")


def count(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM hub_orgunit")
        return HttpResponse(str(cursor.fetchone()[0]))


urlpatterns = [
    path("t/<slug:tenant>/test-export", export),
    path("t/<slug:tenant>/test-count", count),
    path("test-count", count),
    path("", include("freelance_hub.urls")),
]
with_test_urls = pytest.mark.urls(__name__)


def codes(response):
    return [line.decode().strip() for line in response.streaming_content]


@with_test_urls
@pytest.mark.parametrize("atomic_requests", [False, True])
@pytest.mark.django_db(transaction=True)
def test_streaming_body_is_read_after_the_request_in_its_tenant(pair, client, monkeypatch, atomic_requests):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", atomic_requests)
    client.force_login(pair.both)

    response = client.get("/t/ours/test-export")

    assert current() == Context()
    assert codes(response) == ["ours-0", "ours-1", "ours-2"]
    assert client.get("/test-count").content == b"0"


@with_test_urls
@pytest.mark.django_db(transaction=True)
def test_interleaved_streams_do_not_mix(pair, client):
    client.force_login(pair.both)
    streams = [iter(client.get(f"/t/{slug}/test-export").streaming_content) for slug in ("ours", "theirs")]

    seen = [[next(stream).decode().strip() for stream in streams] for _ in range(3)]
    for stream in reversed(streams):  # they share a connection here, so their transactions are nested
        assert list(stream) == []

    assert seen == [["ours-0", "theirs-0"], ["ours-1", "theirs-1"], ["ours-2", "theirs-2"]]


@with_test_urls
@pytest.mark.django_db(transaction=True)
def test_request_enters_only_companies_of_the_person(pair, client):
    client.force_login(pair.one)

    assert client.get("/t/ours/test-count").content == b"3"
    assert client.get("/t/theirs/test-count").status_code == 404
    assert client.get("/t/nowhere/test-count").status_code == 404


@with_test_urls
@pytest.mark.django_db(transaction=True)
def test_request_of_a_stranger_leads_to_the_sign_in_page(pair, client):
    response = client.get("/t/ours/test-count")

    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_sign_in_needs_no_tenant(pair, client):
    pair.both.set_password("correct horse battery staple")
    pair.both.save()

    assert client.login(email="both@example.com", password="correct horse battery staple")


@pytest.mark.django_db(transaction=True)
def test_thread_starts_without_a_tenant(pair, sql):
    found = []

    def work():
        found.append((current(), sql()))
        connection.close()

    with tenant(pair.ours.tenant):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    assert found == [(Context(), 0)]


# Celery: a worker in a thread of this process, messages by way of memory.


@pytest.fixture(scope="module")
def app():
    app = Celery("tests", task_cls=TenantTask, broker="memory://", set_as_current=False)
    app.conf.update(task_ignore_result=True, worker_hijack_root_logger=False)

    @app.task(name="look")
    def look():
        seen.put(current())

    @app.task(name="look_again", bind=True, max_retries=1)
    def look_again(self):
        seen.put(current())
        if self.request.retries == 0:
            raise self.retry(countdown=0)

    @app.task(name="pass_on")
    def pass_on():
        look.apply_async()

    with start_worker(app, pool="solo", perform_ping_check=False):
        yield app


seen = Queue()


def test_task_runs_in_the_tenant_of_its_sender(app):
    context = Context(5, 7, request_id="r-1", actor="Bo", tenant_slug="ours")

    with use(context):
        app.tasks["look"].apply_async()

    assert seen.get(timeout=10) == context


def test_task_without_a_tenant_starts_closed_even_after_one_that_had_one(app):
    with use(Context(5)):
        app.tasks["look"].apply_async()
    app.tasks["look"].apply_async()

    assert [seen.get(timeout=10), seen.get(timeout=10)] == [Context(5), Context()]


def test_message_without_header_starts_closed(app):
    signals.before_task_publish.disconnect(dispatch_uid=DISPATCH_UID)
    try:
        with use(Context(5)):
            app.tasks["look"].apply_async()
    finally:
        install(app)

    assert seen.get(timeout=10) == Context()


def test_retry_and_task_sent_by_a_task_keep_the_tenant(app):
    with use(Context(5)):
        app.tasks["look_again"].apply_async()
        app.tasks["pass_on"].apply_async()

    assert [seen.get(timeout=10) for _ in range(3)] == [Context(5)] * 3


def test_platform_rights_do_not_travel(app):
    with use(Context(platform=True, actor="Operator")):
        app.tasks["look"].apply_async()

    assert seen.get(timeout=10) == Context()


def test_platform_rights_cannot_be_put_into_a_message(app):
    with use(Context()):
        app.tasks["look"].apply_async(headers={HEADER: {"tenant_id": 5, "platform": True}})

    assert seen.get(timeout=10) == Context(5)


def test_task_called_as_a_function_stays_with_its_caller(app):
    with use(Context(5)):
        app.tasks["look"]()
        app.tasks["look"].apply()
    with use(Context(platform=True)):
        app.tasks["look"]()

    assert [seen.get_nowait() for _ in range(3)] == [Context(5), Context(5), Context()]


# Across tenants


@pytest.mark.django_db(transaction=True, databases=["default", "platform"])
def test_look_across_tenants_sees_all_and_is_recorded(pair):
    with across_tenants("Support case 17", actor="Olga Operator") as context:
        assert OrgUnit.objects.filter(tenant__in=[pair.ours.tenant, pair.theirs.tenant]).count() == 6
        assert OrgUnit.objects.all().db == "platform"
        with connections["platform"].cursor() as cursor:
            cursor.execute("SELECT actor, operation, changes FROM hub_audit_event ORDER BY id DESC LIMIT 1")
            entry = cursor.fetchone()

    assert context.platform
    assert entry[:2] == ("Olga Operator", "tenants.crossed")
    assert "Support case 17" in str(entry[2])
    with pytest.raises(NoTenant):
        OrgUnit.objects.count()


@pytest.mark.parametrize(("reason", "actor"), [("", "Olga"), (" ", "Olga"), ("Support", "")])
def test_look_across_tenants_needs_reason_and_actor(reason, actor):
    with pytest.raises(ValueError, match="reason and an actor"), across_tenants(reason, actor=actor):
        pass


@pytest.mark.django_db(transaction=True)
def test_platform_context_opens_nothing_for_the_web_role(pair):
    with use(Context(platform=True)):
        assert OrgUnit.objects.using("default").count() == 0
        assert Tenant.objects.using("default").filter(slug__in=["ours", "theirs"]).count() == 2


def clock(request):
    return HttpResponse(str(timezone.get_current_timezone()))


urlpatterns += [path("t/<slug:tenant>/test-clock", clock), path("test-clock", clock)]


@with_test_urls
@pytest.mark.parametrize(("own", "shown"), [("UTC", "Europe/Berlin"), ("Asia/Tokyo", "Asia/Tokyo")])
def test_hours_are_told_in_the_persons_time_zone_or_the_companys(acme, own, shown):
    user = acme.people["finance"].user
    User.objects.filter(pk=user.pk).update(time_zone=own)
    before = timezone.get_current_timezone()
    client = acme.client("finance")

    assert client.get(f"/t/{acme.slug}/test-clock").content.decode() == shown
    assert client.get("/test-clock").content.decode() == own
    assert timezone.get_current_timezone() == before
