"""Values as people read them: money, file sizes, initials."""

from datetime import date, datetime
from decimal import Decimal

# Signs that name one currency only; the others keep their ISO code.
SIGNS = {
    "EUR": "€",
    "GBP": "£",
    "USD": "US$",
    "CAD": "CA$",
    "AUD": "A$",
    "INR": "₹",
    "JPY": "¥",
    "ILS": "₪",
    "BRL": "R$",
}
NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def money_text(amount: Decimal, currency: str, *, cents: bool = True) -> str:
    """An amount with its currency: "€1,250.00", "CHF 300.00"; a true minus before the sign."""
    digits = f"{abs(amount):,.{2 if cents else 0}f}"
    sign = SIGNS.get(currency, f"{currency}{NO_BREAK}")
    return f"{MINUS if amount < 0 else ''}{sign}{digits}"


def file_size(size: int | None) -> str:
    """A number of bytes: "812 bytes", "3.1 MB"."""
    if size is None:
        return ""
    if size < 1000:
        return f"{size} bytes"
    value, unit = size / 1000, "kB"
    for larger in ("MB", "GB", "TB"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"


def initials(name: str) -> str:
    """The letters of an avatar: "Ana María Ruiz" reads "AR"; a mail address gives its first letter."""
    words = [word for word in name.replace("@", " @").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


# In this order: Edge also calls itself Chrome, Chrome also Safari, Android also Linux.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


def device_name(user_agent: str) -> str:
    """A browser's description of itself, for people: "Firefox on Windows"; as it came when it is none we know."""
    browser = next((name for sign, name in BROWSERS.items() if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS.items() if sign in user_agent), "")
    return f"{browser} on {system}" if browser and system else user_agent[:80] or "Unknown device"


# Plain tables: Django's date_format costs 60 µs a call, and a list page has a hundred dates.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONG_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def day_text(value: date, *, today: date, year: bool = False) -> str:
    """ "5 Nov", with the year when it is another one or asked for: "5 Nov 2025"."""
    text = f"{value.day} {MONTHS[value.month - 1]}"
    return f"{text} {value.year}" if year or value.year != today.year else text


def long_day_text(value: date) -> str:
    """ "Thursday, 5 November 2025"."""
    return f"{DAYS[value.weekday()]}, {value.day} {LONG_MONTHS[value.month - 1]} {value.year}"


def moment_text(local: datetime) -> str:
    """All of it: "5 Nov 2025, 14:03 CET"."""
    zone = local.tzname()
    text = f"{day_text(local, today=local, year=True)}, {local:%H:%M}"
    return f"{text} {zone}" if zone else text
