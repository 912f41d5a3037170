"""How the house logs: one event per line with request, tenant and user ids; JSON in production, words in development."""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from django.dispatch import receiver
from django_structlog.celery.signals import bind_extra_task_metadata

from freelance_hub.schedule import SCHEDULE

Event = MutableMapping[str, Any]

SECRET_NAMES = re.compile(r"passw|secret|token|authorization|cookie|api_?key|csrf|otp", re.IGNORECASE)
# Invitation and password links carry 256-bit keys in their path: as good as a password while they live.
LONG_KEY = re.compile(r"[A-Za-z0-9_\-]{40,}")
# What the scheduler starts every few seconds says nothing while it goes well.
WENT_WELL = {"task_enqueued", "task_started", "task_succeeded"}
TICKS = {entry["task"] for entry in SCHEDULE.values()}
QUERY_VALUE = re.compile(r"(?<==)[^&\s]+")


def configuration(*, json: bool, level: str) -> dict[str, Any]:
    """The LOGGING setting; also sets up structlog, whose events leave through the same handler."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_ticks if json else drop_successes,
        add_tenant,
        redact,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    traceback = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # locals hold passwords
    rendering: list[Any] = (
        [structlog.processors.ExceptionRenderer(traceback), structlog.processors.JSONRenderer()]
        if json
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "event": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "event"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True, "level": level},
            "django.server": {"handlers": [], "propagate": True, "level": "WARNING"},
            # Each request has one closing event of django_structlog; Django's own line would say it again.
            "django.request": {"handlers": [], "propagate": True, "level": "ERROR"},
            "celery": {"level": level},
            "celery.app.trace": {"level": "CRITICAL"},  # django_structlog says the same, with ids
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.worker.request": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
        },
    }


def add_tenant(_logger: object, _method: str, event: Event) -> Event:
    """Name the tenant and the acting user of the running request or task."""
    from freelance_hub.tenancy.context import current  # noqa: PLC0415  settings load this module before the package

    context = current()
    if context.tenant_id is not None:
        event.setdefault("tenant", context.tenant_slug or context.tenant_id)
    if context.user_id is not None:
        event.setdefault("user_id", context.user_id)
    return event


def drop_ticks(_logger: object, _method: str, event: Event) -> Event:
    """Say nothing of the scheduler's ticks while they go well, nor of those that came too late to matter."""
    name = event.get("task") or event.get("child_task_name")
    if name in TICKS and (event.get("event") in WENT_WELL or event.get("expired")):
        raise structlog.DropEvent
    return event


def drop_successes(_logger: object, _method: str, event: Event) -> Event:
    """In a terminal, only what went wrong in the background."""
    if event.get("event") in WENT_WELL or event.get("expired"):
        raise structlog.DropEvent
    return event


@receiver(bind_extra_task_metadata)
def name_task(task: Any, **_extra: Any) -> None:
    """Put the task's name into each of its lines, also into those at its end."""
    structlog.contextvars.bind_contextvars(task=task.name)


def redact(_logger: object, _method: str, event: Event) -> Event:
    """Take out what must not be in a log: values under secret names, keys in links, values of query strings."""
    for name, value in event.items():
        if SECRET_NAMES.search(name):
            event[name] = "[removed]"
        elif isinstance(value, str) and name in {"request", "event", "path", "url"}:
            event[name] = shorten_link(value)
    return event


def shorten_link(text: str) -> str:
    """`GET /invitations/<43 characters>/?q=Jane` becomes `GET /invitations/[key]/?q=…`."""
    path, mark, query = text.partition("?")
    return LONG_KEY.sub("[key]", path) + mark + (QUERY_VALUE.sub("…", query) if mark else "")
