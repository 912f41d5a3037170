"""Accounts of people, across companies: closed and opened by operators."""

from django.db import transaction

from freelance_hub import audit
from freelance_hub.errors import Refusal
from freelance_hub.models import User


@transaction.atomic
def set_active(*, user: User, is_active: bool, operator_id: int | None) -> User:
    """Close an account, or open it again; acts at the person's next request, for tokens too. Twice is fine.

    Raises Refusal for one's own account. Side effects: one row and an audit entry that names the act.
    """
    if user.pk == operator_id:
        raise Refusal("You cannot close your own account.", remedy="Ask another operator.")
    if User.objects.filter(pk=user.pk).exclude(is_active=is_active).update(is_active=is_active):
        audit.record("account.opened" if is_active else "account.closed", user)
    user.is_active = is_active
    return user
