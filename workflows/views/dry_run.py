"""The dry run of a draft: on a real object, found by number or title. Nothing is done, nothing is written."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from freelance_hub.http import HubRequest, console, is_fragment
from freelance_hub.links import tenant_url
from freelance_hub.permissions import Capability
from workflows import dry_run as rehearsal
from workflows import wording
from workflows.access import access_definition
from workflows.graph import GraphError
from workflows.models import Definition
from workflows.services import drafts
from workflows.subjects import kind_of


class DryRunForm(forms.Form):
    """On which object, and what people would answer (`if_<step>`)."""

    find = forms.CharField(
        label="Find one",
        required=False,
        max_length=120,
        help_text="A number or words of its title.",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    object = forms.CharField(
        label="On which one",
        required=False,
        max_length=80,
        help_text="The newest, or what was found.",
        widget=forms.Select,
    )


@console
@require_safe
def definition_dry_run(request: HubRequest, public_id: object) -> HttpResponseBase:
    """Plays the draft (or the newest version) on a real object. Nothing is done, nothing is written."""
    definition = access_definition(request.actor, public_id, to=Capability.WORKFLOW_MANAGE)
    drafts.require_manager(definition.program, request.actor)
    form, subject = _what(request, definition)
    context = {
        "definition": definition,
        "form": form,
        "subject": subject,
        "words": form.initial["find"],
        "noun": kind_of(definition.subject_type).noun,
        "back": tenant_url("definition_builder", public_id=definition.public_id),
        **_rehearse(request, definition, subject, form.initial["find"]),
    }
    template = "workflows/_dry_run.html" if is_fragment(request) else "workflows/dry_run.html"
    return render(request, template, context)


def _what(request: HubRequest, definition: Definition) -> tuple[DryRunForm, Any]:
    """The form, and on which object it is played: the chosen one, however old, else the first that was found."""
    said = DryRunForm(request.GET)
    words, wanted = (said.cleaned_data["find"], said.cleaned_data["object"]) if said.is_valid() else ("", "")
    place = (definition.subject_type, definition.program, request.actor)
    found = rehearsal.objects_for(*place, words=words)
    subject = next((one for one in found if rehearsal.name_of(one) == wanted), None)
    if subject is None and wanted and not words:
        subject = rehearsal.object_named(*place, wanted)
        found = [subject, *found] if subject is not None else found
    subject = subject or next(iter(found), None)
    form = DryRunForm(initial={"find": words, "object": rehearsal.name_of(subject) if subject is not None else ""})
    form.fields["object"].widget.choices = [(rehearsal.name_of(one), str(one)) for one in found]  # type: ignore[attr-defined]  # a select has them
    return form, subject


def _rehearse(request: HubRequest, definition: Definition, subject: Any, words: str) -> dict[str, Any]:
    if subject is None:
        return {"expected": [], "problems": []}
    graph = drafts.published_part(drafts.current_graph(definition))
    assume = {name.removeprefix("if_"): str(value) for name, value in request.GET.items() if name.startswith("if_")}
    try:
        expected = rehearsal.dry_run(graph, subject_type=definition.subject_type, subject=subject, assume=assume)
    except GraphError:
        findings = drafts.findings_of(definition, graph)
        return {"expected": [], "problems": [found for found in findings if found.is_error]}
    picked = {
        "find": words,
        "object": rehearsal.name_of(subject),
        **{f"if_{key}": value for key, value in assume.items()},
    }
    told = [(one, _what_ifs(request, one, picked)) for one in expected]
    return {"expected": told, "problems": []}


def _what_ifs(request: HubRequest, one: rehearsal.Expected, picked: dict[str, str]) -> list[tuple[str, str, bool]]:
    """(word, address, is chosen) for each outcome that one can ask about."""
    found = []
    for outcome in one.outcomes:
        query = urlencode({**picked, f"if_{one.spec.key}": outcome})
        found.append((wording.OUTCOME_WORDS.get(outcome, outcome), f"{request.path}?{query}", outcome == one.outcome))
    return found
