"""Why a document exists, in words a business user knows: field labels and values in place of names and codes."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal

from tsunagi.app.context import Context
from tsunagi.app.views import formats
from tsunagi.app.views.records import Why, titles
from tsunagi.domain.entities import EntityType, FieldSpec
from tsunagi.domain.money import Money
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.domain.values import decode_fields
from tsunagi.rules.automations import Automation
from tsunagi.rules.conditions import All, AnyOf, Comparison, Condition, Not
from tsunagi.rules.derived import derived_field, derived_roots
from tsunagi.rules.nearest_change import Flip
from tsunagi.rules.schedule import OCCASION
from tsunagi.rules.trace import ConditionTrace, Trace, condition_json
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say

Verdict = Literal["holds", "does_not", "cannot_tell", ""]
_VERDICTS: tuple[Verdict, ...] = ("holds", "does_not", "cannot_tell")
_BEFORE = "before"
_CONTAINS_NOT, _STARTS_NOT_WITH = "contains_not", "starts_not_with"
_YES_OR_NO = frozenset({"is_set", "is_blank", "changed"})
_OPPOSITES = {
    "equals": "not_equals",
    "not_equals": "equals",
    "in": "not_in",
    "not_in": "in",
    "greater_than": "at_most",
    "at_least": "less_than",
    "less_than": "at_least",
    "at_most": "greater_than",
    "contains": _CONTAINS_NOT,
    "starts_with": _STARTS_NOT_WITH,
}
_PARTS_OF_MONEY = {
    "amount": FieldSpec("amount", "decimal", Text(en="number", ja="数値")),
    "currency": FieldSpec("currency", "text", Text(en="currency", ja="通貨")),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One condition as a sentence. `seen` is the value its field had; `reason` is why it cannot be evaluated.

    `verdict` is empty where the condition was not put to a record. `place` is file and line of the rule. `origin` is
    the record the value is of, `known_at` when it had that value as far as the hub knew.
    """

    text: str
    verdict: Verdict = ""
    seen: str | None = None
    reason: str = ""
    place: str = ""
    parts: tuple["Reading", ...] = ()
    origin: str = ""
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Which record the facts under one name are of, and when they were so."""

    ref: RecordRef
    known_at: datetime | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Which rule made a document, for which record, when, and what each of its conditions saw.

    `remarks` say where the document differs from the record.
    """

    rule: str
    title: str
    action: str
    event: str
    relates: RecordRef | None
    relates_title: str
    at: datetime | None
    place: str
    conditions: tuple[Reading, ...]
    remarks: tuple[str, ...] = ()


def explain(context: Context, why: Why) -> Explanation:
    """In the current language. Where the rule's answer is no longer stored, only what the write itself holds."""
    trace: Fields = why.run.trace if why.run else {}
    conditions = [item for item in _list(trace.get("conditions")) if isinstance(item, Mapping)]
    named = titles(context, refs_seen(conditions))
    event = str(trace.get("event", ""))
    words = Words(context, why.relates.service if why.relates else "", event, named)
    return Explanation(
        rule=why.rule,
        title=_text(trace.get("title")) or why.rule,
        action=action_label(context, why.action),
        event=event_label(context, event),
        relates=why.relates,
        relates_title=why.relates_title or (why.relates.id if why.relates else ""),
        at=why.run.at if why.run else None,
        place=str(trace.get("place", "")),
        conditions=tuple(words.reading(condition) for condition in conditions),
        remarks=remarks_of(trace),
    )


def remarks_of(trace: Fields) -> tuple[str, ...]:
    """Where a rule's writes say something else than the record does."""
    return tuple(_text(each) for each in _list(trace.get("remarks")))


def sentences(context: Context, rule: Automation) -> tuple[Reading, ...]:
    """The conditions of a rule as it is written, not put to any record."""
    return _sentences(Words(context, rule.service or "", rule.event, {}), rule.condition)


def as_fields(conditions: Iterable[ConditionTrace]) -> list[Fields]:
    """Conditions with what they saw, as decisions keep them."""
    return [decode_fields(condition_json(each)) for each in conditions]


def seen_by(context: Context, ref: RecordRef, trace: Trace) -> tuple[Reading, ...]:
    """The conditions of a rule as they were put to this record, with what they saw."""
    return readings_of(trace, lambda refs: Words(context, ref.service, trace.event, titles(context, refs)))


def readings_of(trace: Trace, words_for: Callable[[Iterable[RecordRef]], "Words"]) -> tuple[Reading, ...]:
    """The conditions of a trace in words that name these records."""
    told = as_fields(trace.conditions)
    words = words_for(refs_seen(told))
    return tuple(words.reading(each) for each in told)


