"""Tables of workflows."""

from workflows.models.access_grants import AccessGrant, Receipt
from workflows.models.approvals import Ask, Decision, DecisionLink, Delegation
from workflows.models.definitions import Definition, DefinitionDraft, DefinitionVersion
from workflows.models.effects import Effect
from workflows.models.resources import Connection, ConnectorCall, Drift, Resource
from workflows.models.reviews import Attestation, Campaign, Handover
from workflows.models.runs import Run
from workflows.models.steps import Edge, Step, StepEvent

__all__ = [
    "AccessGrant",
    "Ask",
    "Attestation",
    "Campaign",
    "Connection",
    "ConnectorCall",
    "Decision",
    "DecisionLink",
    "Definition",
    "DefinitionDraft",
    "DefinitionVersion",
    "Delegation",
    "Drift",
    "Edge",
    "Effect",
    "Handover",
    "Receipt",
    "Resource",
    "Run",
    "Step",
    "StepEvent",
]
