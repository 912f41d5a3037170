"""Portal routes of talent."""

from django.urls import URLPattern, URLResolver

from talent.urls import billing, engagements, people, work

urlpatterns: list[URLPattern | URLResolver] = [*engagements.portal, *people.portal, *work.portal, *billing.portal]
