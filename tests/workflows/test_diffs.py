"""What changed between two versions, in words."""

from workflows.diffs import StepChange, compare

ASK = {"key": "ask", "title": "Ask", "kind": "approval", "who": {"capability": "requisition.approve"}, "term_hours": 48}
TELL = {"key": "tell", "title": "Tell", "kind": "task", "who": {"person": "manager"}, "after": ["ask:approved"]}


def test_the_same_twice_is_no_change():
    found = compare({"steps": [ASK, TELL]}, {"steps": [ASK, TELL]})

    assert (found.is_empty, found.summary) == (True, "Nothing changed")


def test_added_removed_and_changed_steps_are_told_with_what_they_say():
    wait = {"key": "wait", "title": "Wait", "kind": "wait", "delay_hours": 48, "after": ["ask"]}
    changed = {**ASK, "term_hours": 24, "mode": "all", "title": "Ask them"}

    found = compare({"steps": [ASK, TELL]}, {"steps": [changed, wait]})

    assert found.steps == [
        StepChange(
            "ask",
            "Ask them",
            "changed",
            ["Title: Ask → Ask them", "Term: 2 days → 1 day", "Approvals needed: one of them is enough → all of them"],
        ),
        StepChange("wait", "Wait", "added", ["Wait: 2 days", "After “Ask them”"]),
        StepChange("tell", "Tell", "removed", ["Task: the manager"]),
    ]
    assert found.summary == "1 step added, 1 removed, 1 changed"


def test_connections_conditions_and_parameters_are_told_in_words():
    old = {
        "key": "is_it",
        "title": "Is it?",
        "kind": "decision",
        "condition": {"fact": "budget", "is": "more_than", "than": 5000},
    }
    new = {**old, "condition": {"all": [old["condition"], {"fact": "currency", "is": "in", "than": ["EUR", "GBP"]}]}}
    plain = {
        "key": "do",
        "title": "Do",
        "kind": "automation",
        "action": "no.such",
        "params": {"times": 1, "token": "abc"},
    }
    other = {**plain, "params": {"times": 2, "token": "xyz"}, "after": ["is_it:yes"]}

    found = compare({"steps": [old, plain]}, {"steps": [new, other]})

    assert found.steps[0].lines == [
        "Condition: budget is more than 5000 → budget is more than 5000, and currency is one of EUR, GBP"
    ]
    assert found.steps[1].lines == ["After: at the beginning → “Is it?” (yes)", "Parameter “times”: 1 → 2"]


def test_what_is_around_the_steps_is_told_too():
    old = {"steps": [ASK, {**TELL, "after": []}], "triggers": {"event": "requisition.submitted"}}
    new = {
        "steps": [{**TELL, "after": []}, ASK],
        "on_failure": "compensate",
        "triggers": {
            "button": "Ask again",
            "api": True,
            "schedule": {"every": "week", "on": "monday", "at": "07:00", "each": "open"},
        },
    }

    found = compare(old, new)

    assert found.steps == []
    assert found.summary == "Only what is around the steps changed"
    assert found.general == [
        (
            "What starts it: when a request is sent for approval → every Monday at 07:00, for each that is open; "
            "or by the button “Ask again”; or by a call over the API"
        ),
        "When a step fails: ask a person → undo what was done",
        "The steps stand in another order.",
    ]
