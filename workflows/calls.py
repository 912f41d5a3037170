"""Workflows that start workflows: each that is named must be there, and none may start itself, over however many others."""

from collections.abc import Mapping
from typing import Any

from workflows.models import Definition, DefinitionVersion, Step


def called_in(graph: Mapping[str, Any]) -> list[str]:
    """The keys of the workflows that a graph starts, in the order of its steps."""
    named = [step["workflow"] for step in graph.get("steps", ()) if step.get("kind") == Step.Kind.WORKFLOW]
    return list(dict.fromkeys(named))


def problems_of_calls(definition: Definition, graph: Mapping[str, Any]) -> list[str]:
    """What is wrong with the workflows that a graph starts, each in a sentence. Queries only when it starts some."""
    wanted = called_in(graph)
    if not wanted:
        return []
    known = _newest(definition)
    missing = [key for key in wanted if key not in known and key != definition.key]
    if missing:
        return [f"There is no active workflow “{key}” about {definition.subject_type} here." for key in missing]
    calls = {key: called_in(version.graph) for key, version in known.items()} | {definition.key: wanted}
    way = _way_back(definition.key, calls)
    return [f"The workflows start each other in a circle: {' → '.join(way)}."] if way else []


def _newest(definition: Definition) -> dict[str, DefinitionVersion]:
    """The newest version of each active workflow that runs of this one can start, by key; the program's before the company's."""
    about = Definition.objects.filter(subject_type=definition.subject_type, is_active=True)
    found: dict[str, DefinitionVersion] = {}
    for program in dict.fromkeys([None, definition.program_id]):
        versions = DefinitionVersion.objects.filter(definition__in=about.filter(program=program))
        newest = versions.select_related("definition").order_by("definition", "-number").distinct("definition")
        found |= {version.definition.key: version for version in newest}
    return found


def _way_back(start: str, calls: Mapping[str, list[str]]) -> list[str]:
    """The first way on which a workflow comes back to itself; empty when there is none."""
    ways = [[start, key] for key in calls[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        if way[-1] == start:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            ways += [[*way, key] for key in calls.get(way[-1], ())]
    return []
