"""Sessions as sign-in leaves them, without walking through it."""

import time


def _remember(client, **record):
    session = client.session
    records = session.get("account_authentication_methods", [])
    session["account_authentication_methods"] = [*records, {"at": time.time(), **record}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
    return client


def confirmed(client):
    """The person has just proved again that it is them."""
    return _remember(client, method="password", reauthenticated=True)


def with_second_factor(client):
    """The session was opened with a second factor."""
    return _remember(_remember(client, method="password"), method="mfa", type="totp")
