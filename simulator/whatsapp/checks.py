"""The words in which request bodies are described. Unlike LINE, the Graph API names one problem and stops."""

from typing import Any

from simulator.jsonio import JsonObject
from simulator.whatsapp.errors import GraphError, bare
from simulator.whatsapp.limits import length


def missing(name: str) -> GraphError:
    """A top-level parameter that is not there."""
    return bare(100, f"(#100) The parameter {name} is required.", 400)


def thing(value: Any, path: str, known: set[str]) -> JsonObject:
    """An object with these properties and no others. Raises: GraphError."""
    if not isinstance(value, dict):
        raise GraphError(131009 if value is not None else 131008, f"{path} must be an object.")
    for name in value:
        if name not in known:
            raise GraphError(100, f'Unexpected key "{name}" on param "{path}".')
    return value


def words(value: Any, path: str, longest: int, shortest: int = 1) -> str:
    """A string of that length. Raises: GraphError."""
    if value is None:
        raise GraphError(131008, f"{path} is required.")
    if not isinstance(value, str):
        raise GraphError(131009, f"{path} must be a string.")
    if not shortest <= length(value) <= longest or (shortest and not value.strip()):
        raise GraphError(131009, f"{path} length invalid. Min length: {shortest}, Max length: {longest}")
    return value


def many(value: Any, path: str, most: int, least: int = 1) -> list[Any]:
    """A list of `least` to `most` entries. Raises: GraphError."""
    if value is None:
        raise GraphError(131008, f"{path} is required.")
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise GraphError(131009, f"{path} count invalid. Min allowed: {least}, Max allowed: {most}")
    return value


def unlike(values: list[str], path: str) -> None:
    """No value twice. Raises: GraphError."""
    if len(set(values)) < len(values):
        raise GraphError(131009, f"Duplicated {path} found.")


def reference(value: Any, path: str, longest: int) -> str:
    """An id that comes back with the tap: no blanks at its ends. Raises: GraphError."""
    found = words(value, path, longest)
    if found != found.strip():
        raise GraphError(131009, f"{path} cannot have leading or trailing spaces.")
    return found
