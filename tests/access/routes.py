"""Every address of the application, read from the URL configuration."""

import re
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

ZONES = (  # prefix of the path → for whom; the first that fits
    ("t/<slug:tenant>/portal/", "portal"),
    ("t/<slug:tenant>/admin/", "owners"),
    ("t/<slug:tenant>/", "console"),
    ("api/v1/", "api"),
    ("scim/v2/", "api"),
    ("admin/", "operators"),
    ("accounts/", "accounts"),
    ("", "public"),
)
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    """One URL pattern. `name` is empty for the few that third-party packages leave without."""

    path: str
    name: str
    zone: str

    @property
    def key(self):
        """What the matrix calls it: its name; in Django admin, whose names come twice, its path."""
        return self.path if not self.name or self.zone in {"owners", "operators"} else self.name

    @property
    def arguments(self):
        return re.findall(r"<\w+:(\w+)>", self.path.removeprefix("t/<slug:tenant>/"))

    def url(self, company, refs, at):
        """The address of what `at` names (URL argument → name in `refs`, or `=text` as it stands; `?`: a query)."""
        path = "/" + self.path.replace("<slug:tenant>", company)
        for argument in self.arguments:
            said = at.get(argument, argument)
            path = re.sub(rf"<\w+:{argument}>", said[1:] if said.startswith("=") else str(refs[said]), path)
        return path + at.get("?", "").format(**refs)


def all_routes():
    """Routes in the order of the site map."""
    return list(crawl(get_resolver().url_patterns))


def crawl(patterns, prefix=""):
    """The routes of URL patterns, included ones too."""
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from crawl(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            zone = next(zone for start, zone in ZONES if path.startswith(start))
            yield Route(path, pattern.name or "", zone)
