"""System checks: a wrong setting or an unprotected table explains itself at start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  Django's own name
from django.core.exceptions import ImproperlyConfigured

from freelance_hub.documents import keys
from freelance_hub.tenancy import checks as tenancy_checks  # noqa: F401  registers itself


@register(Tags.security, deploy=True)
def public_url_is_https(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A stand that people reach needs TLS: cookies are only secure then."""
    if settings.IS_HTTPS:
        return []
    return [Warning("PUBLIC_URL is not https.", hint="Set PUBLIC_URL=https://your.host.", id="hub.W101")]


@register(Tags.security, deploy=True)
def master_key_is_own(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The master key must survive a change of the secret key."""
    if settings.HAS_OWN_MASTER_KEY:
        return []
    return [
        Warning(
            "MASTER_KEY is derived from SECRET_KEY: changing the secret key would lose bank details.",
            hint="Set MASTER_KEY or MASTER_KEY_FILE, made with `openssl rand -base64 48`.",
            id="hub.W102",
        )
    ]


@register(Tags.security)
def debug_is_local(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """DEBUG shows settings and source to visitors."""
    if not settings.DEBUG or not settings.IS_HTTPS:
        return []
    return [Error("DEBUG is on at an https address.", hint="Unset DEBUG.", id="hub.E103")]


@register(Tags.security)
def seal_file_opens(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A key file that does not open is told at start, not when the first document is to be sealed."""
    if not (path := keys.own_file()):
        return []
    try:
        keys.open_own_file(path)
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="Without SEAL_PKCS12_FILE the key is derived from MASTER_KEY.", id="hub.E104")]
    return []
