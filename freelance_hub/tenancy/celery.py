"""The tenant travels with each task, in its headers."""

from typing import Any

from celery import Celery, signals
from celery.contrib.django.task import DjangoTask

from freelance_hub.tenancy.context import Context, current, use

HEADER = "fh_context"
DISPATCH_UID = "freelance_hub.tenancy"
TRAVELS = ("tenant_id", "tenant_slug", "user_id", "actor", "request_id")  # and never `platform`


class TenantTask(DjangoTask):  # type: ignore[type-arg]  # the stubs' parameters do not exist at run time
    """Runs in the tenant that its message names. No header: an empty context, so every tenant's rows are closed.

    The next task of a chain is published outside of this context; start it with `queue.after_commit` instead.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with use(self._context()):
            return super().__call__(*args, **kwargs)

    def _context(self) -> Context:
        carried = self.request.get(HEADER) or (self.request.headers or {}).get(HEADER)
        if carried:
            return Context(**{name: value for name, value in carried.items() if name in TRAVELS})
        if self.request.called_directly or self.request.is_eager:  # no message, so it is still the caller's work
            return Context() if current().platform else current()
        return Context()


def add_header(headers: dict[str, Any] | None = None, **kwargs: Any) -> None:
    """Put the sender's context into the message. Platform rights never travel: such a task starts closed."""
    context = current()
    if headers is None or context.platform:
        return
    headers.setdefault(HEADER, {name: getattr(context, name) for name in TRAVELS})


def install(app: Celery) -> None:
    """Carry the tenant in every task that `app` sends and runs."""
    app.task_cls = TenantTask  # type: ignore[assignment]  # it may be a class as well
    signals.before_task_publish.connect(add_header, dispatch_uid=DISPATCH_UID)
