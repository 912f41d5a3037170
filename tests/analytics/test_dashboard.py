"""The dashboard: what each sees of it, and what it costs."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from analytics.models import KpiRollup, KpiTarget
from analytics.periods import period_start
from tests.factories import programs as make


@pytest.fixture
def home(acme):
    return reverse("dashboard", kwargs={"tenant": acme.slug})


def test_an_empty_company_is_told_how_to_begin(acme, home):
    response = acme.client("program_manager").get(home)

    assert response.status_code == 200
    assert "No program yet" in response.content.decode()


def test_a_stranger_and_a_guest_find_nothing(acme, rival, home):
    assert rival.client("program_manager").get(home).status_code == 404
    assert acme.client("freelancer").get(home).status_code == 404


def test_signed_out_leads_to_the_sign_in_page(client, home):
    assert client.get(home).status_code == 302


def test_a_post_is_refused(acme, home):
    assert acme.client("program_manager").post(home).status_code == 405


@pytest.mark.parametrize(("programs", "queries"), [(1, 12), (2, 11), (4, 11)])  # targets belong to one program
def test_the_number_of_queries_does_not_grow(acme, home, programs, queries, django_assert_num_queries):
    with acme.enter("program_manager"):
        for at in range(programs):
            make.launch(acme, name=f"Program {at}")
    client = acme.client("program_manager")
    client.get(home)

    with django_assert_num_queries(queries):
        assert client.get(home).status_code == 200


@pytest.mark.parametrize(("on_time", "tone"), [(9, "good"), (8, "warn"), (5, "bad")])
def test_a_rate_is_compared_with_its_target_in_per_cent(acme, home, on_time, tone):
    with acme.enter("program_manager"):
        program = make.launch(acme)
        KpiTarget.objects.filter(kpi="on_time_delivery").update(band=10)
        quarter = period_start(timezone.localdate(), KpiRollup.Period.QUARTER)
        KpiRollup.objects.create(
            kpi="on_time_delivery", program=program, period="quarter", starts_on=quarter, n=10, total=on_time
        )
        wanted = KpiTarget.objects.get(kpi="on_time_delivery").target

    cards = acme.client("program_manager").get(home).context["cards"]

    card = next(card for card in cards if card["label"] == "On-time delivery")
    assert wanted == Decimal(90)
    assert (card["value"], card["unit"], card["tone"]) == (f"{on_time}0", "%", tone)
    assert card["target"] == "Target at least 90\N{NO-BREAK SPACE}%"


def test_a_target_is_asked_for_in_the_unit_of_its_figure(acme):
    make.launch(acme)
    client = acme.client("program_manager")

    asked = {
        key: client.get(make.url(acme, "kpi_target", key=key)).content.decode()
        for key in ("on_time_delivery", "time_to_fill")
    }

    assert "In per cent: at least this is wanted." in asked["on_time_delivery"]
    assert "In days: at most this is wanted." in asked["time_to_fill"]


def test_the_rows_behind_a_figure_need_no_filters_of_their_own(acme):
    make.launch(acme)

    page = (
        acme.client("program_manager")
        .get(make.url(acme, "kpi_detail", key="time_to_fill") + "?program=1")
        .content.decode()
    )

    panel = page[page.index('id="list-filters"') :]
    assert " hidden>" in panel[: panel.index("<button")].splitlines()[0]
    assert "<label" not in panel[: panel.index("</form>")]
    assert "Clear all" not in page
