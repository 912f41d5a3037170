"""Seeded bugs of approvals. The state machine of `machine_approvals.py` must go red for every one of them."""

from tests.workflows.planting import Mutant
from workflows import asking, people
from workflows.engine import activation, reopening
from workflows.services import decisions, door, materials

MUTANTS_OF_APPROVALS = [
    # Deciding
    Mutant("a rejection counts as an approval", decisions, "if decision.outcome != APPROVED:", "if False:"),
    Mutant("the first approval ends a quorum", decisions, "if len(standing) >= (step.needed or 1):", "if True:"),
    Mutant(
        "a void decision counts",
        decisions,
        "Decision.objects.filter(step=step, voided_at=None, outcome=APPROVED).order_by",
        "Decision.objects.filter(step=step, outcome=APPROVED).order_by",
    ),
    Mutant("whoever has decided may decide again", people, 'step__run=OuterRef("run_id")', "step__run=None"),
    Mutant(
        "one person decides two steps of a run",
        people,
        'step__run=OuterRef("run_id")',
        'step=OuterRef("pk")',
        also=("filter(STANDING, step__run=run)", "filter(STANDING, step=step)"),
    ),
    Mutant("anybody decides", door, "if Step.objects.filter(condition, pk=step.pk).exists():", "if True:"),
    Mutant("what was looked at is not compared", decisions, "if seen and seen != digest:", "if False:"),
    Mutant("somebody decides what does not wait", door, "if step.state != Step.State.WAITING or run", "if run"),
    Mutant("all means one", asking, "return max(1, len(asked)) if", "return 1 if"),
    Mutant("a quorum is one", asking, 'int(step.params.get("quorum") or 1)', "1"),
    # An edit
    Mutant("an edit voids every decision", materials, "        if not changed:\n            continue\n", ""),
    Mutant("an edit voids nothing", materials, "        if not changed:", "        if True:"),
    Mutant(
        "an edit does not reach paused runs",
        materials,
        "state__in=(Run.State.RUNNING, Run.State.PAUSED)",
        "state__in=(Run.State.RUNNING,)",
    ),
    Mutant(
        "an approval stands without its decisions",
        materials,
        "if step.state == State.DONE and step.outcome == APPROVED:",
        "if False:",
    ),
    Mutant("a rejection is asked again", materials, " and step.outcome == APPROVED:", ":"),
    Mutant("decisions of the graph are not made again", materials, "if outcome != step.outcome:", "if False:"),
    # Asking again
    Mutant("what follows goes on", reopening, "behind = _taken_back(step)", "behind = []"),
    Mutant("what follows does not count its parents", reopening, "        _count(child)", "        pass"),
    Mutant("what is done is taken back", reopening, "step.state in OPEN and not Effect", "not Effect"),
    Mutant(
        "a step that has had its effect is taken back",
        reopening,
        " and not Effect.objects.filter(step=step).exists()",
        "",
    ),
    Mutant(
        "who rejected may not answer anew",
        reopening,
        "others.update(voided_at=Now(), voided_because=detail[:400])",
        "pass",
    ),
    Mutant(
        "a void decision answers when it is asked again",
        asking,
        "standing = Decision.objects.filter(step=step, voided_at=None, outcome=APPROVED)",
        "standing = Decision.objects.filter(step=step, outcome=APPROVED)",
        also=("if not voiding(step, decision, subject, run=run)", ""),
    ),
    Mutant(
        "too few that stand answer when it is asked again",
        asking,
        "if len(holding) >= (step.needed or 1)",
        "if holding",
    ),
    Mutant(
        "an approval that answers itself forgets what comes after",
        activation,
        "return release(run, step, kept.outcome)",
        "return 0",
    ),
]
