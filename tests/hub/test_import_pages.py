import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404

from freelance_hub.imports.spec import ImportSpec
from freelance_hub.models import ImportRow, ImportRun, Job
from freelance_hub.permissions import Refused
from freelance_hub.services import imports, jobs
from tests.hub.importing import UNITS, checked, do, units, upload

pytestmark = pytest.mark.urls("tests.hub.importing")


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


# Pages


def page(company, run=None, step="", role="owner"):
    return f"/t/{company.slug}/units/import/" + (f"{run.public_id}/{step}" if run else "")


def post_file(company, text, role="owner"):
    return company.client(role).post(page(company), {"file": SimpleUploadedFile("units.csv", text.encode())})


def test_person_walks_from_upload_to_result(acme, django_capture_on_commit_callbacks):
    client = acme.client("owner")
    response = client.post(
        page(acme), {"file": SimpleUploadedFile("units.csv", b"Bezeichnung,Kostenstelle\nA,1\n,2\n")}
    )
    with acme.enter():
        run = ImportRun.objects.get()
    assert response["Location"] == page(acme, run)
    html = client.get(page(acme, run)).content.decode()
    assert '<option value="name" selected>Name</option>' in html
    assert "Sure" in html

    client.post(page(acme, run), {"column_0": "name", "column_1": "code"})
    assert 'hx-trigger="every' in client.get(page(acme, run)).content.decode()
    work(acme)
    html = client.get(page(acme, run)).content.decode()
    assert "Import 1 cost centre" in html
    assert "Row 3: Name is missing." in html

    client.post(page(acme, run, "start/"))
    work(acme)
    html = client.get(page(acme, run)).content.decode()
    assert "Take back" in html
    assert units(acme) == {"1": "A"}

    assert "will be removed again" in client.get(page(acme, run, "undo/")).content.decode()
    client.post(page(acme, run, "undo/"))
    work(acme)
    assert "Taken back" in client.get(page(acme, run)).content.decode()
    assert units(acme) == {}


def work(company):
    with company.enter():
        for job in Job.objects.filter(state=Job.State.QUEUED):
            jobs.run(job_id=job.pk)


def test_mapping_that_cannot_be_is_told_at_its_column(acme):
    run = upload(acme, "name,code\nA,1\n")

    response = acme.client("owner").post(page(acme, run), {"column_0": "name", "column_1": "name"})

    assert response.status_code == 422
    assert "already filled by" in response.content.decode()


def test_file_that_is_no_table_is_told_at_the_field(acme):
    response = post_file(acme, "")

    assert response.status_code == 422
    assert "The file is empty" in response.content.decode()


def test_rejected_rows_come_back_with_reasons_and_without_formulas(acme):
    run = checked(acme, "name,code,note\n,1,=1+1\nA,2,ok\n")

    response = acme.client("owner").get(page(acme, run, "rejected/"))

    data = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert data == ["name,code,note,Row,Reason", ",1,'=1+1,2,Row 2: Name is missing."]


def test_corrected_file_of_rejected_rows_comes_in_as_it_was_meant(acme):
    run = upload(acme, "name,code,Row,Reason\n'=Sum,1,2,Row 2: Name is missing.\n")
    assert run.mapping == {"name": "name", "code": "code", "Row": "", "Reason": ""}

    do(acme, run, "check", mapping=run.mapping)
    do(acme, run, "start")

    assert units(acme) == {"1": "=Sum"}


def test_rows_are_shown_by_verdict_in_pages(acme):
    run = checked(acme, "name,code\n" + "".join(f"n{n},{n}\n" for n in range(60)) + ",x\n")
    client = acme.client("owner")

    html = client.get(page(acme, run)).content.decode()
    assert html.count('data-cell="title">') == 50
    assert 'href="?show=&amp;after=51"' in html
    assert client.get(page(acme, run) + "?show=rejected").content.decode().count('data-cell="title">') == 1
    assert client.get(page(acme, run) + "?show=nonsense&after=x").status_code == 200


@pytest.mark.parametrize("step", ["", "start/", "undo/", "rejected/"])
def test_strangers_get_404_and_members_without_the_capability_403(acme, rival, step):
    run = checked(acme, "name,code\nA,1\n")
    method = "post" if step == "start/" else "get"

    assert getattr(acme.client("finance"), method)(page(acme, run, step)).status_code == 403
    assert getattr(rival.client("owner"), method)(page(rival, run, step)).status_code == 404
    assert getattr(rival.client("owner"), method)(page(acme, run, step)).status_code == 404
    assert getattr(acme.client("freelancer"), method)(page(acme, run, step)).status_code == 404


def test_imported_file_is_for_those_who_may_import(acme):
    run = upload(acme, "name,code\nA,1\n")
    with acme.enter():
        from freelance_hub.services import files

        assert files.access_file(acme.actor("owner"), run.file.public_id).pk == run.file_id
        with pytest.raises(Refused):
            files.access_file(acme.actor("finance"), run.file.public_id)
        with pytest.raises(Http404):
            imports.access_run(acme.actor("owner"), ImportSpec(**{**vars(UNITS), "key": "other"}), run.public_id)
        assert ImportRow.objects.count() == 0
