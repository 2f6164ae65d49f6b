"""A company's settings of one sync pair, and the pair and options that result from them."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from tsunagi.domain.conflicts import ConflictPolicy, DeletionPolicy, DuplicatePolicy
from tsunagi.domain.mapping import (
    TEXT,
    Codec,
    Direction,
    FieldMap,
    MatchRules,
    PairEnd,
    Side,
    SyncPair,
)
from tsunagi.domain.mapping import Mapping as FieldMapping
from tsunagi.errors import RuleFileError
from tsunagi.sync.guard import Limits
from tsunagi.sync.pair_state import SyncOptions
from tsunagi.sync.references import References
from tsunagi.text import Text
from tsunagi.yaml_marks import Place

Module = Literal["accounts", "contacts", "vendors", "products"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which CRM records take part.

    modules   the CRM's modules; none: the one of the pair's own end
    view      the CRM custom view that picks them; empty: all of them
    contacts_without_account   whether a contact that has none is left out, or becomes a customer of its own
    """

    modules: tuple[Module, ...] = ()
    view: str = ""
    contacts_without_account: Literal["leave", "customer"] = "leave"


@dataclass(frozen=True, slots=True)
class Drift:
    """A mapped field that is gone at a service, or of a type that does not fit any more; `native` is its name there.

    The rest of the pair is kept in step without it until it is back. `problem` is what the file would be refused for.
    """

    field: str
    side: Side
    native: str
    missing: bool
    since: datetime
    problem: RuleFileError


@dataclass(frozen=True, slots=True)
class FieldSetting:
    """One canonical field as the file maps it; without codecs of its own it keeps those of the plugin's mapping."""

    name: str
    left: str | tuple[str, ...]
    right: str | tuple[str, ...]
    direction: Direction | None = None
    owner: Side | None = None
    reference: str = ""
    required: bool = False
    codecs: tuple[Codec, Codec] | None = None
    drift: Drift | None = None


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """One settings file, read. What it leaves out is None or empty.

    `doubts` are no mistakes: the file does less than it says.
    """

    pair: str
    place: Place
    enabled: bool = True
    title: Text | None = None
    ends: tuple[PairEnd, PairEnd] | None = None
    selection: Selection = field(default_factory=Selection)
    direction: Direction | None = None
    conflicts: ConflictPolicy = ConflictPolicy.SOURCE_WINS
    duplicates: DuplicatePolicy = DuplicatePolicy.OVERWRITE
    deletions: DeletionPolicy = DeletionPolicy.IGNORE
    merges: DeletionPolicy = DeletionPolicy.IGNORE
    edits_survive: bool = True
    clock_skew: timedelta = timedelta(seconds=30)
    limits: Limits = field(default_factory=Limits)
    matching: MatchRules | None = None
    after: tuple[str, ...] = ()
    fields: tuple[FieldSetting, ...] = ()
    left_out: frozenset[str] = frozenset()
    doubts: tuple[RuleFileError, ...] = ()

    @property
    def drifts(self) -> tuple[Drift, ...]:
        return tuple(one.drift for one in self.fields if one.drift)

    def options(self, references: References) -> SyncOptions:
        """The policies, for a plan."""
        return SyncOptions(
            conflicts=self.conflicts,
            duplicates=self.duplicates,
            deletions=self.deletions,
            merges=self.merges,
            edits_survive=self.edits_survive,
            clock_skew=self.clock_skew,
            references=references,
        )


def apply_settings(default: SyncPair | None, settings: SyncSettings) -> SyncPair:
    """The plugin's pair as the file wants it, or the file's own pair where no plugin declares one.

    Fields the file does not name stay as the plugin maps them. Raises ValueError for settings that were never
    checked: without a default, they must give both ends.
    """
    pair = default or _own_pair(settings)
    mapped = {fm.name: fm for fm in pair.mapping.fields if fm.name not in settings.left_out}
    mapped |= {one.name: _field_map(one, mapped.get(one.name)) for one in settings.fields}
    required = [name for name in pair.required if name in mapped]
    for drift in settings.drifts:
        del mapped[drift.field]
    required += [one.name for one in settings.fields if one.required and one.name not in required]
    required += _needed_to_recognise(settings, set(mapped))
    left, right = settings.ends or (pair.left, pair.right)
    return replace(
        pair,
        label=settings.title or pair.label,
        left=replace(left, activity=left.activity or pair.left.activity),
        right=replace(right, activity=right.activity or pair.right.activity),
        mapping=FieldMapping(tuple(mapped.values())),
        direction=settings.direction or pair.direction,
        matching=settings.matching or pair.matching,
        after=settings.after or pair.after,
        required=tuple(required),
    )


def _needed_to_recognise(settings: SyncSettings, mapped: set[str]) -> list[str]:
    """Fields without which no record can be recognised: until they are back, nothing new is created either."""
    keys = settings.matching.keys if settings.matching else ()
    if any(mapped >= set(key.fields) for key in keys):
        return []
    return [drift.field for drift in settings.drifts if any(drift.field in key.fields for key in keys)]


def _own_pair(settings: SyncSettings) -> SyncPair:
    if settings.ends is None:
        raise ValueError(f"{settings.pair}: no plugin brings this pair, and the settings do not say what it joins")
    left, right = settings.ends
    return SyncPair(settings.pair, Text.same(settings.pair), left, right, FieldMapping(()))


def _field_map(setting: FieldSetting, default: FieldMap | None) -> FieldMap:
    if default is None:
        default = FieldMap(setting.name, setting.left, setting.right)
    same = (setting.left, setting.right) == (default.left, default.right)
    left, right = setting.codecs or ((default.left_codec, default.right_codec) if same else (TEXT, TEXT))
    return FieldMap(
        setting.name,
        setting.left,
        setting.right,
        left,
        right,
        direction=setting.direction or default.direction,
        reference=setting.reference or default.reference,
        owner=setting.owner or default.owner,
    )
