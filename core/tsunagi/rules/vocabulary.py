"""The names rules may use: events, the fields that can be known at each, and actions with their parameters.

SUBJECT   the kind of record an event happens to; several services may know an event by the same name
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pydantic import BaseModel

from tsunagi.domain.actions import Action
from tsunagi.domain.entities import EntityType, FieldSpec
from tsunagi.rules.facts import BEFORE
from tsunagi.rules.templates import path_problem
from tsunagi.text import Text
from tsunagi.wording import joined, listed, nearest

_OCCASIONS = ("created", "updated", "deleted")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Entity types by their key, events by name with their subjects, parameter models by action."""

    entities: Mapping[str, EntityType]
    events: Mapping[str, tuple[EntityType, ...]]
    actions: Mapping[str, type[BaseModel]]

    @classmethod
    def of(cls, entities: Iterable[EntityType], actions: Iterable[Action] = ()) -> "Vocabulary":
        known = {entity.key: entity for entity in entities}
        events: dict[str, tuple[EntityType, ...]] = {}
        for entity in known.values():
            for occasion in (*_OCCASIONS, *(moment.name for moment in entity.moments)):
                name = f"{entity.name}.{occasion}"
                events[name] = (*events.get(name, ()), entity)
        return cls(known, events, {action.name: action.parameters for action in actions})

    def subjects(self, event: str, service: str | None = None) -> tuple[EntityType, ...] | Text:
        """Kinds of record the event may happen to, or why there are none."""
        subjects = self.events.get(event, ())
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
        return joined(message, nearest(root, {subject.name, BEFORE, *references}))


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
