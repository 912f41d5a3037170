"""The site map. Each app lists its own console, portal and API routes."""

from django.conf import settings
from django.urls import include, path

from freelance_hub.admin_base import operators
from freelance_hub.views import home

handler400 = "freelance_hub.views.errors.bad_request"
handler403 = "freelance_hub.views.errors.forbidden"
handler404 = "freelance_hub.views.errors.not_found"
handler500 = "freelance_hub.views.errors.server_error"

COMPANY = "t/<slug:tenant>/"
PORTAL = COMPANY + "portal/"

urlpatterns = [
    path("", home.start, name="start"),
    path("", include("freelance_hub.routes.public")),
    path("", include("workflows.urls.public")),
    path("accounts/", include("allauth.urls")),
    path(COMPANY, include("freelance_hub.routes.console")),
    path(COMPANY, include("programs.urls.console")),
    path(COMPANY, include("talent.urls.console")),
    path(COMPANY, include("workflows.urls.console")),
    path(COMPANY, include("analytics.urls.console")),
    path(PORTAL, include("freelance_hub.routes.portal")),
    path(PORTAL, include("programs.urls.portal")),
    path(PORTAL, include("talent.urls.portal")),
    path(PORTAL, include("workflows.urls.portal")),
    path("api/v1/", include("freelance_hub.routes.api")),
    path("api/v1/", include("programs.urls.api")),
    path("api/v1/", include("talent.urls.api")),
    path("api/v1/", include("workflows.urls.api")),
    path("api/v1/", include("analytics.urls.api")),
    path("scim/v2/", include("freelance_hub.scim.urls")),
    path("admin/", operators.urls),
]

if settings.DEBUG:
    urlpatterns += [path("", include("freelance_hub.routes.development"))]
