"""Development routes of the platform."""

from django.urls import URLPattern, URLResolver, path

from freelance_hub.views import styleguide

urlpatterns: list[URLPattern | URLResolver] = [
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("styleguide/<slug:page>/", styleguide.styleguide, name="styleguide_page"),
]
