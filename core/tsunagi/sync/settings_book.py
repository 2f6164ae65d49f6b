"""All settings files of an installation, read together: which pairs are in force, and what is wrong with the others."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tsunagi.domain.mapping import SyncPair
from tsunagi.errors import ConfigError, RuleFileError
from tsunagi.sync.guard import Limits
from tsunagi.sync.pair_state import SyncOptions
from tsunagi.sync.references import References
from tsunagi.sync.settings import Drift, Selection, SyncSettings, apply_settings
from tsunagi.sync.settings_reading import SyncVocabulary, read_settings
from tsunagi.text import Text
from tsunagi.yaml_marks import Document, parse

_NAMED = re.compile(r"^pair:\s*['\"]?([\w.]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SettingsBook:
    """The pairs as plugins bring them and files change them.

    pairs      in force, by name; those of files with mistakes are among them, and `require` refuses them
    settings   the files' settings, by pair, also of pairs that are switched off
    files      the file of each pair that has one
    broken     the mistakes by pair; `problems` has all of them, also those that concern no known pair
    mappings   each file's fields and direction, to detect a change
    unused     pairs of services that no active plugin declares, by their file
    """

    pairs: Mapping[str, SyncPair]
    settings: Mapping[str, SyncSettings] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    broken: Mapping[str, Sequence[RuleFileError]] = field(default_factory=dict)
    problems: Sequence[RuleFileError] = ()
    unused: Mapping[str, str] = field(default_factory=dict)
    mappings: Mapping[str, str] = field(default_factory=dict)

    @property
    def drifts(self) -> Mapping[str, Sequence[Drift]]:
        """By pair, the mapped fields that it is kept in step without, since they are not what they were."""
        found = {name: said.drifts for name, said in self.settings.items() if name not in self.broken}
        return {name: drifts for name, drifts in found.items() if drifts}

    @classmethod
    def load(
        cls, texts: Mapping[str, str], vocabulary: SyncVocabulary, unreadable: Sequence[RuleFileError] = ()
    ) -> "SettingsBook":
        """Read files by name; nothing is raised."""
        reading = _Reading(vocabulary)
        for error in unreadable:
            reading.mistaken(_pair_named("", error.path), error.path, [error])
        for name, text in sorted(texts.items()):
            reading.take(name, text)
        return reading.book()

    def require(self, name: str) -> None:
        """Raises the first mistake in the file of this pair."""
        for error in self.broken.get(name, ()):
            raise error

    def options(self, name: str, references: References) -> SyncOptions:
        """The policies of a pair, those of a pair without a file as well."""
        said = self.settings.get(name)
        return said.options(references) if said else SyncOptions(references=references)

    def limits(self, name: str) -> Limits:
        said = self.settings.get(name)
        return said.limits if said else Limits()

    def selection(self, name: str) -> Selection:
        said = self.settings.get(name)
        return said.selection if said else Selection()


@dataclass
class _Reading:
    vocabulary: SyncVocabulary
    settings: dict[str, SyncSettings] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    broken: dict[str, list[RuleFileError]] = field(default_factory=dict)
    problems: list[RuleFileError] = field(default_factory=list)
    unused: dict[str, str] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)

    def take(self, file: str, text: str) -> None:
        try:
            document = parse(file, text)
        except RuleFileError as error:
            self.mistaken(_pair_named(text, file), file, [error])
            return
        data = document.data if isinstance(document.data, dict) else {}
        name = str(data.get("pair") or _pair_named(text, file))
        if name in self.files:
            self.mistaken(name, file, [document.error(_twice(name, self.files[name]), ("pair",))])
            return
        self.documents[name] = document
        if self._of_nobody(name):
            self.unused[name] = file
            return
        read = read_settings(document, self.vocabulary)
        if isinstance(read, SyncSettings):
            self.settings[name], self.files[name] = read, file
        elif data.get("enabled") is False and self._lacks_an_end(name, data):
            # Switched off, and of a kind of record no plugin declares: it is checked once it is switched on.
            self.unused[name] = file
        else:
            self.mistaken(name, file, read)

    def mistaken(self, name: str, file: str, errors: Sequence[RuleFileError]) -> None:
        self.broken.setdefault(name, []).extend(errors)
        self.files.setdefault(name, file)
        self.problems += errors

    def book(self) -> SettingsBook:
        pairs = dict(self.vocabulary.pairs)
        for name, said in self.settings.items():
            if said.enabled and name not in self.broken:
                pairs[name] = apply_settings(pairs.get(name), said)
            elif not said.enabled:
                pairs.pop(name, None)
        for name in [each.name for each in pairs.values() if each.optional and each.name not in self.files]:
            del pairs[name]
        self._choose(pairs)
        while late := [pair for pair in pairs.values() if any(each not in pairs for each in pair.after)]:
            for pair in late:
                del pairs[pair.name]
                self._left_waiting(pair, next(each for each in pair.after if each not in pairs))
        mappings = {name: repr(_mapping_of(document)) for name, document in self.documents.items()}
        return SettingsBook(pairs, self.settings, self.files, self.broken, tuple(self.problems), self.unused, mappings)

    def _choose(self, pairs: dict[str, SyncPair]) -> None:
        """Leave out the pairs whose modules another pair's settings do not select."""
        for pair in [each for each in pairs.values() if each.chosen_by]:
            said = self.settings.get(pair.chosen_by)
            alone = said is not None and said.selection.modules == ("contacts",)
            if said is None or not said.enabled or not (alone or said.selection.contacts_without_account == "customer"):
                del pairs[pair.name]
            elif alone:
                # Contacts instead of accounts: every one of them, and nobody of an account's customer.
                pairs[pair.name] = replace(pair, only_blank=(), after=())
                pairs.pop(pair.chosen_by, None)
                for waiting in [each for each in pairs.values() if pair.chosen_by in each.after]:
                    del pairs[waiting.name]

    def _left_waiting(self, pair: SyncPair, missing: str) -> None:
        if document := self.documents.get(pair.name):
            self.mistaken(pair.name, document.file, [document.error(_waits_for(missing), ("after",), key=True)])

    def _of_nobody(self, name: str) -> bool:
        """Is it a pair of a service that no plugin declares?"""
        service = name.partition(".")[0]
        services = {kind.service for kind in self.vocabulary.entities.values()}
        return name not in self.vocabulary.pairs and "." in name and service not in services

    def _lacks_an_end(self, name: str, data: Mapping[str, object]) -> bool:
        ends = data.get("ends")
        named = list(ends.values()) if isinstance(ends, dict) else []
        return name not in self.vocabulary.pairs and not (named and all(e in self.vocabulary.entities for e in named))


