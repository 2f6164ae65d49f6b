"""The reference page of what rules can use: events, actions, fields and derived facts."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel
from reference_tables import about, code, codes, default, fields, kind, page, table

from tsunagi.app.views.key_help import TYPES
from tsunagi.domain.actions import Action
from tsunagi.domain.entities import EntityType, FieldSpec
from tsunagi.registry import Registry
from tsunagi.rules.derived import DOCUMENTS, RECEIVABLES, derived_field, derived_paths, derived_roots
from tsunagi.rules.vocabulary import Vocabulary


def rules(registry: Registry) -> str:
    entities = list(registry.entities.values())
    vocabulary = Vocabulary.of(entities, registry.actions.values())
    opening = (
        "The events, fields and actions of the plugins that come with the hub; [rules](../rules.md) explains the "
        "language. The editor on the pages suggests the same names, and `tsunagi rules schema` writes them as JSON "
        "Schemas for other editors. Fields that an organisation added itself are named as its service names them."
    )
    parts = [
        "## Events\n\n" + _events(vocabulary),
        "## Actions\n\n" + _ACTIONS,
        *_actions(registry),
        "## Fields\n\n" + _FIELDS,
        *_entities(entities),
        "## Derived facts\n\n" + _DERIVED + "\n\n" + _derived(entities),
    ]
    return page("What rules can use", opening, parts)


_ACTIONS = (
    "The permission is what a person needs if the rule names them under `run_as`. Parameters marked * are required; "
    "texts may quote facts, such as `${deal.name}`."
)
_FIELDS = (
    "A condition names a field as `RECORD.FIELD`, such as `deal.amount`. `before.FIELD` is the value before the event; "
    "a field that refers to another record leads to its fields, such as `account.name`; money has `.amount` and "
    "`.currency`. `today.date`, `today.plus_30_days` and `today.minus_7_days` are days relative to the event."
)
_DERIVED = (
    "Facts that are computed for the record of the event, such as `documents.books.invoice.total.JPY` or "
    "`documents.books.invoice.status.overdue`. The statuses of a kind of document are listed with its fields."
)


def _events(vocabulary: Vocabulary) -> str:
    """Those that people have a name for; then which kinds of record are created, updated and deleted."""
    moments, kinds = [], []
    for name, subjects in vocabulary.events.items():
        subject, occasion = subjects[0], name.partition(".")[2]
        services = codes(each.service for each in subjects)
        if occasion == "created":
            kinds.append((code(subject.name), subject.label.en, services))
        moments += [(code(name), each.label.en, services) for each in subject.moments if each.name == occasion]
    every = "Each of these records also has the events `RECORD.created`, `RECORD.updated` and `RECORD.deleted`:"
    return "\n\n".join(
        (table(("event", "when", "services"), moments), every, table(("record", "label", "services"), kinds))
    )


def _actions(registry: Registry) -> Iterator[str]:
    """Actions with the same parameters and permission share a section, whatever service they are of."""
    alike: dict[tuple[type[BaseModel], str], list[Action]] = {}
    for each in registry.actions.values():
        alike.setdefault((each.parameters, each.permission), []).append(each)
    for (parameters, permission), actions in alike.items():
        rows = [
            (code(name) + ("*" if field.is_required() else ""), kind(field), default(field))
            for name, field in fields(parameters)
        ]
        parts = [
            f"### {', '.join(each.name for each in actions)}",
            "\n".join(f"- {code(each.name)}: {each.label.en}" for each in actions),
            f"Permission: {code(permission)}",
        ]
        if rows:
            parts += [about(parameters)] if parameters.__doc__ else []
            parts.append(table(("parameter", "type", "default"), rows))
        yield "\n\n".join(parts)


def _entities(entities: Iterable[EntityType]) -> Iterator[str]:
    """A table for each kind of record; kinds with the same fields in several services share one."""
    alike: dict[tuple[str, tuple[FieldSpec, ...]], list[EntityType]] = {}
    for entity in entities:
        alike.setdefault((entity.name, tuple(map(_plain, entity.fields))), []).append(entity)
    for kinds in alike.values():
        title = f"### {kinds[0].name} ({', '.join(each.service for each in kinds)})"
        rows = ((code(each.name), each.label.en, _field_type(each)) for each in kinds[0].fields)
        yield f"{title}\n\n" + table(("field", "label", "type"), rows)


def _plain(spec: FieldSpec) -> Any:
    return spec.name, spec.type, spec.label, tuple(spec.choices), spec.references.partition(".")[2]


def _field_type(spec: FieldSpec) -> str:
    if spec.type == "reference":
        return f"refers to {spec.references.partition('.')[2] or 'a record'}"
    if spec.type == "choice":
        return f"one of {codes(spec.choices)}"
    return TYPES[spec.type].en if spec.type in TYPES else spec.type


def _derived(entities: Sequence[EntityType]) -> str:
    subjects = {each.name: each for each in entities if derived_roots(each)}
    known: dict[str, list[str]] = {}
    labels: dict[str, str] = {}
    for name, subject in subjects.items():
        for path in derived_paths(entities, subject):
            fact, label = _fact(entities, subject, path)
            labels[fact] = label
            known.setdefault(fact, [])
            known[fact] += [] if name in known[fact] else [name]
    rows = ((code(fact), labels[fact], ", ".join(names)) for fact, names in known.items())
    return table(("fact", "label", "for events of"), rows)


def _fact(entities: Sequence[EntityType], subject: EntityType, path: str) -> tuple[str, str]:
    """How a fact is shown, and its label: one for all services, kinds of document and statuses."""
    root, *names = path.split(".")
    places = {RECEIVABLES: ["SERVICE"], DOCUMENTS: ["SERVICE", "KIND"]}.get(root, [])
    shown = ".".join([root, *places, *names[len(places) :]])
    if root == DOCUMENTS and "status" in names:
        return f"{shown.rpartition('.')[0]}.STATUS", "How many documents have that status"
    spec = derived_field(entities, subject, path)
    return (shown, spec.label.en) if isinstance(spec, FieldSpec) else (f"{shown}.CURRENCY", "Sum in one currency")
