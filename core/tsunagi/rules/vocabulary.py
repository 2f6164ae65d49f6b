"""The names rules may use: events, the fields that can be known at each, and actions with their parameters.

SUBJECT   the kind of record an event happens to; several services may know an event by the same name
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from pydantic import BaseModel

from tsunagi.domain.actions import Action
from tsunagi.domain.entities import EntityType, FieldSpec, FieldType
from tsunagi.domain.money import Money
from tsunagi.domain.records import RecordRef, Value
from tsunagi.rules.comparing import equal, money_in, no_such_day
from tsunagi.rules.derived import DERIVED, derived_field, derived_roots
from tsunagi.rules.facts import BEFORE, TODAY, day_field
from tsunagi.rules.schedule import is_scheduled
from tsunagi.rules.templates import Quote, path_problem
from tsunagi.text import Text
from tsunagi.wording import joined, kind_word, listed, nearest, received

_OCCASIONS = ("created", "updated", "deleted")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Entity types by their key, events by name with their subjects, parameter models and labels by action."""

    entities: Mapping[str, EntityType]
    events: Mapping[str, tuple[EntityType, ...]]
    actions: Mapping[str, type[BaseModel]]
    labels: Mapping[str, Text] = field(default_factory=dict)

    @classmethod
    def of(cls, entities: Iterable[EntityType], actions: Iterable[Action] = ()) -> "Vocabulary":
        known = {entity.key: entity for entity in entities}
        events: dict[str, tuple[EntityType, ...]] = {}
        for entity in known.values():
            for occasion in (*(_OCCASIONS if entity.listed else ()), *(moment.name for moment in entity.moments)):
                name = f"{entity.name}.{occasion}"
                events[name] = (*events.get(name, ()), entity)
        actions = tuple(actions)
        models = {action.name: action.parameters for action in actions}
        return cls(known, events, models, {action.name: action.label for action in actions})

    def action_label(self, name: str) -> Text:
        return self.labels.get(name, Text.same(name))

    def subjects(self, event: str, service: str | None = None) -> tuple[EntityType, ...] | Text:
        """Kinds of record the event may happen to, or why there are none."""
        subjects = self.events.get(event, ())
        if is_scheduled(event):
            subjects = tuple(each for each in self.entities.values() if each.name == event.partition(".")[0])
        if not subjects:
            message = Text(en=f"There is no event '{event}'.", ja=f"イベント「{event}」はありません。")
            return joined(message, nearest(event, self.events))
        if service is None:
            return subjects
        chosen = tuple(subject for subject in subjects if subject.service == service)
        if chosen:
            return chosen
        message = Text(
            en=f"The service '{service}' has no event '{event}'.",
            ja=f"サービス「{service}」にイベント「{event}」はありません。",
        )
        return joined(message, nearest(service, {subject.service for subject in subjects}))

    def field(self, subject: EntityType, path: str) -> FieldSpec | Text | None:
        """The field a path leads to, why there is none, or None where nothing is known of the record it belongs to."""
        problem = path_problem(path)
        if problem:
            return problem
        root, name, *inside = path.split(".")
        if root == TODAY:
            return day_field(path)
        if root in DERIVED and root not in {subject.name, *(each.name for each in subject.fields if each.references)}:
            return derived_field(self.entities.values(), subject, path)
        owner = self._owner(subject, root)
        if not isinstance(owner, EntityType):
            return owner
        spec = owner.field(name)
        if spec is None:
            names = [known.name for known in owner.fields]
            message = Text(en=f"'{root}' has no field '{name}'.", ja=f"「{root}」にフィールド「{name}」はありません。")
            return joined(message, nearest(name, names))
        return spec if not inside else _inside(spec, path, inside)

    def model(self, action: str) -> type[BaseModel] | Text:
        """The parameters an action takes, or that there is no such action."""
        if action in self.actions:
            return self.actions[action]
        message = Text(en=f"There is no action '{action}'.", ja=f"アクション「{action}」はありません。")
        return joined(message, nearest(action, self.actions))

    def _owner(self, subject: EntityType, root: str) -> EntityType | Text | None:
        if root in {subject.name, BEFORE}:
            return subject
        references = {spec.name: spec.references for spec in subject.fields if spec.type == "reference"}
        if root in references:
            return self.entities.get(references[root])
        message = Text(
            en=f"Nothing is called '{root}' when something happens to a {subject.name}.",
            ja=f"「{subject.name}」のイベントで「{root}」は使えません。",
        )
        return joined(message, nearest(root, {subject.name, BEFORE, *references, *derived_roots(subject)}))


