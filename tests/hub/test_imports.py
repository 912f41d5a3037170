import pytest

from freelance_hub.errors import Refusal
from freelance_hub.imports import kinds, spec
from freelance_hub.imports.spec import ImportField, ImportSpec
from freelance_hub.imports.suggest import suggest
from freelance_hub.models import ImportRun, Job, OrgUnit, StoredFile
from freelance_hub.services import imports, jobs
from tests.hub.importing import TOP, UNITS, bring_in, checked, do, imported, units, upload, verdicts


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


# Mapping


def test_upload_is_looked_at_and_columns_are_suggested(acme):
    run = upload(acme, f"Kostenstelle;Bezeichnung;Kommentar\n100;{TOP};x\n200;B;\n", encoding="cp1252")

    assert run.state == ImportRun.State.MAPPING
    assert run.mapping == {"Kostenstelle": "code", "Bezeichnung": "name", "Kommentar": ""}
    assert run.dialect["rows"] == 2
    assert run.dialect["columns"][1]["samples"] == [TOP, "B"]
    assert run.dialect["columns"][0]["guess"]["confidence"] > 0.9


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("units.csv", "", "The file is empty"),
        ("units.csv", "name,code\n", "no rows below it"),
        ("units.xlsx", "PK\x03\x04", "This is a workbook"),
        ("units.exe", "name,code\na,1\n", "not accepted"),
    ],
)
def test_file_that_is_no_table_is_refused_and_leaves_nothing(acme, name, text, reason):
    with pytest.raises(Refusal, match=reason) as refusal:
        upload(acme, text, name=name)

    assert refusal.value.field == "file"
    with acme.enter():
        assert not ImportRun.objects.exists()
        assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ({"name": "name", "code": "name"}, "already filled by “name”"),
        ({"name": "name", "code": ""}, "No column is “Code”"),
        ({"name": "nonsense", "code": "code"}, "no such column or field"),
        ({"name": "name", "code": "code", "other": "since"}, "no such column or field"),
    ],
)
def test_mapping_that_cannot_be_is_refused(acme, mapping, reason):
    run = upload(acme, "name,code\nA,1\n")

    with pytest.raises(Refusal, match=reason):
        do(acme, run, "check", mapping=mapping)


def test_content_decides_where_headers_say_nothing():
    fields = (
        ImportField("name", "Name", kinds.NAME),
        ImportField("email", "E-mail", kinds.EMAIL),
        ImportField("country", "Country", kinds.COUNTRY),
        ImportField("rating", "Rating", kinds.RATING),
    )
    columns = [
        {"name": "c1", "hint": {}, "samples": ["ann@example.org", "bob@example.org"]},
        {"name": "c2", "hint": {}, "samples": ["Germany", "France", "Italy"]},
        {"name": "rating", "hint": {}, "samples": ["excellent", "poor"]},
        {"name": "full name", "hint": {}, "samples": ["Ann Lee"]},
        {"name": "empty", "hint": {}, "samples": []},
    ]

    found = suggest(ImportSpec(**{**vars(UNITS), "fields": fields}), columns)

    assert {column: guess.field for column, guess in found.items()} == {
        "c1": "email",
        "c2": "country",
        "full name": "name",
    }
    assert found["c1"].confidence < 0.85  # recognised by its look alone: likely, not sure


# Dry run


def test_dry_run_judges_every_row_and_changes_nothing(acme):
    with acme.enter():
        OrgUnit.objects.create(code="1", name="Old")
        OrgUnit.objects.create(code="2", name="Same")

    run = checked(
        acme,
        "name,code,since\nNew,3,2026-01-31\nRenamed,1,\nSame,2,\n,4,\nTwice,3,\nx,666,\nboom,5,\nragged,6\nLate,7,31.02.2026\n",
    )

    assert verdicts(acme, run) == [
        (2, "new", ""),
        (3, "changed", ""),
        (4, "unchanged", ""),
        (5, "rejected", "Row 5: Name is missing."),
        (6, "rejected", "Row 6 means the same cost centre as row 2. Keep one of them."),
        (7, "rejected", "Row 7, column “code”: This code is taken by the devil. Choose another."),
        (
            8,
            "rejected",
            "Row 8: The program met an error of its own with this row. It was reported; the row was left out.",
        ),
        (9, "rejected", "Row 9 has 2 cells, the header has 3. Is a delimiter missing?"),
        (10, "rejected", "Row 10, column “since”: “31.02.2026” is a date that does not exist."),
    ]
    assert units(acme) == {"1": "Old", "2": "Same"}
    assert (run.state, run.counts) == ("checked", {"new": 1, "changed": 1, "unchanged": 1, "rejected": 6})
    with acme.enter():
        changed = run.rows.get(number=3)
    assert (changed.before, changed.after) == ({"name": "Old"}, {"name": "Renamed"})


