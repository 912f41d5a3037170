"""Input of the directory and of one's own profile."""

from typing import Any

import pycountry
from django import forms

from freelance_hub.errors import Refusal
from freelance_hub.inputs import currency_choices
from talent.models import Freelancer
from talent.services.payouts import clean_bic, clean_iban

PROFILE_STATES = [choice for choice in Freelancer.State.choices if choice[0] != Freelancer.State.BLOCKED]


def country_choices() -> list[tuple[str, str]]:
    """All countries by name."""
    return [("", "Not told"), *sorted(((one.alpha_2, one.name) for one in pycountry.countries), key=lambda one: one[1])]


class SkillsField(forms.CharField):
    """Skills as people write them: “Python, Django”. Gives a list."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=1000, **options)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        return [name.strip() for name in text.replace(";", ",").replace("\n", ",").split(",") if name.strip()]


class FreelancerForm(forms.Form):
    """One entry of the directory."""

    name = forms.CharField(max_length=200)
    email = forms.EmailField(required=False, label="E-mail", help_text="Needed before they can be engaged.")
    phone = forms.CharField(required=False, max_length=40)
    headline = forms.CharField(required=False, max_length=160, help_text="What they do, in a few words.")
    skills = SkillsField(help_text="Separated by commas, the main one first: Python, Django, Postgres.")
    years_of_experience = forms.IntegerField(required=False, min_value=0, max_value=80, label="Years of experience")
    country = forms.ChoiceField(required=False, choices=country_choices)
    language = forms.CharField(required=False, max_length=60)
    hourly_rate = forms.DecimalField(
        required=False, min_value=0, max_digits=10, decimal_places=2, label="Hourly rate", help_text="Without tax."
    )
    currency = forms.ChoiceField(required=False, choices=lambda: [("", "The company's"), *currency_choices()])
    rating = forms.DecimalField(
        required=False, min_value=0, max_value=5, max_digits=3, decimal_places=2, help_text="0 to 5"
    )
    state = forms.ChoiceField(choices=Freelancer.State, label="Availability")
    gender = forms.ChoiceField(choices=Freelancer.Gender, required=False)
    external_id = forms.CharField(
        required=False, max_length=80, label="Their number elsewhere", help_text="Such as the id of a marketplace."
    )


class ProfileForm(forms.Form):
    """What a guest says about themselves."""

    headline = forms.CharField(required=False, max_length=160, label="What you do")
    phone = forms.CharField(required=False, max_length=40)
    language = forms.CharField(required=False, max_length=60)
    state = forms.ChoiceField(choices=PROFILE_STATES, label="Open to new work?")


class PayoutForm(forms.Form):
    """Where a guest wants to be paid."""

    holder = forms.CharField(max_length=140, label="Account holder")
    iban = forms.CharField(
        max_length=42,
        label="IBAN",
        help_text="Stored encrypted. Only people in finance who make payments see it.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    bic = forms.CharField(required=False, max_length=14, label="BIC")

    def clean_iban(self) -> str:
        return _checked(clean_iban, self.cleaned_data["iban"])

    def clean_bic(self) -> str:
        return _checked(clean_bic, self.cleaned_data["bic"])


def _checked(check: Any, text: str) -> str:
    try:
        return str(check(text))
    except Refusal as refusal:
        raise forms.ValidationError(str(refusal)) from refusal
