"""Help for those who type rule, permission and settings files: mistakes, what may stand at a cursor, and what it means.

What may stand somewhere follows from the schema the file is checked by, narrowed by what stands around it: the fields
an event knows, the operators a field has, the values it takes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from tsunagi.app.access import permission_editing
from tsunagi.app.access.matrix import known_profiles
from tsunagi.app.access.permissions import decide, list_people, require
from tsunagi.app.automation import rule_editing
from tsunagi.app.connections.metadata import labelled
from tsunagi.app.context import Context
from tsunagi.app.sync import pair_files
from tsunagi.app.views.explanations import Words, action_label, event_label, verb_label
from tsunagi.app.views.key_help import KEYS, TYPES
from tsunagi.domain.directory import Person
from tsunagi.domain.entities import EntityType, FieldSpec
from tsunagi.errors import RuleFileError
from tsunagi.rules.authoring import AUTOMATION, CASES, editor_schemas, paths_of
from tsunagi.rules.schema import GROUPS, OPERATORS, permissions_schema
from tsunagi.rules.vocabulary import operator_problem
from tsunagi.sync.settings_schema import settings_schema
from tsunagi.translation import language, say
from tsunagi.yaml_marks import Plain
from tsunagi.yaml_spots import Spot, spot_at

Kind = Literal["rule", "cases", "permissions", "sync"]
_OPERATORS = frozenset(OPERATORS)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that may stand at a cursor: what is written, what it is, and what it means in the reader's language."""

    text: str
    what: Literal["key", "value", "field", "event", "action"]
    about: str


@dataclass(frozen=True, slots=True)
class Suggested:
    """Suggestions for the columns from `start` to before `end` of the line, from 1."""

    start: int
    end: int
    word: str
    items: Sequence[Suggestion]


def kind_of(file: str) -> Kind:
    """By the folder it is in, and by its name for tables of cases."""
    if file.startswith("permissions/"):
        return "permissions"
    if file.startswith("sync/"):
        return "sync"
    return "cases" if Path(file).stem.endswith("_test") else "rule"


def mistakes(context: Context, actor: Person | None, rules_dir: Path, file: str, text: str) -> Sequence[RuleFileError]:
    """Every mistake in a text that need not be saved, as the linter finds them; in order.

    Raises PermissionDenied, ConfigError for a name no such file can have.
    """
    match kind_of(file):
        case "permissions":
            return permission_editing.mistakes(context, actor, file, text)
        case "sync":
            require(context, actor, "sync:run")
            return pair_files.mistakes(context, file, text)
        case "cases":
            require(context, actor, rule_editing.EDIT)
            if not text.strip():
                return []  # Cases are for those who want them.
            # The rule it is for may not be saved yet.
            found = rule_editing.run_cases(context, rules_dir, file, text).errors
            return [each for each in found if each.field != "automation"]
        case "rule":
            require(context, actor, rule_editing.EDIT)
            return rule_editing.check_draft(context, rules_dir, file, text).problems


def suggest(context: Context, actor: Person | None, file: str, text: str, line: int, column: int) -> Suggested | None:
    """What may stand at a cursor, line and column from 1; None where nothing can be told."""
    _admit(context, actor, kind_of(file))
    spot = spot_at(text, line, column)
    if spot is None:
        return None
    help_ = _Help(context, actor, kind_of(file), spot)
    unique: dict[str, Suggestion] = {}
    for each in help_.suggestions():
        unique.setdefault(each.text, each)
    return Suggested(spot.start, spot.end, spot.word, list(unique.values()))


def describe(context: Context, actor: Person | None, file: str, text: str, line: int, column: int) -> Suggested | None:
    """What the word at a place means, as the only suggestion; None where nothing is known of it."""
    found = suggest(context, actor, file, text, line, column)
    known = [each for each in found.items if each.text == found.word and each.about] if found else []
    return replace(found, items=known[:1]) if found and known else None


def _admit(context: Context, actor: Person | None, kind: Kind) -> None:
    asked = {"permissions": "permissions:view", "sync": "sync:run"}
    require(context, actor, asked.get(kind, rule_editing.EDIT))


