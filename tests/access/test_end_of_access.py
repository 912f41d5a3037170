"""After an engagement has ended and its guest is offboarded, not one address answers that answered before."""

import re

from analytics.demo.story import complete_all, settle
from freelance_hub.models import Membership, StoredFile
from talent.models import Assignment
from talent.services.assignments import request_end
from tests.access import matrix
from tests.access.routes import all_routes

LINK = re.compile(r'(?:href|src|action|hx-get|hx-post)="(/t/acme/[^"#]*)"')


def crawl(client, starts):
    """Every address of the company that answers 200 or a download, following each link."""
    seen, waiting = {}, list(starts)
    while waiting:
        url = waiting.pop().replace("&amp;", "&")
        if url in seen or len(seen) > 400:
            continue
        answer = client.get(url)
        seen[url] = answer.status_code
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            waiting += LINK.findall(answer.content.decode())
    return {url for url, status in seen.items() if status == 200}


def addresses(stand):
    """Every portal and API route at the guest's own objects."""
    portal = [r for r in all_routes() if r.zone == "portal"]
    api = [r for r in all_routes() if r.zone == "api" and r.name not in matrix.NOT_IN_THE_DOCUMENT]
    urls = lambda routes: [r.url("acme", stand.refs(), matrix.ROWS[r.name].at) for r in routes]  # noqa: E731
    return urls(portal), urls(api)


def end_everything(company, who):
    """The services of the end, and what the workers do, until the assignments are closed."""
    with company.enter("hiring_manager"):
        for assignment in Assignment.objects.filter(freelancer__membership=company.people[who]).exclude(
            state__in=Assignment.OVER
        ):
            boss = company.actor("hiring_manager")
            request_end(assignment=assignment, reason="The work is done.", actor=boss)
            settle(company.tenant)
            complete_all(assignment, actor=boss)
            settle(company.tenant)


def test_every_address_of_a_guest_closes(stand):
    acme = stand.acme
    browser, program = stand.browser("freelancer"), stand.program("freelancer")
    portal, api = addresses(stand)
    worked = crawl(browser, portal)
    with acme.enter():
        files = [f"/t/acme/portal/files/{file.public_id}/" for file in StoredFile.objects.all()]
    worked |= {url for url in files if browser.get(url).status_code == 200}
    answered = {url for url in api if program.get(url).status_code == 200}
    assert len(worked) > 20, worked
    assert sum("/files/" in url for url in worked) >= 3
    assert len(answered) >= 4, answered

    end_everything(acme, "freelancer")

    with acme.enter():
        assert Membership.objects.get(pk=acme.people["freelancer"].pk).state == Membership.State.ENDED
    assert {url: browser.get(url).status_code for url in sorted(worked)} == dict.fromkeys(sorted(worked), 404)
    assert {url: program.get(url).status_code for url in sorted(answered)} == dict.fromkeys(sorted(answered), 401)


def test_the_room_and_the_work_close_in_the_transaction_that_ends_them(stand):
    """Before any worker has done anything: whoever is still signed in reads and writes nothing more of it."""
    acme, refs = stand.acme, stand.refs()
    browser, program = stand.browser("freelancer"), stand.program("freelancer")
    closing = [
        f"/t/acme/portal/workspaces/{refs['workspace']}/",
        f"/t/acme/portal/deliverables/{refs['deliverable']}/",
        f"/t/acme/portal/files/{refs['message_file']}/",
        f"/t/acme/portal/files/{refs['deliverable_file']}/",
    ]
    room = f"/api/v1/workspaces/{refs['workspace']}/messages/"
    assert [browser.get(url).status_code for url in closing] == [200] * 4
    assert program.get(room).status_code == 200

    with acme.enter("hiring_manager"):
        ended = Assignment.objects.get(number=refs["assignment"])
        request_end(assignment=ended, reason="The work is done.", actor=acme.actor("hiring_manager"))

    assert [browser.get(url).status_code for url in closing] == [404] * 4
    assert browser.post(closing[0] + "messages/", {"body": "Still here?"}).status_code == 404
    assert program.get(room).status_code == 404


def test_who_works_elsewhere_in_the_company_keeps_that(stand):
    acme, refs = stand.acme, stand.refs()

    end_everything(acme, "freelancer")

    other = stand.browser("other_freelancer")
    assert other.get(f"/t/acme/portal/workspaces/{refs['others_workspace']}/").status_code == 200
    assert other.get("/t/acme/portal/").status_code == 200
