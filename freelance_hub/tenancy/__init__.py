"""Two locks around each company's rows: the ORM manager and Postgres row-level security, fed from one context."""
