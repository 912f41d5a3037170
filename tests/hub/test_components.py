"""The declared components and the tags of values."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from freelance_hub import charts, formats, navigation, presentation
from freelance_hub.access import Actor
from freelance_hub.navigation import Command, NavItem, Shell
from freelance_hub.permissions import Capability
from freelance_hub.presentation import Look, Tone
from freelance_hub.tenancy.context import Context as TenantContext
from freelance_hub.tenancy.context import use
from freelance_hub.views import styleguide


def render(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


# Components


def test_component_refuses_an_input_that_it_does_not_declare():
    with pytest.raises(TemplateSyntaxError, match="colour"):
        Template('{% card "Budget" colour="red" %}{% endcard %}')


def test_component_refuses_to_go_without_a_declared_input():
    with pytest.raises(TemplateSyntaxError, match="title"):
        Template("{% page_head %}{% endpage_head %}")


def test_content_of_people_is_escaped_once():
    html = render(
        '{% card title %}{{ text }}{% endcard %}{% fact "Who" %}{{ text }}{% endfact %}', title="A & B", text="<b>"
    )

    assert "A &amp; B" in html
    assert html.count("&lt;b&gt;") == 2
    assert "&amp;lt;" not in html


def test_fact_without_value_shows_a_dash():
    assert "–" in render('{% fact "PO" %}   {% endfact %}')


def test_markup_inside_fact_and_step_stays_markup():
    html = render('{% fact "Who" %}<a href="#">Ana</a>{% endfact %}{% step "Sign" %}<button>Do</button>{% endstep %}')

    assert '<a href="#">Ana</a>' in html
    assert "<button>Do</button>" in html


def test_post_and_forms_carry_the_token_of_the_page():
    confirm = '{% confirm "Sure?" submit="Do" cancel="/" %}{% endconfirm %}'

    html = render(
        '{% post "/x" "Go" %}{% form_for form %}{% endform_for %}' + confirm, form=forms.Form(), csrf_token="t0ken"
    )

    assert html.count('name="csrfmiddlewaretoken" value="t0ken"') == 3


class UploadForm(forms.Form):
    title = forms.CharField(help_text="Short.")
    file = forms.FileField(required=False)


def test_form_with_a_file_is_multipart_and_shows_its_upload():
    html = render("{% form_for form %}{% endform_for %}", form=UploadForm())

    assert 'enctype="multipart/form-data"' in html
    assert "upload-progress" in html


def test_field_says_help_before_error_before_widget_and_links_them():
    form = UploadForm({"title": ""})

    html = render("{% field form.title %}", form=form)

    places = [html.index(part) for part in ("<label", "Short.", "This field is required", "<input")]
    assert places == sorted(places)
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'aria-invalid="true"' in html


def test_field_says_optional_only_where_it_is():
    html = render("{% field form.title %}|{% field form.file %}", form=UploadForm())

    required, optional = html.split("|")
    assert "optional" not in required
    assert "optional" in optional


def test_error_summary_links_to_the_fields():
    html = render("{% form_for form %}{% endform_for %}", form=UploadForm({"title": ""}))

    assert 'role="alert"' in html
    assert '<a href="#id_title">' in html


def test_progress_polls_only_while_it_runs():
    source = '{% progress title="Import" done=5 total=10 state=state poll="/job" %}'

    assert 'hx-get="/job"' in render(source, state="running")
    assert "hx-get" not in render(source, state="done")


# Values


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1250", "EUR", "€1,250.00"),
        ("-0.5", "GBP", "−£0.50"),
        ("300", "CHF", "CHF\xa0300.00"),
        ("12", "USD", "US$12.00"),
    ],
)
def test_money_reads_with_its_currency(amount, currency, text):
    assert formats.money_text(Decimal(amount), currency) == text


def test_money_without_amount_is_a_dash():
    assert "–" in render('{% money nothing "EUR" %}', nothing=None)


@pytest.mark.parametrize(
    ("size", "text"), [(812, "812 bytes"), (3_140_000, "3.1 MB"), (999_600, "1.0 MB"), (48_000, "48 kB"), (None, "")]
)
def test_file_sizes_read_like_in_a_file_manager(size, text):
    assert formats.file_size(size) == text


@pytest.mark.parametrize(
    ("name", "letters"), [("Ana María Ruiz", "AR"), ("Cher", "C"), ("ana@example.com", "A"), ("", "?"), ("(…)", "?")]
)
def test_initials(name, letters):
    assert formats.initials(name) == letters


@pytest.mark.parametrize(
    ("days", "words", "tone"),
    [
        (0, "today", "warn"),
        (1, "tomorrow", "warn"),
        (3, "in 3 days", "neutral"),
        (-1, "1 day late", "bad"),
        (-9, "9 days late", "bad"),
    ],
)
def test_due_says_the_distance(days, words, tone):
    html = render("{% due value %}", value=timezone.localdate() + timedelta(days=days))

    assert words in html
    assert f'data-tone="{tone}"' in html


def test_due_far_away_or_done_is_only_a_date():
    far, late = timezone.localdate() + timedelta(days=60), timezone.localdate() - timedelta(days=9)

    assert "days" not in render("{% due value %}", value=far)
    assert "late" not in render("{% due value done=True %}", value=late)


def test_when_is_shown_in_the_zone_of_the_person():
    moment = datetime(2024, 3, 1, 23, 30, tzinfo=UTC)

    with timezone.override("Europe/Berlin"):
        html = render("{% when moment full=True %}", moment=moment)

    assert "2 Mar 2024, 00:30 CET" in html
    assert 'datetime="2024-03-01T23:30:00+00:00"' in html


def test_day_of_another_year_names_it():
    assert "1 Mar 2019" in render("{% day value %}", value=date(2019, 3, 1))


def test_count_bends_its_noun():
    assert render('{% count 1 "person" "people" %}, {% count 1200 "row" %}') == "1 person, 1,200 rows"


# States


def test_chip_has_icon_word_and_tone():
    html = render('{% chip "in_approval" %}')

    assert 'data-tone="warn"' in html
    assert "In approval" in html
    assert "#hourglass" in html


def test_unknown_state_is_shown_plainly():
    assert "Sent to mars" in render('{% chip "sent_to_mars" %}')


def test_noun_has_its_own_word_and_others_keep_theirs(monkeypatch):
    monkeypatch.setattr(presentation, "_by_noun", {})
    presentation.register("invoice", {"submitted": Look("Waits for you", Tone.WARN, icon="hourglass")})

    assert "Waits for you" in render('{% chip "submitted" "invoice" %}')
    assert "Submitted" in render('{% chip "submitted" "timesheet" %}')


# Charts


@pytest.mark.parametrize(
    ("highest", "last"), [(0, 1), (7, 10), (92, 100), (140, 150), (0.4, 0.4), (1_000_000, 1_000_000)]
)
def test_ticks_are_round_and_reach_the_top(highest, last):
    scale = charts.ticks(highest)

    assert scale[0] == 0
    assert scale[-1] == pytest.approx(last)
    assert scale[-1] >= highest


def test_bars_are_drawn_without_style_and_told_as_a_table():
    chart = charts.Bars(
        title="Spend <now>", summary="Up.", labels=["Jan", "Feb"], series={"Design": [3, 0], "Code": [4, 8]}, unit="k €"
    )

    html = render("{% bars chart %}", chart=chart)

    assert html.count("<rect class=") == 2 + 3  # the legend, and no sliver for the zero
    assert "Spend &lt;now&gt;" in html
    assert "Jan: 7 k € (Design 3, Code 4)" in html
    assert '<th scope="row">Feb</th>' in html
    assert "style=" not in html
    assert "viewBox" not in html


@pytest.mark.parametrize("values", [[], [5]])
def test_spark_needs_two_values(values):
    assert charts.spark(values) == ""


def test_spark_of_equal_values_is_a_flat_line():
    assert 'points="0.0,24.0 100.0,24.0"' in charts.spark([Decimal(3), Decimal(3)])


# Navigation


@pytest.fixture
def places(monkeypatch):
    monkeypatch.setattr(navigation, "_items", {})
    monkeypatch.setattr(navigation, "_commands", {})
    monkeypatch.setattr(navigation, "tenant_url", lambda name: f"/t/acme/{name}/")
    navigation.register(
        NavItem(key="home", label="Overview", icon="house", url_name="home"),
        NavItem(
            key="asks",
            label="Requests",
            icon="inbox",
            url_name="asks",
            section="Delivery",
            capability="requisition.see",
        ),
        NavItem(
            key="money", label="Invoices", icon="receipt", url_name="money", section="Money", capability="invoice.see"
        ),
        NavItem(key="mine", label="Home", icon="house", url_name="mine", shell=Shell.PORTAL),
        Command(label="New request", icon="plus", url_name="ask", capability="requisition.create"),
    )


def someone(*capabilities: str, guest: bool = False) -> Actor:
    return Actor("person", 1, 1, 1, "Ana", is_guest=guest, capabilities=frozenset(capabilities))


def labels(sections):
    return [link.label for section in sections for link in section.links]


def test_navigation_shows_only_what_one_may_open(places):
    request = SimpleNamespace(path="/t/acme/asks/12/")

    found = navigation.sections(someone("requisition.see"), request=request)

    assert labels(found) == ["Overview", "Requests"]
    assert [link.label for section in found for link in section.links if link.is_current] == ["Requests"]


def test_guests_have_their_own_navigation(places):
    assert labels(navigation.sections(someone("invoice.see", guest=True), request=SimpleNamespace(path="/"))) == [
        "Home"
    ]


def test_commands_need_their_capability(places):
    assert navigation.commands(someone()) == []
    assert [link.label for link in navigation.commands(someone("requisition.create"))] == ["New request"]


def test_navigation_refuses_an_unknown_section():
    with pytest.raises(ValueError, match="Delivery"):
        navigation.register(NavItem(key="x", label="X", icon="x", url_name="x", section="Stuff"))


def test_every_place_and_command_is_routed_and_asks_for_a_capability_that_exists():
    entries = navigation.registered()

    for entry in entries:
        assert reverse(entry.url_name, kwargs={"tenant": "acme"}).startswith("/t/acme/")
        assert not entry.capability or entry.capability in Capability.values
    assert {entry.shell for entry in entries} == {Shell.CONSOLE, Shell.PORTAL}


# Pages that stand without a database


@pytest.mark.parametrize("name", ["400", "404", "500", "503"])
def test_error_page_is_rendered_without_request_and_database(name):
    html = render_to_string(f"{name}.html")

    assert "<h1>" in html
    assert "<main" in html


def test_refusal_page_names_the_right_and_who_can_give_it():
    capability = SimpleNamespace(label="See invoices.", value="invoice.see")

    html = render_to_string("403.html", {"capability": capability, "helpers": ["Olga Owner", "Otto Owner"]})

    assert "See invoices." in html
    assert "Olga Owner, Otto Owner can give it" in html


@pytest.mark.parametrize("page", styleguide.PAGES)
def test_style_guide_shows_every_component(rf, page):
    with use(TenantContext()):
        response = styleguide.styleguide(rf.get(f"/styleguide/{page}/?state=errors"), page)

    assert response.status_code == 200
    assert "TemplateSyntaxError" not in response.text


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/156.0 Safari/537.36 Edg/156.0", "Edge on Windows"),
        ("curl/8", "curl/8"),
        ("", "Unknown device"),
    ],
)
def test_device_is_named_for_people(user_agent, words):
    assert formats.device_name(user_agent) == words