def _mapping_of(document: Document) -> list[object]:
    data = document.data if isinstance(document.data, dict) else {}
    return [data.get("direction"), data.get("fields")]


def settings_file(pair: str) -> str:
    """The name of a pair's file in the rules folder."""
    return f"sync/{pair.replace('.', '_')}.yaml"


def _pair_named(text: str, file: str) -> str:
    """The pair a file is about that cannot be read: by its text, or by its name."""
    found = _NAMED.search(text)
    return found[1] if found else file.rpartition("/")[2].rpartition(".")[0].replace("_", ".", 1)


def switched_off(name: str, file: str) -> ConfigError:
    return ConfigError(
        Text(en=f"The sync pair '{name}' is switched off.", ja=f"同期ペア「{name}」は無効になっています。"),
        hint=Text(en=f"Write 'enabled: true' in {file}.", ja=f"{file} に「enabled: true」と書いてください。"),
    )


def _twice(name: str, file: str) -> Text:
    return Text(
        en=f"The settings of '{name}' are in {file} already.", ja=f"「{name}」の設定はすでに {file} にあります。"
    )


def _waits_for(missing: str) -> Text:
    return Text(
        en=f"This pair waits for '{missing}', which is switched off or not there: switch both on, or both off.",
        ja=f"このペアは「{missing}」の後に同期しますが、そのペアは無効か、ありません。両方を有効または無効にしてください。",
    )
