"""The plain reference: what a Django page of 50 rows costs with five queries, select_related and Django's templates."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path

from freelance_hub.models import Tenant
from freelance_hub.tenancy.context import tenant
from programs.models import Program
from talent.models import Assignment

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATE = Engine().from_string("""<!doctype html><html lang="en"><head><title>Assignments</title></head><body>
<nav>{% for program in programs %}<a href="/programs/{{ program.number }}/">{{ program.name }}</a>{% endfor %}</nav>
<h1>Assignments of {{ company.name }}</h1><p>{{ total }} in all, signed in as {{ user.name }}</p>
<table><thead><tr><th>Assignment</th><th>Freelancer</th><th>Program</th><th>Manager</th><th>State</th><th>From</th><th>To</th>
<th>Rate</th></tr></thead><tbody>
{% for row in rows %}<tr><td><a href="/assignments/{{ row.number }}/">ASG-{{ row.number }} {{ row.title }}</a></td>
<td>{{ row.freelancer.name }}</td><td>{{ row.program.name }}</td><td>{{ row.manager.user.name }}</td>
<td>{{ row.get_state_display }}</td><td>{{ row.starts_on|date:"j M Y" }}</td><td>{{ row.ends_on|date:"j M Y" }}</td>
<td>{{ row.rate|floatformat:2 }} {{ row.currency }}</td></tr>
{% endfor %}</tbody></table></body></html>""")


@login_required
def reference(request: HttpRequest, slug: str) -> HttpResponse:
    """Session, user, company, programs, rows: five queries."""
    company = Tenant.objects.get(slug=slug)
    with tenant(company):
        rows = Assignment.objects.select_related("freelancer", "program", "manager__user").order_by(
            "-created_at", "-id"
        )
        context = {
            "company": company,
            "user": request.user,
            "programs": list(Program.objects.order_by("name")),
            "rows": rows[:50],
            "total": "many",
        }
        return HttpResponse(TEMPLATE.render(Context(context)))


urlpatterns = [path("reference/<slug:slug>/", reference)]
