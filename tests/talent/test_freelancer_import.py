import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from freelance_hub.models import Event, ImportRow
from freelance_hub.services import imports, jobs
from talent.imports import FREELANCERS
from talent.models import Freelancer
from talent.services.freelancers import create_freelancer, snapshot

HEADER = (
    "freelancer_ID,name,gender,age,country,language,primary_skill,"
    "years_of_experience,hourly_rate (USD),rating,is_active,client_satisfaction"
)
DIRTY = f"""{HEADER}
F1,Ms. Nicole Kidd,f,52.0,Italy,Italian,Blockchain Development,11.0,100,,0,
F2,Vanessa Garcia,FEMALE,,UK,English,UI/UX Design,34.0,USD 40,3.3,1,84%
F3,Lynn Curtis DDS,m,53.0,South Korea,Korean,DevOps,,$75,0.0,yes,
F4,Lisa Johnson,F,38.0,Germany,German,AI,4.0,,1.5,N,0.9
F5,Lisa Johnson,M,38.0,Germany,German,AI,4.0,50,1.5,,71%
F6,,M,38.0,Germany,German,AI,4.0,50,1.5,,71%
F7,Bad Country,M,38.0,Germny,German,AI,4.0,50,1.5,,71%
F8,Bad Rating,M,38.0,Germany,German,AI,4.0,50,9,,71%
F1,Nicole Again,f,52.0,Italy,Italian,Blockchain Development,11.0,100,,0,
"""


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def run_step(company, run, step, **kwargs):
    with company.enter("program_manager"):
        job = getattr(imports, step)(run=run, actor=company.actor("program_manager"), **kwargs)
        jobs.run(job_id=job.pk)
        run.refresh_from_db()


def bring_in(company, text=DIRTY):
    with company.enter("program_manager"):
        upload = SimpleUploadedFile("freelancers.csv", text.encode())
        run = imports.start_import(spec=FREELANCERS, upload=upload, actor=company.actor("program_manager"))
    run_step(company, run, "check", mapping=run.mapping)
    if run.counts.get("new") or run.counts.get("changed"):
        run_step(company, run, "start")
    return run


def people(company):
    with company.enter():
        return {person.external_id: snapshot(person) for person in Freelancer.objects.all()}


def test_marketplace_export_is_understood_without_a_correction(acme):
    run = bring_in(acme)

    assert {key for key in run.mapping.values() if key} == {
        "external_id", "name", "gender", "country", "language", "skills",
        "years_of_experience", "hourly_rate", "rating", "state", "satisfaction",
    }  # fmt: skip
    assert run.mapping["age"] == ""
    found = people(acme)
    assert set(found) == {"F1", "F2", "F3", "F4", "F5"}
    assert found["F2"] == {
        "name": "Vanessa Garcia", "email": "", "phone": "", "gender": "female", "country": "GB", "language": "English",
        "headline": "", "years_of_experience": 34, "hourly_rate": "40.00", "currency": "USD", "rating": "3.30",
        "satisfaction": 84, "state": "available", "source": "", "external_id": "F2", "skills": ["UI/UX Design"],
    }  # fmt: skip
    assert (found["F1"]["name"], found["F1"]["state"]) == ("Nicole Kidd", "unavailable")
    assert (found["F3"]["name"], found["F3"]["country"], found["F3"]["hourly_rate"]) == ("Lynn Curtis", "KR", "75.00")
    assert (found["F4"]["hourly_rate"], found["F4"]["satisfaction"]) == (None, 90)


def test_rejected_rows_say_where_and_how_to_mend(acme):
    run = bring_in(acme)

    with acme.enter():
        reasons = list(run.rows.filter(verdict="rejected").order_by("number").values_list("reason", flat=True))
    assert reasons == [
        "Row 7: Name is missing.",
        "Row 8, column “country”: “Germny” is not a country we know. Did you mean “Germany”?",
        "Row 9, column “rating”: “9” is not between 0 and 5.",
        "Row 10 means the same freelancer as row 2. Keep one of them.",
    ]


def test_second_import_of_the_same_file_changes_nothing(acme):
    bring_in(acme)
    with acme.enter():
        events = Event.objects.count()

    run = bring_in(acme)

    assert run.counts == {"unchanged": 5, "rejected": 4}
    with acme.enter():
        assert Event.objects.count() == events


def test_people_without_ids_are_known_by_all_that_is_told(acme):
    text = "name,country,skills\nAnn Lee,Spain,Figma\nAnn Lee,France,Figma\n"

    assert bring_in(acme, text).counts == {"new": 2}
    assert bring_in(acme, text).counts == {"unchanged": 2}


def test_import_is_taken_back_to_what_stood_before(acme):
    with acme.enter():
        create_freelancer(name="Old Name", external_id="F2", skills=["Figma"], actor=acme.actor("program_manager"))
    before = people(acme)
    run = bring_in(acme)
    assert run.counts == {"new": 4, "changed": 1, "rejected": 4}

    run_step(acme, run, "undo")

    assert people(acme) == before
    assert run.counts == {"undone": 5, "rejected": 4}


def test_file_does_not_lift_a_block(acme):
    bring_in(acme)
    with acme.enter():
        Freelancer.objects.filter(external_id="F2").update(state=Freelancer.State.BLOCKED)

    run = bring_in(acme)

    assert people(acme)["F2"]["state"] == "blocked"
    assert run.counts == {"unchanged": 5, "rejected": 4}


def test_pages_of_the_import_are_for_program_managers(acme):
    assert acme.client("program_manager").get("/t/acme/freelancers/import/").status_code == 200
    assert acme.client("hiring_manager").get("/t/acme/freelancers/import/").status_code == 403
    assert acme.client("freelancer").get("/t/acme/freelancers/import/").status_code == 404


# The command


def test_command_tells_people_on_stderr_and_machines_on_the_last_line(acme, tmp_path, capsys):
    file = tmp_path / "people.csv"
    file.write_text(DIRTY)

    call_command("demo_import", str(file), company="acme")

    out, err = capsys.readouterr()
    assert json.loads(out.splitlines()[-1]) == {"rows": 9, "accepted": 5, "rejected": 4}
    assert "hourly_rate (USD) → Hourly rate" in err
    assert "Row 7: Name is missing." in err
    with acme.enter():
        assert ImportRow.objects.filter(verdict="new").count() == 5


@pytest.mark.parametrize(("text", "reason"), [("", "The file is empty"), ("a,b\n1,2\n", "No column is “Name”")])
def test_command_refuses_in_words(acme, tmp_path, text, reason):
    file = tmp_path / "people.csv"
    file.write_text(text)

    with pytest.raises(CommandError, match=reason):
        call_command("demo_import", str(file), company="acme")
    with pytest.raises(CommandError, match="There is no file"):
        call_command("demo_import", str(tmp_path / "nothing.csv"), company="acme")
