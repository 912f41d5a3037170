"""Secrets are masked before anything of a step is shown: by the name of a field, and inside texts."""

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "•••"
# Parts of a field's name, compared without case, "-" and "_".
SECRET_NAMES = (
    "secret",
    "token",
    "password",
    "passwd",
    "passphrase",
    "authorization",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
    "cookie",
    "session",
    "signature",
    "iban",
    "bic",
    "accountnumber",
    "taxid",
)
EXACT_NAMES = ("sig", "pin", "otp", "code_verifier", "assertion", "auth")
# A name that says how many or until when, not what.
HARMLESS_ENDS = ("count", "expires", "expiresat", "expiry", "type", "seconds")

_NAMES = r"secret|token|password|passwd|passphrase|api[-_]?key|access[-_]?key|private[-_]?key|credential|signature|iban"
_PATTERNS = (
    # Authorization: Bearer x, "bearer x", basic x
    (re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (
        re.compile(r"(authorization[\"']?\s*[:=]\s*[\"']?)(?!(?:bearer|basic)\b)[^\s\"',;]+", re.IGNORECASE),
        rf"\1{HIDDEN}",
    ),
    # ?sig=…&client_secret=…, also behind "#"
    (
        re.compile(rf"([?&;#](?:[\w.-]*(?:{_NAMES})[\w.-]*|sig|key|code|auth)=)[^&\s\"'<>#;]+", re.IGNORECASE),
        rf"\1{HIDDEN}",
    ),
    # password=…, "client_secret": "…"
    (re.compile(rf"(\b[\w-]*(?:{_NAMES})[\w-]*[\"']?\s*[:=]\s*[\"']?)[^\s\"',;&}}]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    # https://user:password@host
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^/\s:@]*:)[^/\s@]+@", re.IGNORECASE), rf"\1{HIDDEN}@"),
    # JSON web tokens, keys in PEM
    (re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), HIDDEN),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL), HIDDEN),
    # IBANs, with or without blanks
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), HIDDEN),
    # The single-use links of invitations and decisions carry their secret in the path
    (re.compile(r"(/(?:invitations|decide|links)/)[A-Za-z0-9_.:-]{16,}"), rf"\1{HIDDEN}"),
)


def is_secret_name(name: str) -> bool:
    """Whether a field of that name is never shown."""
    plain = name.lower().replace("-", "_")
    if plain in EXACT_NAMES:
        return True
    joined = plain.replace("_", "")
    return any(part in joined for part in SECRET_NAMES) and not joined.endswith(HARMLESS_ENDS)


def mask_text(text: str) -> str:
    """The text with what looks like a secret replaced by three dots."""
    for pattern, shown in _PATTERNS:
        text = pattern.sub(shown, text)
    return text


def mask(value: Any) -> Any:
    """A copy of JSON data that may be shown: secret fields hidden whole, texts through `mask_text`."""
    if isinstance(value, Mapping):
        return {
            name: HIDDEN if is_secret_name(str(name)) and one not in (None, "", [], {}) else mask(one)
            for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [mask(one) for one in value]
    return mask_text(value) if isinstance(value, str) else value


__all__ = ["HIDDEN", "is_secret_name", "mask", "mask_text"]
