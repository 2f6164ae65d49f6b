"""How well, and how fast, records are recognised on the other side before the first sync.

Run it with `python bench/matching.py [RECORDS]`. It prints precision and recall on the pairs labelled by hand in
matching_pairs.txt, then matches RECORDS (100,000) customers with as many accounts, and prints time and peak memory.
Precision: the share of automatic links that are right. Recall: the share of true pairs that were linked; with review:
the share that were linked or put before a person.
"""

import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.table import Table

from tsunagi.domain.mapping import FieldMap, Mapping, MatchKey, MatchRules, PairEnd, SyncPair
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.sync.matching import match_records
from tsunagi.text import Text

FIELDS = ("name", "email", "phone", "number")
RULES = MatchRules(
    (
        MatchKey(("number",), "number", 95),
        MatchKey(("name",), "name", 97),
        MatchKey(("email",), "email", 65),
        MatchKey(("phone",), "phone", 45),
    )
)
PAIR = SyncPair(
    "customers",
    Text.same("customers"),
    PairEnd("crm", "account"),
    PairEnd("books", "customer"),
    Mapping(tuple(FieldMap(name, name, name) for name in FIELDS)),
    matching=RULES,
)
PAIRS = Path(__file__).with_name("matching_pairs.txt")
LEFT, RIGHT = RecordRef("crm", "account", "1"), RecordRef("books", "customer", "1")


@dataclass(frozen=True)
class Labelled:
    """Two records, and whether they are the same customer."""

    left: Fields
    right: Fields
    one: bool
    line: str

    def outcome(self) -> str:
        """linked, review or apart."""
        matching = match_records(PAIR, {LEFT: self.left}, {RIGHT: self.right})
        if not matching.matches:
            return "apart"
        return "linked" if matching.matches[0].certainty == "certain" else "review"


def labelled() -> Iterator[Labelled]:
    for line in PAIRS.read_text("utf-8").splitlines():
        if line[:2] in ("= ", "! "):
            left, right = line[2:].split("|")
            yield Labelled(_record(left), _record(right), line[0] == "=", line)


def _record(text: str) -> Fields:
    name, *others = (part.strip() for part in text.split(";"))
    values: dict[str, Value] = {"name": name}
    for other in filter(None, others):
        field = "email" if "@" in other else "number" if other.startswith("#") else "phone"
        values[field] = other.lstrip("#")
    return values


@dataclass(frozen=True)
class Quality:
    """Figures between 0 and 1."""

    pairs: int
    precision: float
    recall: float
    recall_with_review: float


def quality(pairs: list[Labelled]) -> Quality:
    outcomes = [(pair.one, pair.outcome()) for pair in pairs]
    linked = [one for one, outcome in outcomes if outcome == "linked"]
    found = [outcome for one, outcome in outcomes if one]
    return Quality(
        len(pairs),
        sum(linked) / len(linked),
        found.count("linked") / len(found),
        (found.count("linked") + found.count("review")) / len(found),
    )


def _crowd(count: int) -> tuple[dict[RecordRef, Fields], dict[RecordRef, Fields]]:
    """Most are on both sides, spelled otherwise; every hundredth shares its name with others, every tenth is alone."""
    lefts: dict[RecordRef, Fields] = {}
    rights: dict[RecordRef, Fields] = {}
    for number in range(count):
        name = f"Company {number // 100}" if number % 100 == 0 else f"{_word(number)} Trading {number}"
        lefts[RecordRef("crm", "account", str(number))] = {"name": f"{name} Ltd", "email": f"a{number}@x.example"}
        other = number + count if number % 10 == 0 else number
        written = f"{name.upper()} LIMITED" if other == number else f"Else {other}"
        email = f"a{number}@x.example" if number % 3 else "office@shared.example"
        rights[RecordRef("books", "customer", str(other))] = {"name": written, "email": email, "phone": "0312345678"}
    return lefts, rights


def _word(number: int) -> str:
    return "".join(chr(97 + (number * prime) % 26) for prime in (3, 7, 11, 17, 19))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    console = Console()
    pairs = list(labelled())
    table = Table("pairs", "precision", "recall", "recall with review", title="labelled by hand")
    for title, some in (("all", pairs), ("Latin", _latin(pairs, True)), ("Japanese", _latin(pairs, False))):
        found = quality(some)
        figures = (found.precision, found.recall, found.recall_with_review)
        table.add_row(f"{title}: {found.pairs}", *(f"{figure:.1%}" for figure in figures))
    console.print(table)
    for pair in pairs:
        outcome = pair.outcome()
        if (outcome == "linked" and not pair.one) or (outcome == "apart" and pair.one):
            console.print(f"{outcome}: {pair.line}", markup=False)
    lefts, rights = _crowd(count)
    began = perf_counter()
    matching = match_records(PAIR, lefts, rights)
    took = perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    console.print(
        f"{count:,} x {count:,}: {took:.1f} s, {peak} MB peak; {len(matching.matches):,} matches,"
        f" {len(matching.ambiguous)} ambiguous groups, {len(matching.left_only):,} + {len(matching.right_only):,} alone"
    )


def _latin(pairs: list[Labelled], latin: bool) -> list[Labelled]:
    return [pair for pair in pairs if str(pair.left["name"]).isascii() is latin]


if __name__ == "__main__":
    main()
