"""The settings of the sync pairs as they stand in `rules/sync`, read again whenever a file has changed."""

import threading
from collections.abc import Callable, ItemsView, Iterator, Mapping, Sequence, ValuesView
from dataclasses import replace
from pathlib import Path
from time import monotonic

from typing_extensions import override

from tsunagi.domain.entities import AddedField, EntityType, FieldSpec
from tsunagi.domain.mapping import Side, SyncPair
from tsunagi.registry import Registry
from tsunagi.rule_files import read_rule_files, starter_rules
from tsunagi.sync.settings_book import SettingsBook
from tsunagi.sync.settings_reading import SyncVocabulary

# Seconds between looks at the files; whoever begins a run or changes a file looks at once.
_LOOK_EVERY = 0.5

MoreFields = Callable[[], Mapping[str, Sequence[AddedField]]]
"""Fields an organisation has beyond those its plugin declares, by kind of record ("crm.account")."""


SIDES: tuple[Side, Side] = ("left", "right")


def _key(pair: SyncPair, side: Side) -> str:
    end = pair.end(side)
    return f"{end.service}.{end.entity}"


def _no_more() -> Mapping[str, Sequence[AddedField]]:
    return {}


class PairSettings:
    """The settings in force; safe to share between threads.

    `folder` is the rules folder, which the starter rules stand in for while nobody has made one. `registry` has the
    pairs as the plugins bring them.
    """

    def __init__(self, folder: Path, registry: Registry, more_fields: MoreFields = _no_more) -> None:
        self.folder = folder
        self._own = folder.is_dir()
        self._registry, self._more_fields = registry, more_fields
        self._lock = threading.Lock()
        self._fields: Mapping[str, Sequence[AddedField]] | None = None
        self._seen: object = None
        self._look_at = 0.0
        self._book = SettingsBook(registry.pairs)

    @property
    def in_use(self) -> Path:
        """The folder the files are read from."""
        self._own = self._own or self.folder.is_dir()
        return self.folder if self._own else starter_rules()

    def book(self) -> SettingsBook:
        """What the files say now, or said within the last moment."""
        with self._lock:
            if monotonic() < self._look_at:
                return self._book
            seen = self._look()
            self._look_at = monotonic() + _LOOK_EVERY
            if seen != self._seen:
                self._book = self._read()
                self._seen = seen
            return self._book

    def used_fields(self, key: str) -> Sequence[FieldSpec]:
        """Those of a kind's added fields that a pair in force maps and its service has."""
        used = self.mapped_names(key)
        return [one.spec for one in (self._fields or {}).get(key, ()) if one.spec.name in used and not one.missing]

    def mapped_names(self, key: str, *, parked: bool = False) -> frozenset[str]:
        """The fields of a kind that pairs in force map; those that they do without for now only where `parked`."""
        book = self.book()
        ends = [(pair, side) for pair in book.pairs.values() for side in SIDES if _key(pair, side) == key]
        used = {name for pair, side in ends for fm in pair.mapping.fields for name in fm.names(side)}
        drifts = [each for pair, side in ends for each in book.drifts.get(pair.name, ()) if each.side == side]
        return frozenset(used | {each.native for each in drifts} if parked else used)

    def lost_fields(self, key: str) -> frozenset[str]:
        """Added fields of a kind that its service did not have when it was asked last."""
        return frozenset(one.spec.name for one in (self._fields or {}).get(key, ()) if one.missing)

    def uses_added_fields(self) -> bool:
        return any(self.used_fields(key) for key in self._fields or ())

    def refresh(self) -> None:
        """Read everything again with the next look: fields may have been added or removed at a service."""
        with self._lock:
            self._fields, self._seen, self._look_at = None, None, 0.0

    def vocabulary(self) -> SyncVocabulary:
        """What a file may speak of."""
        if self._fields is None:
            self._fields = self._more_fields()
        present = {key: [one.spec for one in some if not one.missing] for key, some in self._fields.items()}
        lost = {key: {one.spec.name: one for one in some if one.lost_since} for key, some in self._fields.items()}
        return SyncVocabulary(entities_with(self._registry, present), self._registry.pairs, lost)

    def _look(self) -> object:
        files = self.in_use / "sync"
        if not self.in_use.is_dir():
            # Away, as while it is replaced: what was read stands.
            return self._seen
        if not files.is_dir():
            return ()
        stats = ((path, path.stat()) for path in sorted(files.rglob("*.y*ml")))
        return tuple((str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino) for path, stat in stats)

    def _read(self) -> SettingsBook:
        found = read_rule_files(self.in_use, "sync")
        return SettingsBook.load(found.rules, self.vocabulary(), found.unreadable)


class ProposedSettings(PairSettings):
    """Settings that are in no file yet, in place of those in force: to plan what a sync would do under them."""

    def __init__(self, known: PairSettings, book: SettingsBook) -> None:
        super().__init__(known.folder, known._registry, known._more_fields)
        self._fields = known._fields
        self._proposed = book

    @override
    def book(self) -> SettingsBook:
        return self._proposed


class PairsInForce(Mapping[str, SyncPair]):
    """The pairs by name, as they are now."""

    def __init__(self, settings: PairSettings) -> None:
        self._settings = settings

    def __getitem__(self, name: str) -> SyncPair:
        return self._settings.book().pairs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings.book().pairs)

    def __len__(self) -> int:
        return len(self._settings.book().pairs)

    # One look at the files for all of them, and not one a pair.
    def values(self) -> ValuesView[SyncPair]:
        return self._settings.book().pairs.values()

    def items(self) -> ItemsView[str, SyncPair]:
        return self._settings.book().pairs.items()


def entities_with(registry: Registry, more: Mapping[str, Sequence[FieldSpec]]) -> Mapping[str, EntityType]:
    """The kinds of record with the fields an organisation has added."""
    return {
        key: replace(kind, fields=(*kind.fields, *(spec for spec in more.get(key, ()) if not kind.field(spec.name))))
        for key, kind in registry.entities.items()
    }
