"""How freelancers are brought in from a file."""

from collections.abc import Mapping
from typing import Any

from freelance_hub.imports import kinds
from freelance_hub.imports.parsers import Money
from freelance_hub.imports.rows import fingerprint
from freelance_hub.imports.spec import ImportField, ImportSpec, register
from freelance_hub.permissions import Capability
from talent.models import Freelancer
from talent.services.freelancers import FINGERPRINT, import_freelancer, snapshot, undo_import


def _money(money: Money) -> Mapping[str, Any]:
    return {"hourly_rate": money.amount, "currency": money.currency}


def _state(is_available: bool) -> Mapping[str, Any]:  # noqa: FBT001  a parsed cell
    return {"state": Freelancer.State.AVAILABLE if is_available else Freelancer.State.UNAVAILABLE}


def _undo(thing: Freelancer, *, before: Mapping[str, Any] | None, after: Mapping[str, Any], actor: Any) -> None:
    undo_import(freelancer=thing, before=before, after=after, actor=actor)


def identity(values: Mapping[str, Any]) -> str:
    """As `import_freelancer` recognises people: their id at the source, else their address, else all that tells them."""
    if values.get("external_id"):
        return f"id:{values['external_id']}"
    if values.get("email"):
        return f"mail:{values['email']}"
    return f"print:{fingerprint(values, FINGERPRINT)}"


FREELANCERS = register(
    ImportSpec(
        key="freelancers",
        title="Import freelancers",
        lead="From any CSV: a marketplace's export, a spreadsheet, another system.",
        noun=("freelancer", "freelancers"),
        capability=Capability.FREELANCER_MANAGE,
        model=Freelancer,
        fields=(
            ImportField(
                "name",
                "Name",
                kinds.NAME,
                required=True,
                synonyms=(
                    "full name",
                    "freelancer",
                    "contractor",
                    "nom",
                    "vollständiger name",
                    "display name",
                    "nombre",
                    "person",
                ),
            ),
            ImportField(
                "external_id",
                "Id at the source",
                kinds.REFERENCE,
                synonyms=(
                    "id",
                    "freelancer id",
                    "reference",
                    "ref",
                    "external id",
                    "contractor id",
                    "profile id",
                    "user id",
                    "nummer",
                ),
            ),
            ImportField(
                "email",
                "E-mail",
                kinds.EMAIL,
                synonyms=("mail", "e-mail address", "email address", "contact", "courriel", "correo"),
            ),
            ImportField(
                "phone",
                "Phone",
                kinds.PHONE,
                synonyms=("telephone", "mobile", "phone number", "telefon", "tel", "cell"),
            ),
            ImportField("gender", "Gender", kinds.GENDER, synonyms=("sex", "geschlecht", "sexe", "genero")),
            ImportField(
                "country",
                "Country",
                kinds.COUNTRY,
                synonyms=("location", "nation", "land", "pays", "pais", "country of residence", "based in"),
            ),
            ImportField(
                "language",
                "Language",
                kinds.LANGUAGE,
                synonyms=("languages", "sprache", "langue", "idioma", "native language", "mother tongue"),
            ),
            ImportField(
                "skills",
                "Skills",
                kinds.WORDS,
                synonyms=(
                    "skill",
                    "primary skill",
                    "expertise",
                    "competencies",
                    "specialty",
                    "specialism",
                    "technologies",
                    "fähigkeiten",
                    "kenntnisse",
                ),
            ),
            ImportField(
                "headline",
                "Headline",
                kinds.TEXT,
                synonyms=("title", "job title", "role", "profession", "beruf"),
            ),
            ImportField(
                "years_of_experience",
                "Years of experience",
                kinds.WHOLE,
                synonyms=("experience", "experience years", "years experience", "yoe", "berufserfahrung", "erfahrung"),
            ),
            ImportField(
                "hourly_rate",
                "Hourly rate",
                kinds.MONEY,
                into=_money,
                synonyms=(
                    "rate",
                    "hourly",
                    "price",
                    "rate per hour",
                    "stundensatz",
                    "tarif",
                    "tarifa",
                    "pay rate",
                    "bill rate",
                ),
            ),
            ImportField(
                "currency",
                "Currency of the rate",
                kinds.CURRENCY,
                synonyms=("currency", "rate currency", "währung", "devise", "moneda"),
            ),
            ImportField(
                "rating", "Rating, 0 to 5", kinds.RATING, synonyms=("rating", "stars", "score", "bewertung", "note")
            ),
            ImportField(
                "satisfaction",
                "Satisfied clients, per cent",
                kinds.PERCENT,
                synonyms=(
                    "satisfaction",
                    "client satisfaction",
                    "job success",
                    "success rate",
                    "success score",
                    "zufriedenheit",
                ),
            ),
            ImportField(
                "state",
                "Available",
                kinds.TRUTH,
                into=_state,
                synonyms=(
                    "active",
                    "is active",
                    "available",
                    "availability",
                    "verfügbar",
                    "disponible",
                    "open to work",
                ),
            ),
            ImportField(
                "source", "Source", kinds.TEXT, synonyms=("platform", "marketplace", "channel", "quelle", "origin")
            ),
        ),
        identity=identity,
        apply=import_freelancer,
        snapshot=snapshot,
        undo=_undo,
        route="freelancer_import",
        list_route="freelancer_list",
        example='name,email,country,skills,hourly rate\nAna Ruiz,ana@example.org,Spain,"Figma, UX",45 €',
    )
)
