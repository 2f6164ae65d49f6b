"""A mapping held against the folder and the CRM's fields, before anything is loaded."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from collections.abc import Mapping as MappingType
from pathlib import Path

from zoho_sandbox.load.csv_source import CsvSource
from zoho_sandbox.load.encodings import folder_encodings
from zoho_sandbox.load.errors import MappingFileError
from zoho_sandbox.load.field_kinds import REQUIRED_FIELDS, FieldKinds
from zoho_sandbox.load.mapping import FieldSource, Mapping, ModuleName, ModuleSource
from zoho_sandbox.load.yaml_source import KeyPath, YamlSource

Sources = dict[ModuleName, CsvSource]


def open_sources(
    folder: Path, mapping: Mapping, places: YamlSource, known: MappingType[ModuleName, Collection[str]]
) -> Sources:
    """The files the mapping names.

    known: headings each module's files may have, beside the columns of the mapping.
    Raises MappingFileError for a file that is not in the folder, OpenQuestionsError where two encodings fit.
    """
    present = sorted(path.name for path in folder.iterdir() if path.is_file())
    for module, source in mapping.modules.items():
        if source.file not in present:
            raise _unknown(places, ("modules", module, "file"), source.file, present)
    csv = mapping.csv
    paths = {module: folder / source.file for module, source in mapping.modules.items()}
    headings = {module: known.get(module) or source.columns for module, source in mapping.modules.items()}
    expected = {heading for names in headings.values() for heading in names}
    encodings = folder_encodings(paths.values(), expected, csv.encoding)
    return {module: CsvSource(path, encodings[path], csv.delimiter, headings[module]) for module, path in paths.items()}


def check_mapping(
    mapping: Mapping, sources: Sources, kinds: MappingType[ModuleName, FieldKinds], places: YamlSource
) -> None:
    """Raises MappingFileError for the first column, field or lookup that does not exist."""
    for module, source in mapping.modules.items():
        for error in _module_errors(module, source, mapping, sources[module].columns, kinds[module], places):
            raise error


def check_custom_fields(mapping: Mapping, standard: MappingType[ModuleName, FieldKinds], places: YamlSource) -> None:
    """Raises MappingFileError for a custom field that the module has anyway."""
    for module, source in mapping.modules.items():
        for api_name in source.custom_fields:
            if api_name in standard[module]:
                place = ("modules", module, "custom_fields", api_name)
                raise places.error(place, f"{api_name}, which {module} have already", "another name")


def check_related_lists(mapping: Mapping, lists: MappingType[ModuleName, Collection[str]], places: YamlSource) -> None:
    """Raises MappingFileError for a related list the module does not have."""
    for module, source in mapping.modules.items():
        for index, name in enumerate(source.without_related_lists):
            if name not in lists[module]:
                place = ("modules", module, "without_related_lists", index)
                raise _unknown(places, place, name, lists[module])


def check_currencies(mapping: Mapping, known: Collection[str], places: YamlSource) -> None:
    """Raises MappingFileError for a currency the sandbox does not know."""
    base = mapping.organisation.base_currency
    if base is not None and base not in known:
        raise _unknown(places, ("organisation", "base_currency"), base, known)
    for code in mapping.organisation.currencies:
        if code not in known:
            raise _unknown(places, ("organisation", "currencies", code), code, known)


def _module_errors(
    module: ModuleName,
    source: ModuleSource,
    mapping: Mapping,
    columns: list[str],
    kinds: FieldKinds,
    places: YamlSource,
) -> Iterator[MappingFileError]:
    place: KeyPath = ("modules", module)
    if source.record_id is not None and source.record_id not in columns:
        yield _unknown(places, (*place, "record_id"), source.record_id, columns)
    if module == "Users" and source.custom_fields:
        yield places.error((*place, "custom_fields"), "custom fields", "`file` and `fields`; users have no more")
    for required in REQUIRED_FIELDS[module]:
        if required not in source.fields:
            yield places.error((*place, "fields"), f"no source for {required}", f"a source; {module} require it")
    for api_name, field in source.fields.items():
        field_place = (*place, "fields", api_name)
        if api_name not in kinds or not kinds[api_name].writable:
            yield _unknown(places, field_place, api_name, [k.api_name for k in kinds.values() if k.writable])
        else:
            yield from _field_errors(field, field_place, source, mapping, columns, kinds[api_name].lookup, places)


def _field_errors(
    field: FieldSource,
    place: KeyPath,
    source: ModuleSource,
    mapping: Mapping,
    columns: list[str],
    target: str | None,
    places: YamlSource,
) -> Iterator[MappingFileError]:
    for key, column in (("column", field.column), ("id_column", field.id_column)):
        if column is not None and column not in columns:
            yield _unknown(places, (*place, key), column, columns)
    known = [*columns, *(name for name, other in source.fields.items() if other.template is None)]
    for placeholder in field.placeholders:
        if placeholder not in known:
            yield _unknown(places, (*place, "template"), placeholder, known)
    if target is not None and field.lookup is None:
        yield places.error(place, "no lookup", f"`lookup: {target}`; the field points to a record")
    if field.lookup is not None and field.lookup != target:
        yield places.error((*place, "lookup"), field.lookup, target or "no lookup; the field holds a value")
    elif field.lookup is not None and field.lookup not in mapping.modules:
        yield _unknown(places, (*place, "lookup"), field.lookup, list(mapping.modules))


def _unknown(places: YamlSource, place: KeyPath, received: str, valid: Collection[str]) -> MappingFileError:
    near = difflib.get_close_matches(received, valid, n=1)
    hint = f" (nearest: {near[0]})" if near else ""
    return places.error(place, repr(received), (", ".join(valid) or "nothing here") + hint)