def test_corrected_mapping_judges_anew(acme):
    run = checked(acme, "name,code\n1,A\n")

    do(acme, run, "check", mapping={"name": "code", "code": "name"})

    with acme.enter():
        assert [row.raw for row in run.rows.all()] == [{"name": "1", "code": "A"}]
    do(acme, run, "start")
    assert units(acme) == {"1": "A"}


def test_answer_about_ambiguous_dates_is_kept(acme):
    run = upload(acme, "name,code,since\nA,1,03/04/2026\n")
    assert run.dialect["columns"][2]["ask_dates"]

    do(acme, run, "check", mapping=run.mapping, day_first={"since": False})

    assert imports.reader_of(run).hints["since"].day_first is False


# Import


def test_import_brings_in_what_the_dry_run_promised(acme, rival):
    run = imported(acme, f"name,code\n{TOP},1\nB,2\n,3\n")

    assert units(acme) == {"1": TOP, "2": "B"}
    assert units(rival) == {}
    assert (run.state, run.counts) == ("done", {"new": 2, "rejected": 1})


def test_second_import_of_the_same_file_changes_nothing(acme):
    text = "name,code\nA,1\nB,2\n"
    imported(acme, text)

    run = checked(acme, text)

    assert run.counts == {"unchanged": 2}
    with acme.enter(), pytest.raises(Refusal, match="nothing to import"):
        imports.start(run=run, actor=acme.actor("owner"))


def test_row_that_others_changed_meanwhile_gets_its_verdict_anew(acme):
    run = checked(acme, "name,code\nA,1\nB,2\n")
    with acme.enter():
        OrgUnit.objects.create(code="1", name="A")

    do(acme, run, "start")

    assert run.counts == {"new": 1, "unchanged": 1}


def test_import_that_is_stopped_keeps_what_came_in_and_goes_on_later(acme, monkeypatch):
    monkeypatch.setattr(jobs.Work.each, "__kwdefaults__", {"batch": 2})
    run = checked(acme, "name,code\n" + "".join(f"n{n},{n}\n" for n in range(1, 7)))

    def stop_at_three(*, values, actor):
        if values["code"] == "3":
            jobs.cancel_job(job=Job.objects.get(state=Job.State.RUNNING), actor=actor)
        return bring_in(values=values, actor=actor)

    monkeypatch.setitem(spec._specs, "units", ImportSpec(**{**vars(UNITS), "apply": stop_at_three}))
    job = do(acme, run, "start")
    assert (job.state, run.state, run.counts) == ("cancelled", "done", {"new": 4, "waiting": 2})

    monkeypatch.setitem(spec._specs, "units", UNITS)
    do(acme, run, "start")
    assert (run.counts, len(units(acme))) == ({"new": 6}, 6)


def test_import_works_with_the_rights_that_the_person_has_then(acme):
    run = checked(acme, "name,code\nA,1\n")
    with acme.enter("owner"):
        job = imports.start(run=run, actor=acme.actor("owner"))
        acme.people["owner"].role_links.all().delete()
        jobs.run(job_id=job.pk)

    assert units(acme) == {}
    assert "people.manage" in verdicts(acme, run)[0][2]


# Taking back


def test_import_is_taken_back_except_what_was_used_or_changed_since(acme):
    with acme.enter():
        OrgUnit.objects.create(code="1", name="Old")
    run = imported(acme, "name,code\nRenamed,1\nFresh,2\nin use,3\nEdited later,4\nGone,5\n")
    with acme.enter():
        OrgUnit.objects.filter(code="4").update(name="By hand")
        OrgUnit.objects.filter(code="5").delete()

    do(acme, run, "undo")

    assert units(acme) == {"1": "Old", "3": "in use", "4": "By hand"}
    assert verdicts(acme, run) == [
        (2, "undone", ""),
        (3, "undone", ""),
        (4, "kept", "It is used by now."),
        (5, "kept", "Changed since the import: name."),
        (6, "undone", "It was removed already."),
    ]
    assert (run.state, run.counts) == ("undone", {"undone": 3, "kept": 2})


def test_import_is_taken_back_once(acme):
    run = imported(acme, "name,code\nA,1\n")
    do(acme, run, "undo")

    with pytest.raises(Refusal, match="no longer possible"):
        do(acme, run, "undo")


def test_file_comes_in_again_after_it_was_taken_back(acme):
    text = "name,code\nA,1\n"
    do(acme, imported(acme, text), "undo")

    assert imported(acme, text).counts == {"new": 1}
