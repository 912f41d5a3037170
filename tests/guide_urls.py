"""The site with the style guide, which is otherwise routed while developing only."""

from freelance_hub.routes.development import urlpatterns as guide
from freelance_hub.urls import urlpatterns as site

handler400 = "freelance_hub.views.errors.bad_request"
handler403 = "freelance_hub.views.errors.forbidden"
handler404 = "freelance_hub.views.errors.not_found"
handler500 = "freelance_hub.views.errors.server_error"
urlpatterns = [*guide, *site]