def _sentences(words: "Words", condition: Condition) -> tuple[Reading, ...]:
    match condition:
        case Comparison(predicate, place):
            return (Reading(words.sentence(str(predicate)), place=str(place)),)
        case Not(part):
            return (Reading(_group("not"), parts=_sentences(words, part)),)
        case All(parts):
            return tuple(reading for part in parts for reading in _sentences(words, part))
        case AnyOf(parts):
            inner = tuple(reading for part in parts for reading in _sentences(words, part))
            return (Reading(_group("any"), parts=inner),)


def action_label(context: Context, name: str) -> str:
    action = context.registry.actions.get(name)
    return say(action.label) if action else name


def verb_label(verb: str) -> str:
    """What a person is permitted to do, in a word."""
    known = {
        "view": _("view"),
        "create": _("create"),
        "edit": _("edit"),
        "email": _("e-mail"),
        "run": _("run"),
        "check": _("check"),
        "disable": _("switch off"),
        "enable": _("switch on"),
    }
    return known.get(verb, verb)


def event_label(context: Context, event: str) -> str:
    """What happened: "Deal won", "Account: created"."""
    entity_name, _dot, happening = event.partition(".")
    for entity in context.registry.entities.values():
        if entity.name == entity_name:
            return _happening(entity, happening)
    return event


def _happening(entity: EntityType, happening: str) -> str:
    for moment in entity.moments:
        if moment.name == happening:
            return say(moment.label)
    if happening.startswith(f"{OCCASION}."):
        return _("{record}: by schedule").format(record=say(entity.label))
    words = {
        "created": _("{record} created"),
        "updated": _("{record} changed"),
        "deleted": _("{record} deleted"),
    }
    return words.get(happening, f"{{record}}: {happening}").format(record=say(entity.label))


class Words:
    """Names of fields and values, as one hub's plugins label them.

    `event` is the rule's: fields of its own record are shown by their label, others with their record.
    """

    def __init__(
        self,
        context: Context,
        service: str,
        event: str,
        named: Mapping[RecordRef, str],
        origins: Mapping[str, Origin] | None = None,
    ) -> None:
        self._entities = context.registry.entities
        self._named = named
        self._origins = origins or {}
        name = event.partition(".")[0]
        own = self._entities.get(f"{service}.{name}")
        self._subject = own or next((entity for entity in self._entities.values() if entity.name == name), None)

    def reading(self, trace: Mapping[str, Value]) -> Reading:
        parts = tuple(self.reading(part) for part in _list(trace.get("parts")) if isinstance(part, Mapping))
        kind, label = str(trace.get("kind", "")), str(trace.get("label", ""))
        origin = self._origins.get(label.partition(".")[0]) if kind == "comparison" else None
        return Reading(
            text=self.sentence(label) if kind == "comparison" else _group(kind),
            verdict=_verdict(trace.get("verdict")),
            seen=self.seen(label, trace["seen"]) if "seen" in trace else None,
            reason=_text(trace.get("reason")),
            place=str(trace.get("place", "")),
            parts=parts,
            origin=str(origin.ref) if origin else "",
            known_at=origin.known_at if origin else None,
        )

    def change(self, flip: Flip) -> str:
        """What would have to be otherwise: "Amount is more than 0 (it is empty)"."""
        path, operator, operand = (*flip.predicate.label.split(" ", 2), "")[:3]
        name = operator if flip.wanted else _OPPOSITES.get(operator, operator)
        if not flip.wanted and operator in _YES_OR_NO:
            operand = "true" if operand == "false" else "false"
        wanted = self.sentence(f"{path} {name} {operand}")
        if not flip.now.found:
            return wanted
        return _("{wanted} (it is {value})").format(wanted=wanted, value=self.seen(flip.predicate.label, flip.now.seen))

    def sentence(self, label: str) -> str:
        """`deal.amount greater_than 0` as "Amount is more than 0"; as it is, where it reads like nothing known."""
        found = re.fullmatch(r"(\S+) (\w+) (.*)", label, re.DOTALL)
        if found is None:
            return label
        path, operator, operand = found.groups()
        words = _question(operator, operand)
        if words is None:
            return label
        return words.format(field=self.field(path), value=self._operand(path, operand))

    def field(self, path: str) -> str:
        """A field by its label, with the record it is of where that is another one."""
        labels = [say(spec.label) for spec in self._specs(path)]
        name = " › ".join(labels) if labels else path
        return _("{field} before").format(field=name) if path.startswith(f"{_BEFORE}.") else name

    def _specs(self, path: str) -> list[FieldSpec]:
        """The fields a path goes through, from the event's record on; empty where one of them is unknown."""
        subject = self._subject
        root, *names = path.split(".")
        if subject is not None and root in derived_roots(subject) and not subject.field(root):
            derived = derived_field(self._entities.values(), subject, path)
            return [derived] if isinstance(derived, FieldSpec) else []
        if subject is not None and root not in {subject.name, _BEFORE}:
            # A record the event's own one refers to goes by the name of the field that does.
            names = [root, *names]
        entity = subject
        specs: list[FieldSpec] = []
        for name in names:
            spec = entity.field(name) if entity else None
            if spec is None and specs and specs[-1].type == "money":
                spec = _PARTS_OF_MONEY.get(name)
            if spec is None:
                return []
            specs.append(spec)
            entity = self._entities.get(spec.references)
        return specs

    def _operand(self, path: str, written: str) -> str:
        if written.startswith("[") and written.endswith("]"):
            items = re.findall(r"'[^']*'|\{[^}]*\}|[^,\s\[\]][^,\]]*", written)
            return ", ".join(self._operand(path, item) for item in items)
        specs = self._specs(path)
        plain = written[1:-1] if len(written) > 1 and written[0] == written[-1] == "'" else written
        if specs and plain in specs[-1].choices:
            return say(specs[-1].choices[plain])
        if written.startswith("{") and written.endswith("}"):
            return self.field(written.strip("{} "))
        return _amount(plain) or plain

    def seen(self, label: str, value: Value) -> str:
        specs = self._specs(label.split(" ", 1)[0])
        if specs and isinstance(value, str) and value in specs[-1].choices:
            return say(specs[-1].choices[value])
        return self.value(value)

    def value(self, value: Value) -> str:
        match value:
            case None | "":
                return _("empty")
            case bool():
                return _("yes") if value else _("no")
            case Money():
                return formats.money(value)
            case int() | Decimal():
                return formats.number(value)
            case datetime():
                return formats.time(value)
            case date():
                return formats.date(value)
            case RecordRef():
                return self._named.get(value, value.id)
            case tuple():
                return ", ".join(self.value(item) for item in value)
            case _:
                return str(value)


