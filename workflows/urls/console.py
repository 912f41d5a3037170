"""Console routes of workflows."""

from django.urls import URLPattern, URLResolver, path

from workflows.urls.accesses import ACCESSES
from workflows.views import (
    builder,
    campaigns,
    definitions,
    delegations,
    inbox,
    monitoring,
    orphans,
    receipts,
    runs,
    starts,
    steps,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/<uuid:public_id>/", steps.step_detail, name="step_detail"),
    path("inbox/<uuid:public_id>/resolve/", runs.step_resolve, name="step_resolve"),
    path("access-review/", campaigns.attestation_list, name="attestation_list"),
    path("access-reviews/", campaigns.campaign_list, name="campaign_list"),
    path("access-reviews/new/", campaigns.campaign_create, name="campaign_create"),
    path("access-reviews/<uuid:public_id>/", campaigns.campaign_detail, name="campaign_detail"),
    path("access-reviews/<uuid:public_id>/close/", campaigns.campaign_close, name="campaign_close"),
    path("handovers/", orphans.orphan_list, name="orphan_list"),
    path("handovers/<uuid:public_id>/", orphans.orphan_detail, name="orphan_detail"),
    path("handovers/<uuid:public_id>/give-back", orphans.orphan_give_back, name="orphan_give_back"),
    path("receipts/check/", receipts.document_check, name="document_check"),
    path("receipts/<uuid:public_id>/", receipts.receipt_detail, name="receipt_detail"),
    path("standing-in/", delegations.delegation_list, name="delegation_list"),
    path("standing-in/new/", delegations.delegation_create, name="delegation_create"),
    path("standing-in/<uuid:public_id>/end/", delegations.delegation_revoke, name="delegation_revoke"),
    path("workflows/start/<uuid:public_id>/", starts.workflow_start, name="workflow_start"),
    path("inbox/<uuid:public_id>/skip/", runs.step_skip, name="step_skip"),
    path("inbox/<uuid:public_id>/retry/", runs.step_retry, name="step_retry"),
    path("workflows/", runs.run_list, name="run_list"),
    path("workflows/monitoring/", monitoring.workflow_monitoring, name="workflow_monitoring"),
    path("workflows/definitions/", definitions.definition_list, name="definition_list"),
    path("workflows/definitions/new/", definitions.definition_create, name="definition_create"),
    path("workflows/definitions/<uuid:public_id>/", definitions.definition_detail, name="definition_detail"),
    path("workflows/definitions/<uuid:public_id>/builder/", builder.definition_builder, name="definition_builder"),
    path("workflows/definitions/<uuid:public_id>/dry-run/", builder.definition_dry_run, name="definition_dry_run"),
    path("workflows/definitions/<uuid:public_id>/publish/", definitions.definition_publish, name="definition_publish"),
    path("workflows/definitions/<uuid:public_id>/switch/", definitions.definition_switch, name="definition_switch"),
    path("workflows/<uuid:public_id>/", runs.run_detail, name="run_detail"),
    path("workflows/<uuid:public_id>/pause/", runs.run_pause, name="run_pause"),
    path("workflows/<uuid:public_id>/resume/", runs.run_resume, name="run_resume"),
    path("workflows/<uuid:public_id>/cancel/", runs.run_cancel, name="run_cancel"),
    *ACCESSES,
]
