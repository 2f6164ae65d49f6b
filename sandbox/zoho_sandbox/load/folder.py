"""Loading a folder: file by file, row by row, in chunks; memory does not grow with the number of deals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from zoho_sandbox.load.checks import (
    Sources,
    check_currencies,
    check_custom_fields,
    check_mapping,
    check_related_lists,
    open_sources,
)
from zoho_sandbox.load.closing import UnknownStageError, split_ending
from zoho_sandbox.load.csv_source import BrokenRow, CsvSource, Row
from zoho_sandbox.load.destination import Destination
from zoho_sandbox.load.errors import FolderError
from zoho_sandbox.load.exports import known_headings, mapping_of_exports
from zoho_sandbox.load.insertion import Loadable, insert_chunk
from zoho_sandbox.load.mapping import MODULES, Mapping, ModuleName
from zoho_sandbox.load.mapping_file import read_mapping
from zoho_sandbox.load.names import NameIndex, NameNotFoundError
from zoho_sandbox.load.notation import Notations, notations
from zoho_sandbox.load.problems import Consequence, ProblemLog, problem_log
from zoho_sandbox.load.questions import NO_ANSWERS, Answers
from zoho_sandbox.load.replay import store_endings
from zoho_sandbox.load.report import Counts, LoadReport
from zoho_sandbox.load.translation import Pending, Record, Translated, Translator, record_names
from zoho_sandbox.load.yaml_source import YamlSource
from zoho_sandbox.sandbox import Sandbox

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """How far a module's file is read: rows so far and the share of the file, 0 to 1."""

    module: str
    rows: int
    fraction: float


Progress = Callable[[LoadProgress], None]