def _question(operator: str, operand: str) -> str | None:
    """The sentence for an operator; those that take yes or no have one for each."""
    yes = operand != "false"
    sentences = {
        "equals": _("{field} is {value}"),
        "not_equals": _("{field} is not {value}"),
        "in": _("{field} is one of {value}"),
        "not_in": _("{field} is none of {value}"),
        "greater_than": _("{field} is more than {value}"),
        "at_least": _("{field} is at least {value}"),
        "less_than": _("{field} is less than {value}"),
        "at_most": _("{field} is at most {value}"),
        "contains": _("{field} contains {value}"),
        _CONTAINS_NOT: _("{field} does not contain {value}"),
        "starts_with": _("{field} starts with {value}"),
        _STARTS_NOT_WITH: _("{field} does not start with {value}"),
        "is_set": _("{field} is filled in") if yes else _("{field} is empty"),
        "is_blank": _("{field} is empty") if yes else _("{field} is filled in"),
        "changed": _("{field} has changed") if yes else _("{field} has not changed"),
    }
    return sentences.get(operator)


def _group(kind: str) -> str:
    groups = {"all": _("All of these"), "any": _("At least one of these"), "not": _("None of these")}
    return groups.get(kind, kind)


def _verdict(value: Value) -> Verdict:
    return next((known for known in _VERDICTS if known == value), "")


def _amount(written: str) -> str:
    """A number or an amount of money ("120000 JPY") in the reader's own way; empty for anything else."""
    digits, _blank, currency = written.partition(" ")
    try:
        number = Decimal(digits)
        return formats.money(Money(number, currency)) if currency else formats.number(number)
    except (InvalidOperation, ValueError):
        return ""


def _text(value: Value) -> str:
    if isinstance(value, Mapping):
        return say(Text(en=str(value.get("en", "")), ja=str(value.get("ja", ""))))
    return ""


def _list(value: Value) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else ()


def refs_seen(conditions: Sequence[Mapping[str, Value]]) -> Iterator[RecordRef]:
    for condition in conditions:
        seen = condition.get("seen")
        for value in seen if isinstance(seen, tuple) else (seen,):
            if isinstance(value, RecordRef):
                yield value
        yield from refs_seen([part for part in _list(condition.get("parts")) if isinstance(part, Mapping)])
