"""Says in plain words what is wrong with an option and what to write. No value is repeated: it may be a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.config import Settings
from bot.config_places import Key, told

WORDS = {
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "finite_number": "must be a number with an end",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": 'must be text, in quotes: "…"',
    "list_type": "must be a list: […]",
    "tuple_type": "must be a list: […]",
    "path_type": 'must be a path, in quotes: "…"',
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be {ge:g} or more",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be {le:g} or less",
    "literal_error": "must be one of {expected}",
    "string_pattern_mismatch": "must fit {pattern}",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
}


def reason(problem: Any, key: Key) -> str:
    """What is wrong, and what to write. `problem` is one of pydantic's error details."""
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(key)
    if kind == "missing":
        return f"is missing; {_meaning(key)}"
    if kind in {"dict_type", "model_type", "model_attributes_type"}:
        return "must be a table: {…}" if isinstance(key[-1], int) else f"must be a table: [{told(key)}]"
    if kind == "value_error":
        return str(problem["msg"]).removeprefix("Value error, ")
    words = WORDS.get(kind)
    return f"{words.format(**context)}{_example(key)}" if words else str(problem["msg"])


def _unknown(key: Key) -> str:
    *before, name = key
    known = sorted({one for model in tables_at(tuple(before)) for one in model.model_fields})
    near = get_close_matches(str(name), known, n=1)
    return "there is no such option; " + (f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}")


def _meaning(key: Key) -> str:
    field = field_of(key)
    return field.description.lower() if field and field.description else "write it"


def _example(key: Key) -> str:
    """The default, as an example of what to write."""
    field = field_of(key)
    default = field.get_default(call_default_factory=True) if field else None
    if not isinstance(default, int | float | str) or default in {"", None}:
        return ""
    return f"; for example {key[-1]} = {json.dumps(default, ensure_ascii=False)}"


def field_of(key: Key) -> FieldInfo | None:
    if not key:
        return None
    fields = [model.model_fields.get(str(key[-1])) for model in tables_at(key[:-1])]
    return next((field for field in fields if field), None)


def tables_at(key: Key) -> list[type[BaseModel]]:
    """The tables that may stand at this key."""
    models: list[type[BaseModel]] = [Settings]
    for part in key:
        below = [model.model_fields.get(str(part)) for model in models]
        found = [one for field in below if field for one in _models_in(field.annotation)]
        models = found or models  # a name that people choose, or a place in a list: the table stays the same
    return models


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