class _Help:
    """What may stand at one spot of one file."""

    def __init__(self, context: Context, actor: Person | None, kind: Kind, spot: Spot) -> None:
        self._context, self._actor, self._kind, self._spot = context, actor, kind, spot
        catalogue = context.permissions.catalogue
        self._vocabulary = catalogue.vocabulary if kind == "permissions" else context.rules.vocabulary
        self._schema = self._root_schema()
        self._event, self._subject = self._happening()

    def suggestions(self) -> Iterator[Suggestion]:
        spot = self._spot
        schemas = list(_along(self._schema, self._schema, spot.data, spot.path))
        if spot.quote:
            yield from self._fields()
        elif spot.is_key or "facts" in spot.path[-2:] or any("properties" in each for each in schemas):
            yield from self._keys(schemas)
        if not spot.is_key and not spot.quote:
            yield from self._values(schemas)

    def _root_schema(self) -> dict[str, Any]:
        match self._kind:
            case "permissions":
                return permissions_schema()
            case "sync":
                return settings_schema(self._context.pair_settings.vocabulary().pairs)
            case "cases":
                return editor_schemas(self._vocabulary)[CASES]
            case "rule":
                return editor_schemas(self._vocabulary)[AUTOMATION]

    def _happening(self) -> tuple[str, EntityType | None]:
        """The event the rule or the case is about, and the kind of record it happens to."""
        if self._kind == "permissions":
            return "", self._context.permissions.catalogue.subject
        data = self._spot.data
        place = data.get("trigger") if isinstance(data, dict) else None
        if self._kind == "cases":
            place = _at(data, self._spot.path[:2])
        given = place if isinstance(place, dict) else {}
        event = str(given.get("event") or "")
        each, service = str(given.get("each") or ""), str(given.get("service") or "") or None
        known = self._vocabulary.subjects(event, service) if event else ()
        if isinstance(known, tuple) and known:
            return event, known[0]
        return event, next((kind for kind in self._vocabulary.entities.values() if kind.name == each), None)

    def _keys(self, schemas: Iterable[Mapping[str, Any]]) -> Iterator[Suggestion]:
        taken = self._spot.group().keys() - {self._spot.word}
        spec = self._field_of(self._spot.group())
        for schema in schemas:
            for name, inner in schema.get("properties", {}).items():
                fits = spec is None or name not in _OPERATORS or operator_problem(spec, name) is None
                alone = name in GROUPS and "field" in taken
                if name not in taken and fits and not alone:
                    yield Suggestion(name, "key", self._about_key(name, inner))
        if self._kind == "cases" and self._spot.path[-1:] == ("facts",):
            yield from self._records()
        elif self._kind == "cases" and self._spot.path[-2:-1] == ("facts",):
            yield from self._fields_of_record(str(self._spot.path[-1]))

    def _values(self, schemas: Iterable[Mapping[str, Any]]) -> Iterator[Suggestion]:
        path = self._spot.path
        name = next((str(step) for step in reversed(path) if isinstance(step, str)), "")
        special = self._special(name)
        if special is not None:
            yield from special
            return
        for schema in schemas:
            for value in (*schema.get("enum", ()), *_constant(schema), *schema.get("examples", ())):
                yield Suggestion(_spelt(value), "value", self._about_word(_spelt(value), schema))
            if schema.get("type") == "boolean":
                yield from (Suggestion(word, "value", "") for word in ("true", "false"))

    def _special(self, name: str) -> Iterator[Suggestion] | None:
        """What no schema knows: the words of this installation."""
        context, in_parameters = self._context, "parameters" in self._spot.path
        if name == "field" and self._kind != "sync":
            return self._fields()
        if name in _OPERATORS and self._kind != "sync":
            return self._choices(self._field_of(self._spot.group() or self._above()))
        if name == "event" and not in_parameters:
            return (Suggestion(each, "event", event_label(context, each)) for each in sorted(self._vocabulary.events))
        if name == "action" and not in_parameters:
            return (Suggestion(each, "action", self._about_action(each)) for each in sorted(self._vocabulary.actions))
        if name in {"profiles", "roles", "users", "run_as"}:
            return self._people(name)
        if name == "on" and self._kind == "permissions":
            return self._resources()
        if name in {"crm", "finance"} and self._kind == "sync" and self._spot.path[:1] == ("fields",):
            return self._mapped(name)
        return None

    def _above(self) -> dict[str, Plain]:
        """The comparison around a value that stands in a list."""
        found = _at(self._spot.data, self._spot.path[:-2])
        return found if isinstance(found, dict) else {}

    def _fields(self) -> Iterator[Suggestion]:
        for path in sorted(paths_of(self._vocabulary, self._subject)) if self._subject else ():
            spec = self._vocabulary.field(self._subject, path) if self._subject else None
            if isinstance(spec, FieldSpec):
                yield Suggestion(path, "field", self._about_field(path, spec))

    def _records(self) -> Iterator[Suggestion]:
        if self._subject is not None:
            yield Suggestion(self._subject.name, "key", say(self._subject.label))
            yield Suggestion("before", "key", "")
            references = (spec for spec in self._subject.fields if spec.references)
            yield from (Suggestion(spec.name, "key", say(spec.label)) for spec in references)

    def _fields_of_record(self, name: str) -> Iterator[Suggestion]:
        subject = self._subject
        if subject is not None and name not in {subject.name, "before"}:
            spec = subject.field(name)
            subject = self._vocabulary.entities.get(spec.references) if spec else None
        for spec in subject.fields if subject else ():
            yield Suggestion(spec.name, "field", self._about_field("", spec))

    def _field_of(self, comparison: Mapping[str, Plain]) -> FieldSpec | None:
        path = comparison.get("field")
        found = self._vocabulary.field(self._subject, path) if self._subject and isinstance(path, str) else None
        return found if isinstance(found, FieldSpec) else None

    def _choices(self, spec: FieldSpec | None) -> Iterator[Suggestion]:
        """The values a field takes: as the plugin knows them, and as the organisation calls them."""
        name = next((str(step) for step in reversed(self._spot.path) if isinstance(step, str)), "")
        if spec is None or spec.type == "boolean" or name in {"is_set", "is_blank", "changed"}:
            yield from (Suggestion(word, "value", "") for word in ("true", "false"))
            return
        kinds = (labelled(self._context, kind) for kind in self._vocabulary.entities.values() if spec in kind.fields)
        own = next((kind.field(spec.name) for kind in kinds), None) or spec
        yield from (Suggestion(value, "value", say(label)) for value, label in own.choices.items())

    def _people(self, name: str) -> Iterator[Suggestion]:
        if not (self._actor is None or decide(self._context, self._actor, "people:view").allowed):
            return
        if name == "profiles":
            known = known_profiles(self._context, self._context.permissions.book.policies)
            yield from (Suggestion(person.profile, "value", say(KEYS["profiles"])) for person in known)
            return
        for person in list_people(self._context, self._actor):
            text = person.role if name == "roles" else person.email
            if text:
                yield Suggestion(text, "value", "" if name == "roles" else f"{person.name} · {person.profile}")

    def _resources(self) -> Iterator[Suggestion]:
        catalogue = self._context.permissions.catalogue
        yield from (Suggestion(each.name, "value", say(each.label)) for each in catalogue.resources.values())
        yield from (Suggestion(name, "value", "") for name in sorted(catalogue.names))

    def _mapped(self, side: str) -> Iterator[Suggestion]:
        """The fields of one side of the pair the file is about."""
        vocabulary = self._context.pair_settings.vocabulary()
        name = str(_at(self._spot.data, ("pair",)) or "")
        pair = vocabulary.pairs.get(name)
        end = pair.end("left" if side == "crm" else "right") if pair else None
        kind = vocabulary.entities.get(f"{end.service}.{end.entity}") if end else None
        for spec in kind.fields if kind else ():
            yield Suggestion(spec.name, "field", self._about_field("", spec))

    def _about_key(self, name: str, schema: Mapping[str, Any]) -> str:
        if "parameters" in self._spot.path:
            return _described(schema)
        known = KEYS.get(f"{self._kind}.{name}") or KEYS.get(name)
        return say(known) if known else _described(schema)

    def _about_word(self, word: str, schema: Mapping[str, Any]) -> str:
        if word in KEYS and "parameters" not in self._spot.path:
            return say(KEYS[word])
        label = verb_label(word) if self._kind == "permissions" else word
        return label if label != word else str(schema.get("description", "")) if "const" in schema else ""

    def _about_field(self, path: str, spec: FieldSpec) -> str:
        words = Words(self._context, "", self._event, {})
        label = words.field(path) if path and self._kind != "permissions" else say(spec.label)
        kind = say(TYPES[spec.type]) if spec.type in TYPES else spec.type
        return f"{label} · {kind}"

    def _about_action(self, name: str) -> str:
        parameters = ", ".join(self._vocabulary.actions[name].model_fields)
        label = action_label(self._context, name)
        return f"{label} ({parameters})" if parameters else label


