"""Random and chosen graphs for the state machine."""

from hypothesis import strategies as st

KINDS = ("automation", "automation", "automation", "approval", "task", "wait", "workflow")
BIG = {"fact": "size", "is": "more_than", "than": 5}
# Who is asked: one of many, everybody of two, two of three. A person decides once a run, so each group asks its own people.
TEAMS = {"requisition.approve": 6, "invoice.release": 2, "requisition.approve_money": 3}
MODES = {
    "any": {"mode": "any", "who": {"capability": "requisition.approve"}},
    "all": {"mode": "all", "who": {"capability": "invoice.release"}},
    "quorum": {"mode": "quorum", "quorum": 2, "who": {"capability": "requisition.approve_money"}},
}
DEEPEST = [{"key": "deep", "undo": "test.undo"}]


@st.composite
def graphs(draw, kinds=KINDS, part="inner", most=6):
    """Up to six steps of every kind; later ones come after some of the earlier ones, sometimes only on one outcome.

    A step that starts another workflow starts that of the key `part`.
    """
    steps = []
    for number in range(draw(st.integers(1, most))):
        kind = draw(st.sampled_from(kinds))
        after = []
        for other in steps:
            if draw(st.booleans()) and (other is steps[-1] or draw(st.booleans())):
                asked = {"approval": ":approved", "decision": ":yes"}.get(other["kind"], "")
                after.append(other["key"] + (asked if draw(st.booleans()) else ""))
        step = {"key": f"s{number}", "kind": kind, "after": after, "max_attempts": draw(st.integers(1, 3))}
        steps.append(step | draw(details(kind, part, steps)))
    return steps


@st.composite
def details(draw, kind, part, before):
    """What a step of a kind says besides."""
    on_failure = st.sampled_from(["compensate", "compensate", "attention"])
    if kind == "automation":
        undo = draw(st.sampled_from(["test.undo", "test.undo", "test.undo", ""]))
        return {"undo": undo, "on_failure": draw(on_failure)}
    if kind == "wait":
        return {"delay_hours": draw(st.sampled_from([0.01, 24]))}
    if kind == "task":
        skip = draw(st.booleans())
        return {"skip_when": "is_there"} if skip else {"time_limit_hours": 48, "on_failure": draw(on_failure)}
    if kind == "workflow":
        return {"workflow": part, "on_failure": draw(on_failure)}
    if kind == "decision":
        return {"condition": BIG}
    used = {step.get("mode") for step in before}
    mode = draw(st.sampled_from(["any", *(name for name in ("all", "quorum") if name not in used)]))
    material = draw(st.sampled_from([["name"], ["country"], ["name", "country"]]))
    return {"term_hours": 1, "material": material, **MODES[mode]}


def chain(length):
    """Steps one after the other, each with its undo, and one behind them."""
    step = {"undo": "test.undo", "on_failure": "compensate", "max_attempts": 9}
    steps = [{"key": f"c{n}", "after": [f"c{n - 1}"] if n else [], **step} for n in range(length)]
    return [*steps, {"key": "behind", "after": [f"c{length - 1}"]}]


TWO_WAYS = [
    {"key": "ask", "kind": "approval"},
    {"key": "yes", "after": ["ask:approved"]},
    {"key": "after_yes", "after": ["yes"]},
    {"key": "no", "after": ["ask:rejected"]},
    {"key": "end", "after": ["after_yes", "no"]},
]
# What two people decide about, each about another field; a third question follows from the first answer alone.
TWO_ANSWERS = [
    {"key": "legal", "kind": "approval", "material": ["name"], **MODES["any"]},
    {"key": "money", "kind": "approval", "material": ["country"], **MODES["quorum"]},
    {"key": "log", "after": ["legal:approved"]},
    {"key": "board", "kind": "approval", "material": ["country"], "after": ["legal:approved"], **MODES["all"]},
    {"key": "big", "kind": "decision", "condition": BIG, "after": ["legal:approved"]},
    {"key": "go", "kind": "task", "after": ["legal:approved", "money:approved", "big"]},
    {"key": "back", "kind": "task", "after": ["board:rejected"]},
]
# Everything that can be on hold at once, and a part.
HOLDS = [
    {"key": "work", "undo": "test.undo"},
    {"key": "next", "after": ["work"]},
    {"key": "wait", "kind": "wait", "delay_hours": 24},
    {"key": "task", "kind": "task", "skip_when": "is_there"},
    {"key": "part", "kind": "workflow", "workflow": "inner", "on_failure": "compensate"},
    {"key": "behind", "after": ["part", "work"]},
]
