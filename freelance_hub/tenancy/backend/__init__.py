"""Database backend: Django's PostgreSQL, with the tenant travelling in front of the queries."""
