"""The current context goes to Postgres in the same message as the query that needs it.

`set_config(…, true)` holds until the end of the transaction, so nothing lingers on persistent connections or behind PgBouncer in
transaction mode. It happens at cursor level, below `execute_wrappers`, which therefore see the query as it was written.
"""

# mypy: disable-error-code="misc,attr-defined,override"
# The stubs leave out the private methods that a backend is made of.

from collections.abc import Iterator
from typing import Any

from django.db import InterfaceError
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper

from freelance_hub.tenancy.context import current

Settings = tuple[str, str, str, str]

EMPTY: Settings = ("", "", "", "")
SET = (
    "SELECT set_config('app.tenant_id', %s, true), set_config('app.user_id', %s, true), "
    "set_config('app.actor', %s, true), set_config('app.request_id', %s, true)"
)
# These must work in an aborted transaction, where a SELECT in front of them would fail.
TRANSACTION_CONTROL = ("SAVEPOINT", "ROLLBACK", "RELEASE")


def wanted_settings() -> Settings:
    """The current context as Postgres should know it."""
    context = current()
    return (
        "" if context.tenant_id is None else str(context.tenant_id),
        "" if context.user_id is None else str(context.user_id),
        context.actor,
        context.request_id,
    )


class TenantCursorMixin(CursorWrapper):
    """Sends the context before, or together with, the first statement that needs it."""

    db: "DatabaseWrapper"

    def _execute(self, sql: Any, params: Any, *ignored_wrapper_args: Any) -> Any:
        if not isinstance(sql, str) or isinstance(params, dict):  # cannot be put behind a prefix
            self._send_settings()
            return super()._execute(sql, params, *ignored_wrapper_args)
        settings, in_transaction = self._due()
        if settings is None or sql.startswith(TRANSACTION_CONTROL):
            return super()._execute(sql, params, *ignored_wrapper_args)
        if params is None:  # a statement without parameters may hold a lone %, which now would start a placeholder
            sql, params = sql.replace("%", "%%"), ()
        result = super()._execute(f"{SET}; {sql}", (*settings, *params), *ignored_wrapper_args)
        if in_transaction:  # only after success: an error on the client's side never reached Postgres
            self.db.sent_settings = settings
        return result

    def _executemany(self, sql: Any, param_list: Any, *ignored_wrapper_args: Any) -> Any:
        self._send_settings()
        return super()._executemany(sql, param_list, *ignored_wrapper_args)

    def callproc(self, procname: str, params: Any = None, kparams: Any = None) -> Any:
        self._send_settings()
        return super().callproc(procname, params, kparams)

    def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
        self._send_settings()
        with self.db.wrap_database_errors:
            self.cursor.copy_expert(sql, file, size)

    def copy_to(self, *args: Any, **kwargs: Any) -> None:
        self._send_settings()
        with self.db.wrap_database_errors:
            self.cursor.copy_to(*args, **kwargs)

    def copy_from(self, *args: Any, **kwargs: Any) -> None:
        self._send_settings()
        with self.db.wrap_database_errors:
            self.cursor.copy_from(*args, **kwargs)

    def _due(self) -> tuple[Settings | None, bool]:
        """The settings that Postgres does not have yet, or None; and whether a transaction would keep them."""
        wanted = wanted_settings()
        in_transaction = self.db.in_atomic_block or not self.db.get_autocommit()
        known = self.db.sent_settings if in_transaction else EMPTY
        return (None if known == wanted else wanted), in_transaction

    def _send_settings(self) -> None:
        """Send the settings in a message of their own, for what cannot carry a prefix."""
        settings, in_transaction = self._due()
        if settings is None:
            return
        if not in_transaction:
            msg = "Server-side cursors, executemany() and COPY need transaction.atomic() while a tenant or user is set."
            raise InterfaceError(msg)
        with self.db.wrap_database_errors, self.db.connection.cursor() as cursor:
            cursor.execute(SET, settings)
        self.db.sent_settings = settings


class ServerSideCursorMixin(TenantCursorMixin):
    """A named cursor evaluates its query while it is fetched, so each fetch needs the right context as well."""

    def _execute(self, sql: Any, params: Any, *ignored_wrapper_args: Any) -> Any:
        self._send_settings()
        return CursorWrapper._execute(self, sql, params, *ignored_wrapper_args)  # noqa: SLF001  past the prefix

    def fetchone(self) -> Any:
        self._send_settings()
        with self.db.wrap_database_errors:
            return self.cursor.fetchone()

    def fetchmany(self, *args: Any) -> Any:
        self._send_settings()
        with self.db.wrap_database_errors:
            return self.cursor.fetchmany(*args)

    def fetchall(self) -> Any:
        self._send_settings()
        with self.db.wrap_database_errors:
            return self.cursor.fetchall()

    def __iter__(self) -> Iterator[Any]:
        while rows := self.fetchmany(self.cursor.itersize):
            yield from rows


class TenantCursor(TenantCursorMixin, CursorWrapper):
    pass


class TenantDebugCursor(TenantCursorMixin, base.CursorDebugWrapper):
    pass


class ServerSideCursor(ServerSideCursorMixin, CursorWrapper):
    pass


class ServerSideDebugCursor(ServerSideCursorMixin, base.CursorDebugWrapper):
    pass


class DatabaseWrapper(base.DatabaseWrapper):
    """`sent_settings` is what the running transaction knows; None when that is uncertain, so it is sent again."""

    sent_settings: Settings | None = None

    def make_cursor(self, cursor: Any) -> CursorWrapper:
        return ServerSideCursor(cursor, self) if cursor.name else TenantCursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> CursorWrapper:
        return ServerSideDebugCursor(cursor, self) if cursor.name else TenantDebugCursor(cursor, self)

    def chunked_cursor(self) -> CursorWrapper:
        """A plain cursor outside of a transaction: choices of forms and sign-in use `iterator()` for a few rows there.

        Whoever walks through many rows opens a transaction, and gets a server-side cursor.
        """
        if not self.in_atomic_block and self.get_autocommit() and wanted_settings() != EMPTY:
            return self.cursor()
        return super().chunked_cursor()

    def connect(self) -> None:
        self.sent_settings = None
        super().connect()

    def _commit(self) -> None:
        self.sent_settings = None
        super()._commit()

    def _rollback(self) -> None:
        self.sent_settings = None
        super()._rollback()

    def _savepoint_rollback(self, sid: str) -> None:
        self.sent_settings = None  # a rollback to a savepoint also takes back settings made after it
        super()._savepoint_rollback(sid)

    def _set_autocommit(self, autocommit: bool) -> None:  # noqa: FBT001  Django calls it so
        self.sent_settings = None
        super()._set_autocommit(autocommit)
