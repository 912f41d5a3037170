"""What every API of the house shares: tokens, scopes, problems, paging, idempotency."""
