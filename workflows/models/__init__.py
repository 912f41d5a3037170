"""Tables of workflows."""

from workflows.models.access_grants import AccessGrant
from workflows.models.definitions import Definition, DefinitionVersion
from workflows.models.effects import Effect
from workflows.models.runs import Run
from workflows.models.steps import Edge, Step, StepEvent

__all__ = ["AccessGrant", "Definition", "DefinitionVersion", "Edge", "Effect", "Run", "Step", "StepEvent"]
