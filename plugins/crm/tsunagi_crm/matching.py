"""Finds the record an earlier write made, by what people tell records apart by."""

import re

from tsunagi import Fields, Record, Value
from tsunagi_crm.entities import CrmModule

_SPECIAL = re.compile(r"([\\(),])")


def criteria(module: CrmModule, fields: Fields) -> str:
    """A search for the first naming text among `fields`; empty where they hold none."""
    for name, value in _key(module, fields).items():
        item = module.field(name)
        if item is not None and isinstance(value, str):
            escaped = _SPECIAL.sub(r"\\\1", value)
            return f"({item.native}:equals:{escaped})"
    return ""


def same(module: CrmModule, record: Record, fields: Fields) -> bool:
    """Whether the record answers to every part of the natural key that `fields` holds, and to one at least."""
    key = _key(module, fields)
    return bool(key) and all(_folded(record.fields.get(name)) == _folded(value) for name, value in key.items())


def _key(module: CrmModule, fields: Fields) -> dict[str, Value]:
    return {name: fields[name] for name in module.natural_key if fields.get(name)}


def _folded(value: Value) -> Value:
    return value.strip().casefold() if isinstance(value, str) else value