def _inside(spec: FieldSpec, path: str, inside: list[str]) -> FieldSpec | Text:
    if spec.type == "money" and inside == ["amount"]:
        return replace(spec, type="decimal")
    if spec.type == "money" and inside == ["currency"]:
        return replace(spec, type="text")
    whole = path.removesuffix("." + ".".join(inside))
    if spec.type == "money":
        valid = listed([f"{whole}.amount", f"{whole}.currency"])
        return Text(en=f"'{whole}' is money; valid are: {valid}.", ja=f"「{whole}」は金額です。使えるもの: {valid}。")
    hint = f"{spec.name}.{'.'.join(inside)}"
    if spec.type == "reference":
        return Text(
            en=f"'{whole}' names another record; its fields are written '{hint}'.",
            ja=f"「{whole}」は別のレコードです。そのフィールドは「{hint}」と書きます。",
        )
    return Text(en=f"'{whole}' has nothing inside it.", ja=f"「{whole}」の中に項目はありません。")


_ORDERING = frozenset({"greater_than", "at_least", "less_than", "at_most"})
_PRESENCE = frozenset({"is_set", "is_blank", "changed"})
_IN_TEXT = frozenset({"contains", "starts_with"})

_TEXTS = frozenset({"text", "email", "phone", "url", "choice"})
_ORDERED = frozenset({"integer", "decimal", "money", "date", "time"})

_WANTED: dict[FieldType, Text] = {
    "integer": Text(en="a number such as 100000", ja="100000 のような数値"),
    "decimal": Text(en="a number such as 0.5", ja="0.5 のような数値"),
    "money": Text(en="a number, or an amount such as 100000 JPY", ja="数値、または 100000 JPY のような金額"),
    "date": Text(en="a date such as 2026-11-24", ja="2026-11-24 のような日付"),
    "time": Text(
        en="a time with its offset such as 2026-11-24T09:00:00+09:00",
        ja="2026-11-24T09:00:00+09:00 のような時差つきの日時",
    ),
    "boolean": Text(en="true or false", ja="true か false"),
    "reference": Text(en="a record such as crm:account:1", ja="crm:account:1 のようなレコード"),
}
_WANTED_TEXT = Text(en="a text (put numbers in quotes)", ja="文字列（数字は引用符で囲む）")


def operator_problem(spec: FieldSpec, operator: str) -> Text | None:
    """What is wrong with using this operator on this field at all."""
    if operator in _ORDERING and spec.type not in _ORDERED:
        return Text(
            en=f"'{spec.name}' is of the type {spec.type}, which has no order; {operator} needs a number, money, "
            "a date or a time.",
            ja=f"「{spec.name}」は {spec.type} 型で大小がありません。{operator} は数値・金額・日付・日時に使えます。",
        )
    if operator in _IN_TEXT and spec.type not in _TEXTS:
        return Text(
            en=f"'{spec.name}' is of the type {spec.type}; {operator} looks inside texts.",
            ja=f"「{spec.name}」は {spec.type} 型です。{operator} は文字列に使えます。",
        )
    return None


def operand_problem(spec: FieldSpec, operator: str, item: Value | Quote, quoted: FieldSpec | None) -> Text | None:
    """What is wrong with comparing this field with that; `quoted` is the field a quote names, where known."""
    if operator in _PRESENCE:
        return None
    if item is None:
        return None
    if isinstance(item, Quote):
        fits = quoted is None or not isinstance(equal(_sample(spec.type), _sample(quoted.type)), Text)
        return None if fits or quoted is None else _misfit(spec, _quoted(item, quoted))
    if spec.type in {"date", "time"} and isinstance(item, str) and no_such_day(item):
        return Text(en=f"'{item}' is not a day in the calendar.", ja=f"「{item}」という日付は暦にありません。")
    currency = money_in(item) if isinstance(item, str) else None
    if isinstance(equal(_sample(spec.type, currency), item), Text):
        return _misfit(spec, received(item))
    if spec.type == "choice" and isinstance(item, str) and operator not in _IN_TEXT and item not in spec.choices:
        message = Text(en=f"'{spec.name}' is never '{item}'.", ja=f"「{spec.name}」に「{item}」という値はありません。")
        return joined(message, nearest(item, spec.choices))
    return None


def _misfit(spec: FieldSpec, got: Text) -> Text:
    wanted = _WANTED.get(spec.type, _WANTED_TEXT)
    return Text(
        en=f"'{spec.name}' is compared with {wanted.en}, not with {got.en}.",
        ja=f"「{spec.name}」と比べられるのは{wanted.ja}です。{got.ja}とは比べられません。",
    )


def _quoted(quote: Quote, spec: FieldSpec) -> Text:
    kind = kind_word(_sample(spec.type))
    return Text(en=f"{quote}, which is {kind.en}", ja=f"{quote}（{kind.ja}）")


def _sample(kind: FieldType, like: Money | None = None) -> Value:
    match kind:
        case "integer" | "decimal":
            return Decimal(1)
        case "money":
            return like or Money.zero("JPY")
        case "date":
            return date(2026, 1, 1)
        case "time":
            return datetime(2026, 1, 1, tzinfo=UTC)
        case "boolean":
            return True
        case "reference":
            return RecordRef("service", "entity", "1")
        case _:
            return "text"
