"""Who is at work, and in which company: the one source that both locks read."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from freelance_hub.models import Tenant

T = TypeVar("T")


class NoTenant(RuntimeError):  # noqa: N818  reads as what happened
    """Tenant-owned rows were asked for outside of any tenant."""


@dataclass(frozen=True)
class Context:
    """Empty means closed: no tenant-owned row can be read or written.

    `actor` says who, and as whom, in words; it goes into the audit with `user_id` and `request_id`.
    `platform` lets the ORM see every tenant, on the database alias `platform` only; see `platform.across_tenants`.
    """

    tenant_id: int | None = None
    user_id: int | None = None
    platform: bool = False
    request_id: str = ""
    actor: str = ""
    tenant_slug: str = ""


_context: ContextVar[Context] = ContextVar("freelance_hub_context", default=Context())  # noqa: B039  it is frozen


def current() -> Context:
    """The context of this thread or task; a new thread starts with an empty one."""
    return _context.get()


def current_tenant_id() -> int | None:
    """The default of every `tenant` field. None outside of a tenant: the row then cannot be saved."""
    return _context.get().tenant_id


def required_tenant_id(model: str) -> int:
    """The current tenant, for the rows of `model`; raises NoTenant outside of one."""
    tenant_id = _context.get().tenant_id
    if tenant_id is None:
        msg = f"{model} was used outside of a tenant; enter one with tenancy.context.tenant(…)."
        raise NoTenant(msg)
    return tenant_id


@contextmanager
def use(context: Context) -> Generator[Context]:
    """Enter `context`; the one before comes back at the end."""
    token = _context.set(context)
    try:
        yield context
    finally:
        _context.reset(token)


def tenant(tenant: "Tenant | int", *, user_id: int | None = None, actor: str = "") -> AbstractContextManager[Context]:
    """Enter one tenant, for commands, tasks and tests. The request id of the surrounding context stays."""
    request_id = current().request_id
    if isinstance(tenant, int):
        return use(Context(tenant_id=tenant, user_id=user_id, actor=actor, request_id=request_id))
    return use(
        Context(
            tenant_id=tenant.pk,
            tenant_slug=tenant.slug,
            user_id=user_id,
            actor=actor,
            request_id=request_id,
        )
    )


def bind_iter(iterable: Iterable[T]) -> Iterator[T]:
    """Pin today's context to an iterator that is consumed later: a streaming body outlives its request."""
    context, iterator, end = copy_context(), iter(iterable), object()

    def pinned() -> Iterator[T]:
        try:
            while (item := context.run(next, iterator, end)) is not end:
                yield item  # type: ignore[misc]  # `end` is excluded above
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                context.run(close)

    return pinned()
