"""The picture of a definition: its steps without any state, with what lint found."""

from collections.abc import Callable, Collection, Sequence

from django.utils.safestring import SafeString

from workflows import people, picture, wording
from workflows.graph import StepSpec
from workflows.models import Step
from workflows.picture import KIND_ICONS, Arrow, Node


def sketch(
    specs: Sequence[StepSpec],
    *,
    label: str,
    href: Callable[[str], str],
    chosen: str = "",
    wrong: Collection[str] = (),
    warned: Collection[str] = (),
) -> SafeString:
    """Draw a definition. `href(key)` is where a step leads; `wrong` and `warned` are keys of steps with problems."""
    nodes = [_node(spec, href(spec.key), spec.key == chosen, spec.key in wrong, spec.key in warned) for spec in specs]
    return picture.draw(nodes, arrows_of(specs), label=label)


def arrows_of(specs: Sequence[StepSpec]) -> list[Arrow]:
    """Which steps come after which."""
    return [
        Arrow(key, spec.key, wording.OUTCOME_WORDS.get(outcome, outcome))
        for spec in specs
        for key, outcome in spec.after
    ]


def _node(spec: StepSpec, href: str, is_chosen: bool, is_wrong: bool, is_warned: bool) -> Node:  # noqa: FBT001
    note = wording.note(spec)
    word = _short(spec)
    icon, tone, said = KIND_ICONS.get(spec.kind, "circle-question-mark"), "busy" if is_chosen else "neutral", note
    if is_wrong:
        icon, tone, word, said = "circle-x", "bad", f"To mend · {word}", f"{note}. Something is wrong here"
    elif is_warned:
        icon, tone, said = "triangle-alert", "warn", f"{note}. Worth a look"
    return Node(
        key=spec.key,
        title=spec.title or spec.key,
        kind=spec.kind,
        href=href,
        label=f"{spec.title or spec.key}. {said}",
        word=word,
        icon=icon,
        tone=tone,
        is_chosen=is_chosen,
    )


def _short(spec: StepSpec) -> str:
    """What fits under the title: the kind, and who or how long."""
    kind, _, detail = wording.note(spec).partition(": ")
    if spec.kind in Step.FOR_PEOPLE and "capability" in spec.who:
        detail = people.ROLE_WORDS.get(spec.who["capability"], "")
    if spec.kind == Step.Kind.AUTOMATION and detail == spec.title:
        detail = ""
    return f"{kind} · {detail}" if detail else kind
