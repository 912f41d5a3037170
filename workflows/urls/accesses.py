"""Console routes of accesses, the catalogue and connections."""

from django.urls import URLPattern, URLResolver, path

from workflows.views import connections, grants, resources

ACCESSES: list[URLPattern | URLResolver] = [
    path("accesses/", grants.grant_list, name="grant_list"),
    path("accesses/<uuid:public_id>/", grants.grant_detail, name="grant_detail"),
    path("accesses/<uuid:public_id>/hold/", grants.grant_hold, name="grant_hold"),
    path("accesses/<uuid:public_id>/resume/", grants.grant_resume, name="grant_resume"),
    path("accesses/<uuid:public_id>/end/", grants.grant_end, name="grant_end"),
    path("accesses/<uuid:public_id>/done/", grants.grant_done, name="grant_done"),
    path("assignments/<int:number>/accesses/new/", grants.grant_create, name="grant_create"),
    path("resources/", resources.resource_list, name="resource_list"),
    path("resources/new/", resources.resource_create, name="resource_create"),
    path("resources/differences/", resources.drift_list, name="drift_list"),
    path("resources/differences/<uuid:public_id>/", resources.drift_detail, name="drift_detail"),
    path("resources/<uuid:public_id>/", resources.resource_detail, name="resource_detail"),
    path("resources/<uuid:public_id>/edit/", resources.resource_edit, name="resource_edit"),
    path("resources/<uuid:public_id>/retire/", resources.resource_retire, name="resource_retire"),
    path("connections/", connections.connection_list, name="connection_list"),
    path("connections/new/<slug:kind>/", connections.connection_create, name="connection_create"),
    path("connections/<uuid:public_id>/", connections.connection_detail, name="connection_detail"),
    path("connections/<uuid:public_id>/edit/", connections.connection_edit, name="connection_edit"),
    path("connections/<uuid:public_id>/test/", connections.connection_test, name="connection_test"),
    path("connections/<uuid:public_id>/remove/", connections.connection_remove, name="connection_remove"),
]
