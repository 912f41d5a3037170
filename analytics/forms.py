"""Input of the figures' pages."""

from datetime import date

from django import forms

from analytics.kpis import BETTER, KPI, Unit
from analytics.selectors import quarters
from freelance_hub.access import Actor
from programs.access import visible_programs
from programs.models import Program


class PeriodForm(forms.Form):
    """Which program and which quarter; nothing chosen or nonsense means the newest of each."""

    program = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    quarter = forms.TypedChoiceField(required=False, coerce=date.fromisoformat, empty_value=None)

    def __init__(self, *args: object, actor: Actor, today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.programs = list(visible_programs(actor).order_by("-number")[:50])
        self.quarters = quarters(today)
        choices: list[tuple[object, str]] = [(p.number, p.name) for p in self.programs]
        if actor.programs is None and len(self.programs) != 1:
            choices.insert(0, ("", "All programs"))
        self.fields["program"].choices = choices  # type: ignore[attr-defined]
        self.fields["quarter"].choices = [  # type: ignore[attr-defined]
            (start.isoformat(), f"{start:%Y} Q{(start.month + 2) // 3}") for start in self.quarters
        ]
        self._everything = actor.programs is None

    def chosen_program(self) -> Program | None:
        """The program asked for; None for all of them.

        The only one when there is just one (targets belong to programs), the newest for people limited to some.
        """
        number = self.cleaned_data.get("program") if self.is_valid() else None
        found = next((p for p in self.programs if p.number == number), None)
        if found is None and self.programs and (len(self.programs) == 1 or not self._everything):
            return self.programs[0]
        return found

    def chosen_quarter(self) -> date:
        """The quarter asked for, else the current one."""
        chosen = self.cleaned_data.get("quarter") if self.is_valid() else None
        return chosen or self.quarters[0]


class TargetForm(forms.Form):
    """A target of one KPI, in its unit: days or per cent."""

    target = forms.DecimalField(max_digits=12, decimal_places=2, min_value=0)
    band = forms.DecimalField(
        max_digits=12,
        decimal_places=2,
        min_value=0,
        initial=0,
        help_text="A miss up to this much is only a warning.",
    )

    def __init__(self, *args: object, kpi: KPI, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        unit = "days" if kpi.unit == Unit.DAYS else "per cent"
        side = "most" if kpi.better == BETTER.LOW else "least"
        self.fields["target"].help_text = f"In {unit}: at {side} this is wanted."