def _described(schema: Mapping[str, Any]) -> str:
    """What a plugin says of a parameter, in the reader's language where it says it there."""
    own = schema.get(f"description_{language()}")
    return str(own or schema.get("description", ""))


def _along(root: Mapping[str, Any], schema: Mapping[str, Any], data: Plain, path: Sequence[str | int]) -> Iterator[Any]:
    """The schemas at a path: references resolved, branches that what is there rules out left out."""
    for each in _branches(root, schema, data):
        if not path:
            yield each
            continue
        step, rest = path[0], path[1:]
        inner = _inside(each, step)
        if inner is not None:
            yield from _along(root, inner, _at(data, (step,)), rest)


def _branches(root: Mapping[str, Any], schema: Mapping[str, Any], data: Plain) -> Iterator[Mapping[str, Any]]:
    if "$ref" in schema:
        yield from _branches(root, root["$defs"][schema["$ref"].rsplit("/", 1)[1]], data)
        return
    yield schema
    for name in ("anyOf", "oneOf", "allOf"):
        for each in schema.get(name, ()):
            if "if" in each:
                if _fits(each["if"], data):
                    yield from _branches(root, each["then"], data)
            else:
                yield from _branches(root, each, data)


def _fits(condition: Mapping[str, Any], data: Plain) -> bool:
    wanted = condition.get("properties", {})
    return isinstance(data, dict) and all(data.get(name) == each.get("const") for name, each in wanted.items())


def _inside(schema: Mapping[str, Any], step: str | int) -> Mapping[str, Any] | None:
    if isinstance(step, int):
        found = schema.get("items")
    else:
        found = schema.get("properties", {}).get(step) or schema.get("additionalProperties")
    return found if isinstance(found, dict) else None


def _constant(schema: Mapping[str, Any]) -> Sequence[object]:
    return (schema["const"],) if "const" in schema else ()


def _spelt(value: object) -> str:
    words = {True: "true", False: "false", None: "null"}
    return words[value] if value is None or isinstance(value, bool) else str(value)


def _at(data: Plain, path: Sequence[str | int]) -> Plain:
    for step in path:
        if isinstance(data, dict) and isinstance(step, str):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data
