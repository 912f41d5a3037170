"""How a person answers a step, by its kind: the form they see, and what is done with it. One for console and portal."""

from typing import Any

from django import forms
from django.contrib import messages

from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.http import HubRequest, show_refusal
from freelance_hub.inputs import DateInput
from freelance_hub.models import StoredFile
from workflows.forms import DecisionForm, DocumentForm, TaskForm
from workflows.models import Run, Step
from workflows.services.answers import complete_form, complete_task, hand_in_document
from workflows.services.decisions import decide

Kind = Step.Kind
DONE = {"approved": "Approved.", "rejected": "Rejected.", "changes": "Given back for changes."}


class AnswersForm(forms.Form):
    """The fields of a form step, as its definition asks for them. Whether an answer is right, the service says."""

    def __init__(self, asked: list[dict[str, Any]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in asked:
            self.fields[one["key"]] = _field(one)

    def answers(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


def form_for(step: Step, data: Any = None, files: Any = None) -> forms.Form:
    """The form that answers the step."""
    if step.kind == Kind.FORM:
        return AnswersForm(step.params.get("fields", []), data)
    if step.kind == Kind.DOCUMENT:
        return DocumentForm(data, files)
    return DecisionForm(data) if step.kind == Kind.APPROVAL else TaskForm(data)


def has_answered(request: HubRequest, step: Step, form: forms.Form) -> bool:
    """Whether this request has answered the step, which it is told at the next page. A refusal stands at the form."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        words = answer(step, form, request.actor)
    except Refusal as refusal:
        show_refusal(form, refusal)
        return False
    messages.success(request, words)
    return True


def answer(step: Step, form: forms.Form, actor: Actor) -> str:
    """Do what a valid form says; returns the words that tell it. Raises Refusal as the services do."""
    said = form.cleaned_data
    if isinstance(form, AnswersForm):
        complete_form(step=step, values=form.answers(), actor=actor)
        return "Thank you, your answers are kept."
    if step.kind == Kind.DOCUMENT:
        hand_in_document(step=step, upload=said["file"], actor=actor, comment=said["comment"])
        return "Thank you, the document is handed in."
    if step.kind == Kind.APPROVAL:
        decided = decide(step=step, actor=actor, **said)
        is_waiting = decided.state == Step.State.WAITING
        return "Approved. Others are asked still." if is_waiting else DONE[said["outcome"]]
    complete_task(step=step, actor=actor, **said)
    return "Done."


def handed_in(run: Run) -> list[StoredFile]:
    """The documents that were handed in during a run, newest first."""
    files = (
        StoredFile.objects.select_related("uploaded_by__user")
        .filter(owner_kind="step", owner_id__in=Step.objects.filter(run=run, kind=Kind.DOCUMENT).values("pk"))
        .order_by("-created_at", "-pk")
    )
    return list(files)


def given_back(step: Step) -> str:
    """Why what was handed in before was not accepted: the reason in the last form or decision ahead of this step."""
    if step.kind not in (Kind.DOCUMENT, Kind.FORM):
        return ""
    ahead = Step.objects.filter(run=step.run_id, position__lt=step.position, state=Step.State.DONE)
    last = ahead.filter(kind__in=(Kind.FORM, Kind.APPROVAL)).order_by("-position").first()
    if last is None:
        return ""
    said = (last.result or {}).get("values", {}).get("reason") or ""
    return last.comment if last.outcome in ("rejected", "changes") else said


def _field(one: dict[str, Any]) -> forms.Field:
    common: dict[str, Any] = {
        "label": one["label"],
        "required": one.get("required", False),
        "help_text": one.get("help", ""),
    }
    kind = one["type"]
    if kind == "choice":
        first = [] if common["required"] else [("", "–")]
        return forms.ChoiceField(choices=[*first, *((choice, choice) for choice in one["choices"])], **common)
    if kind == "long_text":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), max_length=5000, **common)
    if kind == "date":
        return forms.DateField(widget=DateInput(), **common)
    if kind == "yes_no":
        return forms.BooleanField(**common)
    simple = {"number": forms.DecimalField, "email": forms.EmailField}.get(kind)
    return simple(**common) if simple else forms.CharField(max_length=500, **common)
