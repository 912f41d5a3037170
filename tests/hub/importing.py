"""An import of cost centres to try the importer on, with its routes: `imported(company, text)` walks all steps."""

from importlib import import_module

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import include, path

from freelance_hub.errors import Refusal
from freelance_hub.imports import kinds, spec
from freelance_hub.imports.spec import ImportField, ImportSpec
from freelance_hub.imports.urls import import_paths
from freelance_hub.models import OrgUnit
from freelance_hub.permissions import Capability, require
from freelance_hub.services import imports, jobs

TOP = "Müller & Söhne"


def bring_in(*, values, actor):
    """Cost centres: known by their code; a code of 666 is refused; "boom" is a bug."""
    require(actor, Capability.PEOPLE_MANAGE)
    if values["code"] == "666":
        raise Refusal("This code is taken by the devil.", field="code", remedy="Choose another.")
    if values["name"] == "boom":
        raise ZeroDivisionError
    unit = OrgUnit.objects.filter(code=values["code"]).first()
    if unit is None:
        return OrgUnit.objects.create(code=values["code"], name=values["name"]), None
    before = {} if unit.name == values["name"] else {"name": unit.name}
    unit.name = values["name"]
    unit.save()
    return unit, before


def take_back(thing, *, before, after, actor):
    require(actor, Capability.PEOPLE_MANAGE)
    if thing.name != after["name"]:
        raise Refusal("Changed since the import: name.")
    if before is None:
        if thing.name == "in use":
            raise Refusal("It is used by now.")
        thing.delete()
    else:
        OrgUnit.objects.filter(pk=thing.pk).update(**before)


UNITS = spec.register(
    ImportSpec(
        key="units",
        title="Import cost centres",
        noun=("cost centre", "cost centres"),
        capability=Capability.PEOPLE_MANAGE,
        model=OrgUnit,
        fields=(
            ImportField("name", "Name", required=True, synonyms=("unit", "bezeichnung")),
            ImportField("code", "Code", required=True, synonyms=("cost centre", "kostenstelle")),
            ImportField("since", "Since", kinds.DATE),
        ),
        identity=lambda values: f"code:{values['code']}",
        apply=bring_in,
        snapshot=lambda unit: {"name": unit.name, "code": unit.code},
        undo=take_back,
        route="unit_import",
        list_route="job_list",
    )
)
site = import_module(settings.ROOT_URLCONF)
urlpatterns = [path("t/<slug:tenant>/", include(import_paths(UNITS, "units/import/"))), *site.urlpatterns]
handler400, handler403, handler404 = site.handler400, site.handler403, site.handler404


def upload(company, text, *, role="owner", name="units.csv", encoding="utf-8"):
    with company.enter(role):
        file = SimpleUploadedFile(name, text.encode(encoding))
        return imports.start_import(spec=UNITS, upload=file, actor=company.actor(role))


def do(company, run, step, **kwargs):
    """Start a step and let the worker do it; returns the job."""
    with company.enter("owner"):
        job = getattr(imports, step)(run=run, actor=company.actor("owner"), **kwargs)
        jobs.run(job_id=job.pk)
        job.refresh_from_db()
        run.refresh_from_db()
    return job


def checked(company, text):
    run = upload(company, text)
    do(company, run, "check", mapping=run.mapping)
    return run


def imported(company, text):
    run = checked(company, text)
    do(company, run, "start")
    return run


def verdicts(company, run):
    with company.enter():
        return [(row.number, row.verdict, row.reason) for row in run.rows.order_by("number")]


def units(company):
    with company.enter():
        return dict(OrgUnit.objects.exclude(code="4711").values_list("code", "name"))
