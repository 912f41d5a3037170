"""The living style page, for development only: every component in every state, without a database."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from freelance_hub.charts import Bars
from freelance_hub.navigation import Link, Section
from freelance_hub.presentation import COMMON

PAGES = ("overview", "components", "forms", "list", "object", "portal", "message", "confirm")
FRAGMENTS = ("search",)
PERSON = SimpleNamespace(name="Joy Okafor", email="joy.okafor@acme.example", pk=0, is_authenticated=True)
LONG_NAME = "Maria-Magdalena Wolfeschlegelsteinhausenbergerdorff-Papadimitrakopoulos"


class RequestForm(forms.Form):
    """One of each kind of field."""

    title = forms.CharField(max_length=120, help_text="What the work is called. The freelancer reads this first.")
    description = forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), required=False)
    category = forms.ChoiceField(choices=[("", "Choose one"), ("design", "Design"), ("engineering", "Engineering")])
    start = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), label="First day")
    days = forms.IntegerField(label="Days of work", help_text="An estimate is fine.", required=False)
    place = forms.ChoiceField(
        widget=forms.RadioSelect, choices=[("remote", "Remote"), ("office", "In the office")], label="Where"
    )
    skills = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        choices=[("figma", "Figma"), ("css", "CSS"), ("es", "Spanish")],
        required=False,
    )
    brief = forms.FileField(label="Brief", help_text="PDF or image, at most 25 MB.", required=False)
    urgent = forms.BooleanField(label="This is urgent", required=False, help_text="Approvers are told at once.")


@require_safe
def styleguide(request: HttpRequest, page: str = "overview") -> HttpResponse:
    """One page of the guide; `?state=errors` shows forms that were sent wrong, `?frame=alone` one company only."""
    if page not in PAGES + FRAGMENTS:
        raise Http404
    request.user = PERSON  # type: ignore[assignment]
    context = {"pages": PAGES, "page": page, "frame": _frame(page), **_matter(request)}
    return render(request, f"styleguide/{page}.html", context)


def _frame(page: str) -> SimpleNamespace:
    portal = page == "portal"
    sections = _portal_sections() if portal else _console_sections()
    return SimpleNamespace(
        tenant=SimpleNamespace(name="Acme GmbH"),
        sections=sections,
        tab_bar=[link for section in sections for link in section.links if link.tab][:4],
        rest=[link for section in sections for link in section.links if not link.tab],
        companies=[{"name": "Nordlicht Studios", "role": "as a guest", "href": "#"}],
        home="/styleguide/",
        unread=3,
        unread_text="3",
        search="/styleguide/search/",
        notifications="#",
        preferences="#",
        is_guest=portal,
    )


def _console_sections() -> list[Section]:
    def link(
        key: str, label: str, icon: str, *, tab: bool = False, badge: int | None = None, current: bool = False
    ) -> Link:
        return Link(key, label, icon, f"#{key}", tab, badge, current)

    return [
        Section(
            "",
            [
                link("overview", "Overview", icon="layout-dashboard", tab=True, current=True),
                link("tasks", "For you", icon="inbox", tab=True, badge=4),
            ],
        ),
        Section(
            "Delivery",
            [
                link("requests", "Requests", icon="file-plus"),
                link("assignments", "Assignments", icon="briefcase", tab=True, badge=128),
                link("freelancers", "Freelancers", icon="users"),
            ],
        ),
        Section(
            "Money",
            [link("invoices", "Invoices", icon="receipt", tab=True), link("payments", "Payments", icon="landmark")],
        ),
        Section(
            "Program", [link("programs", "Programs", icon="rocket"), link("workflows", "Workflows", icon="workflow")]
        ),
        Section("Company", [link("people", "People", icon="user-cog"), link("audit", "Audit log", icon="scroll-text")]),
    ]


def _portal_sections() -> list[Section]:
    return [
        Section(
            "",
            [
                Link("home", "Home", icon="house", href="#", tab=True, is_current=True),
                Link("work", "Work", icon="briefcase", href="#", tab=True),
                Link("time", "Time", icon="clock", href="#", tab=True, badge=1),
                Link("money", "Money", icon="wallet", href="#", tab=True),
                Link("profile", "Profile", icon="user", href="#"),
            ],
        )
    ]


def _matter(request: HttpRequest) -> dict[str, Any]:
    now, today = timezone.now(), date.today()  # noqa: DTZ011  pictures of dates, nobody's zone
    wrong = request.GET.get("state") == "errors"
    form = RequestForm({"title": "", "start": "soon", "place": "moon"} if wrong else None)
    if wrong:
        form.full_clean()
        form.add_error(None, "The budget of this program does not allow it: 3,200 € are left.")
    return {
        "now": now,
        "earlier": now - timedelta(days=1, hours=3),
        "long_ago": now - timedelta(days=500),
        "today": today,
        "tomorrow": today + timedelta(days=1),
        "late": today - timedelta(days=2),
        "soon": today + timedelta(days=6),
        "far": today + timedelta(days=90),
        "amount": Decimal("12250.00"),
        "states": sorted(COMMON),
        "form": form,
        "chart": _spend(),
        "rising": [98, 101, 104, 103, 108, 112, 110, 116, 119, 118, 122, 128],
        "falling": [9.4, 9.1, 9.2, 8.6, 8.4, 8.1, 7.9, 7.6, 7.2, 6.9, 6.4, 6.2],
        "rows": _rows(today),
        "groups": [
            {
                "label": "People",
                "results": [{"icon": "user", "label": "Ana Ruiz", "note": "Freelancer", "href": "#ana"}],
            },
            {"label": "Do", "results": [{"icon": "plus", "label": "New request", "note": "", "href": "#new"}]},
        ],
        "long_name": LONG_NAME,
        "files": [
            {
                "name": "Statement of work, signed.pdf",
                "href": "#",
                "size": 482_113,
                "kind": "PDF",
                "who": "Ana Ruiz",
                "when": now,
            },
            {"name": "checkout-screens-final-final-2-with-comments-from-legal.fig", "size": 48_211_300},
        ],
        "nothing": None,
    }


def _spend() -> Bars:
    return Bars(
        title="Spend by category",
        summary="Spend rose from 92 to 140 thousand euros within a year; engineering is half of it.",
        labels=["Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"],
        series={
            "Engineering": [52, 48, 55, 61, 58, 63, 66, 60, 49, 68, 74, 71],
            "Design": [24, 22, 27, 31, 29, 34, 33, 36, 28, 39, 41, 38],
            "Localization": [16, 14, 18, 17, 21, 19, 24, 26, 22, 27, 25, 31],
        },
        unit="k €",
    )


def _rows(today: date) -> list[dict[str, Any]]:
    named = [
        ("A-1042", "Checkout redesign, phase 2", "Ana Ruiz", "active", 3, 5, 6, "18400"),
        ("A-1039", "Android payments SDK", "Jonas Weber", "at_risk", 2, 6, -2, "42000"),
        ("A-1037", "Help centre, Spanish and Catalan", "Marta Puig", "in_approval", 4, 4, 1, "6250"),
        ("A-1035", "Design tokens audit", "Léa Fontaine", "onboarding", 1, 3, 12, "9600"),
        (
            "A-1033",
            "Data pipeline hand-over for the analytics team of the Nordic and Baltic countries",
            LONG_NAME,
            "ended",
            5,
            5,
            0,
            "31500",
        ),
        ("A-1031", "Onboarding illustrations", "Chidi Eze", "planned", 0, 4, 40, "7800"),
        ("A-1028", "Localization QA, Nordics", "Signe Dahl", "ending", 2, 3, 3, "4900"),
        ("A-1026", "Accessibility review, portal", "Omar Haddad", "on_hold", 3, 4, 9, "12300"),
    ]
    return [
        {
            "number": number,
            "title": title,
            "name": name,
            "state": state,
            "done": done,
            "total": total,
            "due": today + timedelta(days=days),
            "budget": Decimal(budget),
        }
        for number, title, name, state, done, total, days, budget in named
    ]
