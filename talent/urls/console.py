"""Console routes of talent."""

from django.urls import URLPattern, URLResolver

from talent.urls import billing, engagements, people, sourcing, work

urlpatterns: list[URLPattern | URLResolver] = [
    *people.console,
    *sourcing.console,
    *engagements.console,
    *work.console,
    *billing.console,
]