def load_folder(
    sandbox: Sandbox,
    folder: Path,
    mapping: Path | Mapping | None = None,
    *,
    answers: Answers = NO_ANSWERS,
    report: Path | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Load CSV files into an empty sandbox, all of it or, when interrupted, nothing.

    mapping: a mapping file or its values; None reads the folder as the CRM's own exports.
    answers: what a person said where the data leaves it open; each goes before the mapping.
    report: where every problem is written as CSV. progress: called after each chunk of rows.
    Closed deals are loaded as they stood before; `replay_plan` tells how they close.
    Raises LoadError when the folder or mapping is wrong as a whole, OpenQuestionsError when the data can be
    understood in more than one way; a bad row never raises.
    """
    if not folder.is_dir():
        raise FolderError(f"{folder}: received no folder; valid: a folder with CSV files")
    destination = Destination(sandbox)
    chosen, places, known = _mapping(folder, mapping, destination, answers)
    sources = open_sources(folder, chosen, places, known)
    check_currencies(chosen, destination.known_currencies, places)
    check_custom_fields(chosen, destination.field_kinds(), places)
    check_related_lists(chosen, destination.related_lists(), places)
    kinds = destination.field_kinds(chosen)
    check_mapping(chosen, sources, kinds, places)
    found = notations(chosen, sources, kinds)
    with problem_log(report) as log, destination.filling(chosen):
        counts = _Loading(destination, chosen, sources, found, log, progress or _silent).run()
    return LoadReport(
        loaded=counts.loaded,
        skipped=counts.skipped,
        deals=counts.deals,
        won_total=counts.won_total,
        problems=log.tallies,
        unused_columns=_unused_columns(chosen, sources),
        base_currency=destination.base_currency,
        problem_file=report,
    )


def _mapping(
    folder: Path, mapping: Path | Mapping | None, destination: Destination, answers: Answers
) -> tuple[Mapping, YamlSource, dict[ModuleName, frozenset[str]]]:
    """The mapping with the answers, where its parts stand, and the headings that exports may have."""
    places = YamlSource(folder)
    known: dict[ModuleName, frozenset[str]] = {}
    if isinstance(mapping, Path):
        mapping, places = read_mapping(mapping)
    elif mapping is None:
        kinds = destination.field_kinds()
        mapping = mapping_of_exports(folder, kinds, destination.known_currencies, answers.encoding)
        known = {module: known_headings(module, kinds[module]) for module in mapping.modules}
    return _answered(mapping, answers), places, known


def _answered(mapping: Mapping, answers: Answers) -> Mapping:
    said = {name: value for name in ("encoding", "decimal_mark", "date_order") if (value := getattr(answers, name))}
    changes: dict[str, object] = {"csv": mapping.csv.model_copy(update=said)}
    if answers.base_currency is not None:
        base = {"base_currency": answers.base_currency}
        changes["organisation"] = mapping.organisation.model_copy(update=base)
    return mapping.model_copy(update=changes)


class _Loading:
    """One run over the files, in the order in which records may point to each other."""

    def __init__(
        self,
        destination: Destination,
        mapping: Mapping,
        sources: Sources,
        found: Notations,
        log: ProblemLog,
        progress: Progress,
    ) -> None:
        self._destination, self._mapping, self._sources = destination, mapping, sources
        self._notations = found
        self._log, self._progress = log, progress
        self._kinds = destination.field_kinds(mapping)
        self._names = NameIndex()
        self._counts = Counts()

    def run(self) -> Counts:
        for module in MODULES:
            if module in self._sources:
                self._load_module(module)
        return self._counts

    def _load_module(self, module: ModuleName) -> None:
        translator = Translator(
            module,
            self._mapping.modules[module],
            self._kinds[module],
            self._notations.get(module, {}),
            self._names,
            self._log,
        )
        self._counts.loaded[module] = self._counts.skipped[module] = 0
        for row, title in enumerate(self._sources[module].titles, start=1):
            translator.tell(row, "", title, "above the headings", Consequence.ROW_IGNORED)
        pending: list[tuple[str, Pending]] = []
        rows = self._rows(module, translator)
        while chunk := list(islice(rows, _CHUNK)):
            pending += self._insert(module, translator, chunk)
        if pending:
            self._destination.set_lookups(module, self._found(translator, pending))

    def _rows(self, module: ModuleName, translator: Translator) -> Iterator[Loadable]:
        """Translated rows with the endings of deals; rows that cannot be loaded are reported and left out."""
        source, count = self._sources[module], 0
        for count, row in enumerate(source.rows(), start=1):
            loaded = self._translated(row, translator)
            if loaded is None:
                self._counts.skipped[module] += 1
            else:
                yield loaded
            if count % _CHUNK == 0 and isinstance(row, Row):
                self._progress(LoadProgress(module, count, _fraction(row, source)))
        self._progress(LoadProgress(module, count, 1.0))

    def _translated(self, row: Row | BrokenRow, translator: Translator) -> Loadable | None:
        if isinstance(row, BrokenRow):
            translator.tell(row.number, "", row.text, row.reason, Consequence.ROW_SKIPPED)
            return None
        translated = translator.translate(row)
        if translated is None or not self._currency_known(translated, translator):
            return None
        if translator.module != "Deals":
            return translated, None
        try:
            ending = split_ending(translated, self._mapping, translator, self._destination.base_currency)
        except UnknownStageError as error:
            stage, column = translated.record["Stage"], translator.column_of("Stage")
            translator.tell(row.number, column, stage, str(error), Consequence.ROW_SKIPPED)
            return None
        return translated, ending

    def _currency_known(self, translated: Translated, translator: Translator) -> bool:
        """An amount in a currency without a rate would be read as base currency: the row is left out."""
        code = translated.record.get("Currency")
        if code is None or code in self._destination.currencies:
            return True
        reason = f"no such currency in the organisation ({', '.join(self._destination.currencies)})"
        translator.tell(translated.row, translator.column_of("Currency"), code, reason, Consequence.ROW_SKIPPED)
        return False

    def _insert(
        self, module: ModuleName, translator: Translator, chunk: list[Loadable]
    ) -> Iterator[tuple[str, Pending]]:
        inserted = insert_chunk(self._destination, translator, chunk)
        self._counts.loaded[module] += len(inserted)
        self._counts.skipped[module] += len(chunk) - len(inserted)
        if module == "Deals":
            self._keep_endings(inserted)
            return
        for record_id, (translated, _ending) in inserted:
            for name in record_names(module, translated.record):
                self._names.add(module, name, record_id, translated.old_id)
            yield from ((record_id, pending) for pending in translated.pending)

    def _keep_endings(self, inserted: list[tuple[str, Loadable]]) -> None:
        endings = [(deal_id, ending) for deal_id, (_deal, ending) in inserted if ending is not None]
        store_endings(self._destination.sandbox, endings)
        self._counts.deals["open"] += len(inserted) - len(endings)
        for _deal_id, ending in endings:
            if ending.won:
                self._counts.won(ending.currency, ending.amount)
            else:
                self._counts.deals["lost"] += 1

    def _found(self, translator: Translator, pending: list[tuple[str, Pending]]) -> Iterator[tuple[str, Record]]:
        """The lookups within a module, now that all its records are there."""
        for record_id, link in pending:
            try:
                found = translator.find(translator.module, link.name, link.old_id)
            except NameNotFoundError as error:
                translator.tell(link.row, link.column, link.name, str(error), Consequence.VALUE_DROPPED)
                continue
            yield record_id, {link.field: found}


def _fraction(row: Row, source: CsvSource) -> float:
    return min(row.read / source.size, 1.0) if source.size else 1.0


def _unused_columns(mapping: Mapping, sources: Sources) -> dict[str, tuple[str, ...]]:
    unused = {}
    for module, module_source in mapping.modules.items():
        used = module_source.columns
        unused[module_source.file] = tuple(c for c in sources[module].columns if c not in used)
    return {file: columns for file, columns in unused.items() if columns}


def _silent(_progress: LoadProgress) -> None:
    """Nobody watches."""
