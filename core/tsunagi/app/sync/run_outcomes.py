"""What became of the records of a sync run, by state and by reason."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from string import Formatter

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import CATALOGUE
from tsunagi.errors import NotOffered
from tsunagi.store.intents import Intent
from tsunagi.store.open_items import OpenItems
from tsunagi.store.sync_runs import SyncOutcome, SyncRun, SyncRuns
from tsunagi.store.unmade_writes import UNMADE, UnmadeCount, UnmadeWrites
from tsunagi.text import Text

# What a run does to a record without a word to anybody is counted, not listed.
_ORDER = (
    "conflict",
    "match",
    "deletion",
    "waits",
    "incomplete",
    "unread",
    "invalid",
    "one_way",
    "skipped",
    "undo_refused",
    "not_undoable",
    "undone",
    "unlink",
    "adopt",
    "create",
    "update",
    "delete",
    "deactivate",
)
STATES = (*UNMADE, *_ORDER)
_ANYTHING = Text.same("…")
_NO_WORDS = Text.same("")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which records of a run somebody looks at: those that ended as `state`, and of these for this `reason`.

    A reason is named by its key or its words. What is empty asks for nothing.
    """

    state: str = ""
    reason: str = ""


EVERYTHING = Chosen()


@dataclass(frozen=True, slots=True)
class OutcomeReason:
    """So many records of a run ended as `state` for one reason, which `key` names.

    `code` is its reason on the standing list, by which all that is there for it is tried again; "" where it is not on
    it. `words` is what all of them say, None where that differs from record to record.
    """

    state: str
    key: str
    text: Text
    count: int
    code: str = ""
    words: Text | None = None


@dataclass(frozen=True, slots=True)
class OutcomeGroup:
    """Records of a run that ended one way, of those that are looked at: how many, and the first of them."""

    outcome: str
    count: int
    outcomes: Sequence[SyncOutcome]


@dataclass
class Outcomes:
    """What is looked at of a run, and every reason there is, the most frequent first of each state.

    `next` is where the next page starts, where a single state is looked at.
    """

    reasons: Sequence[OutcomeReason]
    groups: list[OutcomeGroup] = field(default_factory=list)
    unmade: list[Intent] = field(default_factory=list)
    next: str | None = None


def read_outcomes(
    context: Context,
    session: Session,
    run: SyncRun,
    chosen: Chosen,
    *,
    after: str | None,
    limit: int,
    seen: Callable[[str], bool],
) -> Outcomes:
    """At most `limit` records of each state. `seen` tells whether a kind of record may be shown.

    Raises NotOffered for a state that is none, NoSuchPlace.
    """
    _check(chosen)
    hidden = [kind for kind in context.registry.entities if not seen(kind)]
    found = Outcomes(list(_reasons(context, session, run, seen, hidden)))
    looked_at = [each for each in found.reasons if _is_chosen(each, chosen)]
    place = after if chosen.state else None
    for state in sorted({each.state for each in looked_at}, key=_urgency):
        reasons = [each for each in looked_at if each.state == state][: 1 if chosen.reason else None]
        only = reasons[0] if chosen.reason else None
        if state in UNMADE:
            code, problem = (only.code, only.words) if only else (None, None)
            writes = UnmadeWrites(session).page(run.id, state, code=code, problem=problem, after=place, limit=limit)
            found.unmade += [each for each in writes.items if seen(f"{each.write.service}.{each.write.entity}")]
            found.next = writes.next
        else:
            reason = only.text if only else None
            page = SyncRuns(session).outcomes(run.id, state, reason=reason, hidden=hidden, after=place, limit=limit)
            found.groups.append(OutcomeGroup(state, sum(each.count for each in reasons), page.items))
            found.next = page.next
    found.next = found.next if chosen.state else None
    return found


def _urgency(state: str) -> int:
    return STATES.index(state) if state in STATES else len(STATES)


def _check(chosen: Chosen) -> None:
    if chosen.state and chosen.state not in STATES:
        valid = ", ".join(STATES)
        raise NotOffered(
            Text(
                en=f"'{chosen.state}' is no state of a run's records. Valid are: {valid}.",
                ja=f"「{chosen.state}」という状態はありません。使えるもの: {valid}",
            )
        )


def _is_chosen(reason: OutcomeReason, chosen: Chosen) -> bool:
    names = {"", reason.key, reason.text.en, reason.text.ja}
    return chosen.state in {"", reason.state} and chosen.reason in names


def _reasons(
    context: Context, session: Session, run: SyncRun, seen: Callable[[str], bool], hidden: Sequence[str]
) -> Iterator[OutcomeReason]:
    counted: dict[tuple[str, str], list[UnmadeCount]] = {}
    for each in UnmadeWrites(session).count(run.id):
        # While a run is under way, what is planned is simply what it is about to write.
        if seen(f"{each.service}.{each.entity}") and not (run.state == "running" and each.state == "planned"):
            counted.setdefault((each.state, each.code or _key(each.problem or _NO_WORDS)), []).append(each)
    for (state, key), counts in counted.items():
        text, words = _worded(context, counts)
        yield OutcomeReason(state, key, text, sum(each.count for each in counts), counts[0].code, words)
    for outcome, reason, count in SyncRuns(session).count_reasons(run.id, hidden):
        yield OutcomeReason(outcome, _key(reason), reason, count, words=reason)


def count_on_list(context: Context, reasons: Sequence[OutcomeReason]) -> dict[str, int]:
    """By code, how many items of the standing list a retry takes along, those of other runs among them."""
    with context.store.read() as session:
        codes = {each.code for each in reasons} - {""}
        return {code: OpenItems(session).count(reason=code) for code in sorted(codes)}


def words_of(context: Context, code: str, services: Sequence[str] = ()) -> Text:
    """A reason of the standing list in words that are true of all that is there for it at these services."""
    reason = replace(CATALOGUE[code], remedy=None)
    known = context.registry.connectors.get(services[0]) if len(services) == 1 else None
    names = {name for language in (reason.text.en, reason.text.ja) for _, name, _, _ in Formatter().parse(language)}
    values = dict.fromkeys(filter(None, names), _ANYTHING) | ({"service": known.label} if known else {})
    return reason.texts(values)[0]


def _worded(context: Context, counts: Sequence[UnmadeCount]) -> tuple[Text, Text | None]:
    """A reason in words that are true of all its writes, and what all of them say, if they say the same."""
    said = {each.problem for each in counts}
    only = next(iter(said)) if len(said) == 1 else None
    if only is not None or not counts[0].code:
        return only or _NO_WORDS, only
    return words_of(context, counts[0].code, sorted({each.service for each in counts})), None


def _key(text: Text) -> str:
    """A short name for words."""
    return hashlib.sha256(text.en.encode()).hexdigest()[:10]
