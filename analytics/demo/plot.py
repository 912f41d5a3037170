"""What happens in the demo: one line for each engagement, from the request to where it stands today."""

from dataclasses import dataclass
from decimal import Decimal

IBANS = {
    "Ana Ruiz": "ES9121000418450200051332",
    "Jonas Weber": "DE89370400440532013000",
    "Marta Puig": "ES7921000813610123456789",
    "Chidi Eze": "GB82WEST12345698765432",
    "Signe Dahl": "DK5000400440116243",
    "Omar Haddad": "NL91ABNA0417164300",
    "Lea Fontaine": "FR1420041010050500013M02606",
    "Tomasz Nowak": "PL61109010140000071219812874",
    "Ines Costa": "PT50000201231234567890154",
}


@dataclass(frozen=True)
class Plot:
    """One engagement. `until` is how far its story has come; the numbers are what the figures will show."""

    title: str
    person: str
    manager: str
    skills: tuple[str, ...]
    budget: Decimal
    rate: Decimal
    weeks: int  # of work behind it
    until: str  # onboarding, active, invoiced, ended
    fill: float  # days from approval to offer
    onboard: float  # days from offer to the first day
    pay: float  # days from invoice to finance's approval
    late: bool = False  # the deliverable came after its date
    rework: bool = False  # it was returned once


PLOTS = (
    Plot(
        "Checkout redesign",
        "Ana Ruiz",
        "hiring_manager",
        ("Figma",),
        Decimal(18000),
        Decimal(55),
        9,
        "invoiced",
        4.5,
        3.2,
        2.1,
    ),
    Plot(
        "Android payments",
        "Jonas Weber",
        "hiring_manager",
        ("Android",),
        Decimal(24000),
        Decimal(60),
        8,
        "invoiced",
        8.0,
        5.1,
        4.4,
        late=True,
    ),
    Plot(
        "Help centre in Spanish",
        "Marta Puig",
        "second_manager",
        ("Translation Spanish",),
        Decimal(6250),
        Decimal(48),
        7,
        "invoiced",
        3.1,
        2.4,
        1.2,
    ),
    Plot(
        "Onboarding illustrations",
        "Chidi Eze",
        "hiring_manager",
        ("Illustration",),
        Decimal(7800),
        Decimal(52),
        6,
        "invoiced",
        5.9,
        4.0,
        3.0,
        rework=True,
    ),
    Plot(
        "Nordic accessibility review",
        "Signe Dahl",
        "second_manager",
        ("Accessibility",),
        Decimal(6900),
        Decimal(65),
        6,
        "ended",
        2.2,
        2.9,
        1.8,
    ),
    Plot(
        "Data pipeline hand-over",
        "Omar Haddad",
        "hiring_manager",
        ("Data pipelines",),
        Decimal(9800),
        Decimal(58),
        5,
        "active",
        6.4,
        3.6,
        2.6,
    ),
    Plot(
        "Campaign copy, autumn",
        "Lea Fontaine",
        "second_manager",
        ("Copywriting",),
        Decimal(5600),
        Decimal(45),
        4,
        "active",
        3.7,
        1.9,
        2.0,
        late=True,
    ),
    Plot(
        "Brand refresh",
        "Ines Costa",
        "hiring_manager",
        ("Branding",),
        Decimal(8800),
        Decimal(50),
        3,
        "active",
        4.1,
        2.2,
        2.0,
    ),
    Plot(
        "Test automation",
        "Tomasz Nowak",
        "hiring_manager",
        ("Python", "QA"),
        Decimal(9600),
        Decimal(62),
        0,
        "onboarding",
        5.0,
        0,
        0,
    ),
)
