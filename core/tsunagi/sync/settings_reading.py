"""One settings file to SyncSettings, or to every mistake in it: where it is, what there is, what was probably meant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ValidationError

from tsunagi.domain.conflicts import ConflictPolicy, DeletionPolicy, DuplicatePolicy
from tsunagi.domain.entities import AddedField, EntityType, FieldSpec
from tsunagi.domain.mapping import Codec, Direction, FieldMap, MatchKey, MatchRules, PairEnd, Side, SyncPair
from tsunagi.errors import RuleFileError
from tsunagi.sync import settings_mistakes as mistakes
from tsunagi.sync.guard import Limits
from tsunagi.sync.settings import Drift, FieldSetting, Selection, SyncSettings
from tsunagi.sync.settings_schema import FieldModel, MatchingModel, SettingsModel
from tsunagi.sync.transformations import JOINERS, NORMALISERS, codec, other_words
from tsunagi.text import Text
from tsunagi.wording import Path
from tsunagi.yaml_marks import Document

_DIRECTIONS = {
    "both": Direction.BOTH,
    "crm_to_finance": Direction.LEFT_TO_RIGHT,
    "finance_to_crm": Direction.RIGHT_TO_LEFT,
}
_CONFLICTS = {"crm_wins": ConflictPolicy.LEFT_WINS, "finance_wins": ConflictPolicy.RIGHT_WINS}
_SIDES: Mapping[str, Side] = {"crm": "left", "finance": "right"}
_WORDS: Mapping[Side, str] = {"left": "crm", "right": "finance"}

# Types whose values are texts to every service; a field of one may go into a field of another.
_TEXTUAL = frozenset({"text", "email", "phone", "url", "choice"})
_NUMBERS = frozenset({"integer", "decimal"})


@dataclass(frozen=True, slots=True)
class SyncVocabulary:
    """What a settings file may speak of: kinds of record by key ("crm.account"), their fields including custom ones,
    and the pairs that plugins bring, by name. `lost` has, by kind and name, added fields that are not what they were
    when they were kept in step."""

    entities: Mapping[str, EntityType]
    pairs: Mapping[str, SyncPair]
    lost: Mapping[str, Mapping[str, AddedField]] = field(default_factory=dict)


def read_settings(document: Document, vocabulary: SyncVocabulary) -> SyncSettings | tuple[RuleFileError, ...]:
    """The settings in a document, every name in it checked against the vocabulary."""
    try:
        model = SettingsModel.model_validate(document.data)
    except ValidationError as error:
        return _in_order(_shape_errors(document, error))
    reader = _Reader(document, vocabulary, vocabulary.pairs.get(model.pair))
    settings = reader.settings(model)
    return _in_order(reader.errors) or settings


def _in_order(errors: list[RuleFileError]) -> tuple[RuleFileError, ...]:
    unique = {(error.line, error.column, str(error)): error for error in errors}
    return tuple(unique[key] for key in sorted(unique))


@dataclass
class _Reader:
    document: Document
    vocabulary: SyncVocabulary
    default: SyncPair | None
    errors: list[RuleFileError] = field(default_factory=list)
    doubts: list[RuleFileError] = field(default_factory=list)
    kinds: dict[Side, EntityType | None] = field(default_factory=dict)

    def settings(self, model: SettingsModel) -> SyncSettings:
        ends = self._ends(model)
        fields = tuple(self._field(name, one, ("fields", name)) for name, one in model.fields.items() if one.sync)
        self._left_out(model)
        known = {one.name for one in fields} | {fm.name for fm in self._defaults() if self._kept(fm, model)}
        self._pairs_named(model)
        self._deactivation(model)
        matching = self._matching(model.matching, known) if model.matching else None
        self._unlisted_keys(model, fields)
        return SyncSettings(
            pair=model.pair,
            place=self.document.place(("pair",), key=True),
            enabled=model.enabled,
            title=Text(model.title.en, model.title.ja) if model.title else None,
            ends=ends,
            selection=Selection(model.select.modules, model.select.view, model.select.contacts_without_account),
            direction=_DIRECTIONS[model.direction] if model.direction else None,
            conflicts=_CONFLICTS.get(model.conflicts) or ConflictPolicy(model.conflicts),
            duplicates=DuplicatePolicy(model.duplicates),
            deletions=DeletionPolicy(model.deletions),
            merges=DeletionPolicy(model.merges),
            edits_survive=model.edits_survive,
            clock_skew=timedelta(seconds=model.clock_skew_seconds),
            limits=Limits(model.guard.always, model.guard.percent, model.guard.most),
            matching=matching,
            after=model.after,
            fields=fields,
            left_out=frozenset(name for name, one in model.fields.items() if not one.sync),
            doubts=tuple(self.doubts),
        )

    def _defaults(self) -> tuple[FieldMap, ...]:
        return self.default.mapping.fields if self.default else ()

    @staticmethod
    def _kept(fm: FieldMap, model: SettingsModel) -> bool:
        return fm.name not in model.fields

    def _ends(self, model: SettingsModel) -> tuple[PairEnd, PairEnd] | None:
        given = {"left": model.ends.crm, "right": model.ends.finance} if model.ends else {}
        if not given and self.default is None:
            self._add(mistakes.unknown_pair(model.pair, self.vocabulary.pairs), ("pair",))
            return None
        sides: tuple[Side, Side] = ("left", "right")
        for side in sides:
            key = given.get(side) or self._default_key(side)
            self.kinds[side] = self.vocabulary.entities.get(key)
            if self.kinds[side] is None:
                path: Path = ("ends", _WORDS[side]) if given else ("pair",)
                self._add(mistakes.unknown_kind(key, self.vocabulary.entities), path)
        if not given:
            return None
        left, right = (PairEnd(*given[side].rpartition(".")[::2]) for side in sides)
        return left, right

    def _default_key(self, side: Side) -> str:
        assert self.default is not None
        end = self.default.end(side)
        return f"{end.service}.{end.entity}"

    def _field(self, name: str, model: FieldModel, path: Path) -> FieldSetting:
        default = next((fm for fm in self._defaults() if fm.name == name), None)
        before = len(self.errors)
        names = {side: self._names(side, model, default, path) for side in _WORDS}
        left, right = names["left"], names["right"]
        direction = _DIRECTIONS[model.direction] if model.direction else default.direction if default else None
        reference = model.reference or (default.reference if default else "")
        self._types(names, model, reference, path)
        self._writable(names, direction or Direction.BOTH, path)
        codecs = self._codecs(names, model, path)
        setting = FieldSetting(
            name,
            left[0] if len(left) == 1 else left,
            right[0] if len(right) == 1 else right,
            direction=direction,
            owner=_SIDES[model.owner] if model.owner else None,
            reference=reference,
            required=model.required,
            codecs=codecs,
        )
        return replace(setting, drift=self._drift(name, names, before))

    def _drift(self, name: str, names: Mapping[Side, tuple[str, ...]], before: int) -> Drift | None:
        """What is wrong with a field that was right until a service changed is no mistake of the file."""
        found = self.errors[before:]
        lost = [(side, native, one) for side in _WORDS for native in names[side] if (one := self._lost(side, native))]
        if not found or not lost:
            return None
        del self.errors[before:]
        side, native, one = lost[0]
        assert one.lost_since is not None
        return Drift(name, side, native, one.missing, one.lost_since, found[0])

    def _lost(self, side: Side, native: str) -> AddedField | None:
        kind = self.kinds.get(side)
        return self.vocabulary.lost.get(kind.key, {}).get(native) if kind else None

    def _names(self, side: Side, model: FieldModel, default: FieldMap | None, path: Path) -> tuple[str, ...]:
        word = _WORDS[side]
        given = model.crm if side == "left" else model.finance
        if given is None and default is None:
            self._add(mistakes.missing_side(word), path, key=True)
        names = given or (default.names(side) if default else ())
        kind = self.kinds.get(side)
        for index, name in enumerate(names):
            lost = self._lost(side, name)
            if kind and (kind.field(name) is None or (lost and lost.missing)):
                self._add(mistakes.unknown_field(name, kind), self._at((*path, word), index))
        return names or ("",)

    def _at(self, path: Path, index: int) -> Path:
        """The place of one of several names, or of the only one."""
        return (*path, index) if (*path, index) in self.document.values else path

    def _specs(self, side: Side, names: tuple[str, ...]) -> list[FieldSpec]:
        kind = self.kinds.get(side)
        found = [kind.field(name) for name in names] if kind else []
        return [spec for spec in found if spec]

    def _types(self, names: Mapping[Side, tuple[str, ...]], model: FieldModel, reference: str, path: Path) -> None:
        lefts, rights = self._specs("left", names["left"]), self._specs("right", names["right"])
        for left in lefts:
            for right in rights:
                if not _fit(left, right):
                    self._add(mistakes.types_differ(left, right), path, key=True)
                elif left.type == "reference" and not reference:
                    self._add(mistakes.no_reference_pair(left.name), path, key=True)
        changed = bool(model.transform or model.values or model.join)
        if changed and any(spec.type not in _TEXTUAL for spec in lefts + rights):
            self._add(mistakes.only_texts(), path, key=True)

    def _writable(self, names: Mapping[Side, tuple[str, ...]], direction: Direction, path: Path) -> None:
        pair_direction = self._pair_direction()
        for side in _WORDS:
            for spec in self._specs(side, names[side]):
                if spec.read_only and direction.into(side) and pair_direction.into(side):
                    self._add(mistakes.read_only(spec.name, _WORDS[side]), path, key=True)

    def _codecs(
        self, names: Mapping[Side, tuple[str, ...]], model: FieldModel, path: Path
    ) -> tuple[Codec, Codec] | None:
        several: list[Side] = [side for side in _WORDS if len(names[side]) > 1]
        if several and not model.join:
            self._add(mistakes.join_missing(JOINERS), (*path, _WORDS[several[0]]))
        if model.join and model.join not in JOINERS:
            self._add(mistakes.unknown_join(model.join, JOINERS), (*path, "join"))
        if not self._steps(model, path) or (several and model.join not in JOINERS):
            return None
        if not (model.transform or model.values or several):
            return None
        steps = model.transform or (("text", None),)
        counts = len(names["left"]), len(names["right"])
        left = codec(steps, model.values, model.join, counts[0], parted=counts[1])
        words = other_words(model.values)
        return left, codec(steps, None, model.join, counts[1], read_as=words, parted=counts[0])

    def _steps(self, model: FieldModel, path: Path) -> bool:
        before = len(self.errors)
        for index, (name, argument) in enumerate(model.transform):
            here: Path = (*path, "transform", index)
            known = NORMALISERS.get(name)
            if known is None:
                self._add(mistakes.unknown_transformation(name, NORMALISERS), here)
            elif (problem := mistakes.argument_problem(name, known, argument)) is not None:
                self._add(problem, here)
        return len(self.errors) == before

    def _left_out(self, model: SettingsModel) -> None:
        defaults = {fm.name for fm in self._defaults()}
        for name, one in model.fields.items():
            if not one.sync and name not in defaults:
                self._add(mistakes.nothing_to_leave_out(name, defaults), ("fields", name), key=True)

    def _matching(self, model: MatchingModel, known: set[str]) -> MatchRules:
        for index, key in enumerate(model.keys):
            for number, name in enumerate(key.field):
                if name not in known:
                    where = self._at(("matching", "keys", index, "field"), number)
                    self._add(mistakes.not_mapped(name, known), where)
        for index, name in enumerate(model.within):
            if name not in known:
                self._add(mistakes.not_mapped(name, known), ("matching", "within", index))
        if model.review_at > model.link_at:
            self._add(mistakes.review_above_link(model.review_at, model.link_at), ("matching", "review_at"))
        keys = tuple(MatchKey(key.field, key.compare, key.score) for key in model.keys)
        return MatchRules(keys, model.within, model.link_at, model.review_at)

    def _unlisted_keys(self, model: SettingsModel, fields: tuple[FieldSetting, ...]) -> None:
        """Where nothing travels into the CRM, finance records are known from their listing alone."""
        kind = self.kinds.get("right")
        if kind is None or model.matching is None or self._pair_direction().into("left"):
            return
        native = {fm.name: fm.names("right") for fm in self._defaults()}
        native |= {one.name: (one.right,) if isinstance(one.right, str) else one.right for one in fields}
        for index, key in enumerate(model.matching.keys):
            for number, name in enumerate(key.field):
                specs = [kind.field(each) for each in native.get(name, ())]
                if any(spec and not spec.listed for spec in specs):
                    where = self._at(("matching", "keys", index, "field"), number)
                    self.doubts.append(self.document.error(mistakes.not_listed(name, kind), where))

    def _pair_direction(self) -> Direction:
        given = self.document.data.get("direction") if isinstance(self.document.data, dict) else None
        if isinstance(given, str) and given in _DIRECTIONS:
            return _DIRECTIONS[given]
        return self.default.direction if self.default else Direction.BOTH

    def _pairs_named(self, model: SettingsModel) -> None:
        known = {*self.vocabulary.pairs, model.pair}
        named: list[tuple[str, Path]] = [(name, ("after", index)) for index, name in enumerate(model.after)]
        named += [(one.reference, ("fields", name, "reference")) for name, one in model.fields.items()]
        for name, path in named:
            if name and name not in known:
                self._add(mistakes.unknown_pair(name, known), path)

    def _deactivation(self, model: SettingsModel) -> None:
        direction = _DIRECTIONS[model.direction] if model.direction else None
        direction = direction or (self.default.direction if self.default else Direction.BOTH)
        right = self._can_deactivate("right", direction)
        if model.deletions == "deactivate" and not (right or self._can_deactivate("left", direction)):
            self._add(mistakes.cannot_deactivate(), ("deletions",))
        if model.merges == "deactivate" and not right:
            self._add(mistakes.cannot_deactivate(), ("merges",))

    def _can_deactivate(self, side: Side, direction: Direction) -> bool:
        return self.default is not None and self.default.end(side).activity is not None and direction.into(side)

    def _add(self, message: Text, path: Path, *, key: bool = False) -> None:
        self.errors.append(self.document.error(message, path, key=key))


def _fit(left: FieldSpec, right: FieldSpec) -> bool:
    if left.type == right.type:
        return True
    return {left.type, right.type} <= _TEXTUAL or {left.type, right.type} <= _NUMBERS


def _shape_errors(document: Document, error: ValidationError) -> list[RuleFileError]:
    # A list with a mistake inside is called too short as well: that is not what is wrong with it.
    real = (one for one in error.errors() if not (one["type"] == "too_short" and one["input"]))
    return [_shape_error(document, dict(one)) for one in real]


def _shape_error(document: Document, one: Mapping[str, Any]) -> RuleFileError:
    path, kind = _existing(document, one["loc"]), one["type"]
    if kind == "extra_forbidden":
        return document.error(mistakes.unknown_key(str(path[-1]), _keys_at(path[:-1])), path, key=True)
    if kind == "missing":
        return document.error(mistakes.missing_key(str(one["loc"][-1])), path, key=True)
    if kind == "literal_error":
        return document.error(mistakes.not_among(one["input"], str(one["ctx"]["expected"])), path)
    return document.error(mistakes.wrong_value(one["input"], kind, one.get("ctx", {}), str(one["msg"])), path)


def _existing(document: Document, loc: tuple[str | int, ...]) -> Path:
    """Pydantic's path without the steps it adds of its own."""
    path: Path = ()
    for step in loc:
        if (*path, step) in document.values or (*path, step) in document.keys:
            path = (*path, step)
    return path


def _keys_at(path: Path) -> Iterator[str]:
    """The keys that are valid there."""
    model: type[BaseModel] | None = SettingsModel
    for step in path:
        if isinstance(step, int) or model is None:
            continue
        spec = model.model_fields.get(step)
        model = _model_in(spec.annotation) if spec else model
    yield from model.model_fields if model else ()


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if (found := _model_in(inner)) is not None:
            return found
    return None
