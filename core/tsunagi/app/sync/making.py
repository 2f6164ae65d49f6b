"""The writes of one step of a batch: each made once, and its receipt kept with what came of it."""

from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import replace
from itertools import takewhile
from time import monotonic
from typing import Literal, TypedDict

from tsunagi.app.call_budgets import out_of_calls
from tsunagi.app.connections.added_fields import note_not_kept
from tsunagi.app.connections.compatibility import Incompatible
from tsunagi.app.connections.fit import FirstSyncPending, require_writable, writable_services
from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import reason_of
from tsunagi.app.open_items.reporting import report_drifts
from tsunagi.app.open_items.writes import report_failed, report_waiting
from tsunagi.app.sync.mail_writes import PerhapsMailed, is_mail, mailed
from tsunagi.app.sync.pair_plan import CARRIED_BY, keys_carried, now_made
from tsunagi.app.sync.preconditions import checked
from tsunagi.app.sync.receipts import Receipts
from tsunagi.app.sync.removals import note_gone
from tsunagi.app.sync.write_calls import Answer, Call, answers_of, attempt, calls_of, windows
from tsunagi.domain.connector import Connector, NewRecord
from tsunagi.domain.records import Record, RecordRef
from tsunagi.errors import (
    ConnectorError,
    DayLimitReached,
    NotConnected,
    OutcomeUnknown,
    RecordNotFound,
    RecordRejected,
    RecordUnusable,
    ServiceOff,
    StaleRecord,
    TsunagiError,
)
from tsunagi.store.intents import Intent, Intents
from tsunagi.store.links import Links
from tsunagi.text import Text

# How often a write is tried before it waits, where no answer says what came of it.
_TRIES = 3
# Receipts of quick writes are stored together, for so long (seconds): a commit and a checkpoint for
# each would take longer than the service does. What is cut short in between is looked up by its key.
_TOGETHER_SECONDS = 0.2


class WriteOutcome(TypedDict):
    """What came of one write. `wait` (seconds) is set while the service is away; `reason` says why it is not done.

    `carried` counts, by pair, what was created in the same call; where something was `left_behind`, it is made later.
    A write that was left behind says `beside` which pair it counts for.
    """

    state: Literal["done", "failed", "abandoned", "waiting"]
    wait: float
    reason: dict[str, str]
    carried: dict[str, int]
    left_behind: bool
    beside: str


def make(
    context: Context,
    keys: Sequence[str],
    errors: MutableMapping[str, TsunagiError] | None = None,
    *,
    sparing: bool = False,
) -> list[WriteOutcome]:
    """Make writes in order, unless they have their receipts already. Never raises for the service's sake.

    `errors` takes what kept a write from being made, by key, for a caller whom somebody waits for. `sparing` leaves the
    last calls of a day to such callers: the write whose turn it is waits, with `until` in its reason.

    Returns an outcome for each that was tried: not for those behind one that has to wait, nor for those left over
    when the time for one step is up. A service that takes its time has every receipt stored at once.
    """
    return _Making(context, keys, {} if errors is None else errors, sparing=sparing).outcomes()


class _Making:
    """The writes of one step: which calls they take, and what comes of each."""

    def __init__(
        self, context: Context, keys: Sequence[str], errors: MutableMapping[str, TsunagiError], *, sparing: bool
    ) -> None:
        self._context, self._keys, self._errors, self._sparing = context, keys, errors, sparing
        self._receipts = Receipts(context)
        self._writable = writable_services(context)
        self._found: dict[str, WriteOutcome] = {}
        with context.store.read() as session:
            self._intents = Intents(session).get_many(keys)
            carried = Intents(session).get_many([key for each in self._intents.values() for key in keys_carried(each)])
        self._carried = {key: intent for key, intent in carried.items() if intent.state == "planned"}

    def outcomes(self) -> list[WriteOutcome]:
        until = monotonic() + _TOGETHER_SECONDS
        try:
            known = {} if self._first_is_later() else self._known()
            for window in windows(calls_of(self._context, self._ready(), self._carried, known)):
                self._make(window)
                if self._waits() or monotonic() > until:
                    break
        finally:
            self._receipts.store()
        return [self._found[key] for key in takewhile(self._found.__contains__, self._keys)]

    def _first_is_later(self) -> bool:
        """Not even what the writes are planned from is compared where none of them may be made today."""
        first = next((each for each in self._intents.values() if each.state == "planned"), None)
        return first is not None and self._later(first.write.service) is not None

    def _later(self, service: str) -> WriteOutcome | None:
        """What becomes of a write whose service has no calls left today that this one may use."""
        until = self._context.connectors.waits_until(service) if self._sparing else None
        if until is None:
            return None
        later = _outcome("waiting", wait=max(1.0, (until - self._context.now()).total_seconds()))
        later["reason"] = out_of_calls(self._context.registry, service, until)
        return later

    def _known(self) -> dict[str, Record]:
        """Records that are as their updates were planned from; updates of those that are not end here."""
        planned = [each for each in self._intents.values() if each.state == "planned"]
        told = checked(self._context, [each for each in planned if each.write.service in self._writable])
        for key, answer in told.items():
            if isinstance(answer, StaleRecord):
                self._not_made(self._intents.pop(key), answer)
        return {key: answer for key, answer in told.items() if isinstance(answer, Record)}

    def _ready(self) -> Iterator[Intent]:
        """What is still to be made, as its turn comes."""
        for key in self._keys:
            intent = self._intents.get(key)
            if intent is None or intent.state != "planned":
                self._found[key] = _outcome("done" if intent and intent.state == "done" else "abandoned")
            else:
                yield intent

    def _waits(self) -> bool:
        return any(each["state"] == "waiting" for each in self._found.values())

    def _make(self, window: Sequence[Call]) -> None:
        first = window[0]
        if later := self._later(first.service):
            self._found[first.writes[0].key] = later
            return
        if not first.plain or first.service not in self._writable:
            for call in window:
                self._found[call.writes[0].key] = self._alone(call.writes[0], call.carried)
                self._each(call.writes[1:])
            return
        for call, answers in zip(window, answers_of(self._context, window), strict=True):
            self._take(call, answers)

    def _take(self, call: Call, answers: Sequence[Answer]) -> None:
        """What came of a call, told of each of its writes."""
        first = answers[0]
        together = (*call.writes, *call.carried)
        if len(together) == 1 or not all(each is first for each in answers):
            for intent, answer in zip(call.writes, answers, strict=False):
                self._found[intent.key] = self._outcome_of(_looked_at_again(intent, call.known, answer), answer)
            if call.carried and isinstance(first, Record):
                self._take_carried(call, first.ref, answers[1:])
            return
        if isinstance(first, OutcomeUnknown):
            # Each is looked up by itself, now or later.
            self._each(self._doubted(together, first)[: len(call.writes)])
        elif isinstance(first, RecordRejected):
            # One that the service cannot take keeps no other from being written.
            self._each(call.writes)
        else:
            self._each_ends(call.writes, first)
        if call.carried:
            self._found[call.writes[0].key]["left_behind"] = True

    def _take_carried(self, call: Call, carrier: RecordRef, answers: Sequence[Answer]) -> None:
        counts = self._found[call.writes[0].key]["carried"]
        for intent, answer in zip(call.carried, answers, strict=True):
            assert isinstance(answer, Record), "created in one call, or none of them"
            self._receipts.made(now_made(intent, carrier), answer)
            counts[intent.pair] = counts.get(intent.pair, 0) + 1

    def _each(self, intents: Sequence[Intent]) -> None:
        """One by one what was to be one call, until one of them has to wait."""
        for intent in intents:
            self._found[intent.key] = _outcome("waiting", wait=1.0) if self._waits() else self._alone(intent)

    def _each_ends(self, intents: Sequence[Intent], answer: Answer) -> None:
        """A call was not made at all: where it is only put off, one write says so for all of them."""
        for intent in intents:
            self._found[intent.key] = (
                _outcome("waiting", wait=1.0) if self._waits() else self._outcome_of(intent, answer)
            )

    def _doubted(self, intents: Sequence[Intent], error: OutcomeUnknown) -> list[Intent]:
        with self._context.store.write() as session:
            for intent in intents:
                Intents(session).delay(intent.key, error.message)
        return [replace(intent, attempts=intent.attempts + 1) for intent in intents]

    def _outcome_of(self, intent: Intent, answer: Answer) -> WriteOutcome:
        if isinstance(answer, OutcomeUnknown):
            # Looked up at once, or where another one waits already, when its turn comes again.
            (doubted,) = self._doubted([intent], answer)
            return _outcome("waiting", wait=1.0) if self._waits() else self._alone(doubted, tries=_TRIES - 1)
        if isinstance(answer, TsunagiError):
            return self._not_made(intent, answer)
        return self._done(intent, answer)

    def _done(self, intent: Intent, record: Record | None) -> WriteOutcome:
        if record is not None:
            _note_not_kept(self._context, intent, record)
            self._receipts.made(intent, record)
        elif intent.write.target is not None:
            self._receipts.deleted(intent, intent.write.target)
        return _outcome("done")

    def _not_made(self, intent: Intent, error: TsunagiError) -> WriteOutcome:
        self._errors[intent.key] = error
        if isinstance(error, DayLimitReached):
            self._context.connectors.ran_out(error.service, error.retry_after)
            if later := self._later(error.service):
                return later
        return _not_made(self._context, intent, error)

    def _alone(self, intent: Intent, carried: Sequence[Intent] = (), *, tries: int = _TRIES) -> WriteOutcome:
        """A write in a call of its own, after looking it up where it may have been made."""
        outcome = self._by_itself(intent, carried, tries)
        if intent.plan.get(CARRIED_BY):
            outcome["beside"] = intent.pair
        return outcome

    def _by_itself(self, intent: Intent, carried: Sequence[Intent], tries: int) -> WriteOutcome:
        named = self._named(intent)
        if not isinstance(named, Intent):
            return named
        try:
            if named.write.service not in self._writable:
                # The last door: whatever planned it, the first sync was not started, or both sides do not fit.
                require_writable(self._context.connectors.connection(named.write.service))
            if carried and self._connector(named).find(named.write.entity, _new(named)) is None:
                call = Call((replace(named, attempts=1),), tuple(carried), plain=True)
                self._take(call, *answers_of(self._context, [call]))
                return self._found[named.key]
            outcome = self._done(*self._made(named, tries))
        except TsunagiError as error:
            return self._not_made(named, error)
        outcome["left_behind"] = bool(carried)
        return outcome

    def _connector(self, intent: Intent) -> Connector:
        return self._context.connectors.get(intent.write.service)

    def _named(self, intent: Intent) -> Intent | WriteOutcome:
        """The write with the record it hangs on named; what becomes of it where that is not there."""
        key = str(intent.plan.get("target_of") or intent.plan.get(CARRIED_BY) or "")
        if not key:
            return intent
        self._receipts.store()
        awaited = _stored(self._context, key)
        if awaited is None or awaited.result is None:
            return _without_target(self._context, intent, awaited)
        if intent.plan.get("target_of"):
            return replace(intent, write=replace(intent.write, target=awaited.result))
        named = now_made(intent, awaited.result)
        with self._context.store.write() as session:
            Intents(session).fill_in(intent.key, named.write.fields, named.plan)
        return named

    def _made(self, intent: Intent, tries: int) -> tuple[Intent, Record | None]:
        """The write and what it made. Where it may have been made before, somebody may have edited since: the next
        plan looks at both records."""
        if is_mail(intent):
            return intent, mailed(self._context, self._connector(intent), intent)
        doubtful = intent.attempts > 1 or bool(intent.plan.get("look_first"))
        for _ in range(tries):
            try:
                made = attempt(
                    self._connector(intent), intent, lambda ref: self._is_taken(intent, ref), doubtful=doubtful
                )
                return (_to_be_looked_at(intent) if doubtful else intent), made
            except OutcomeUnknown as error:
                doubtful, last = True, error
        raise last

    def _is_taken(self, intent: Intent, ref: RecordRef) -> bool:
        # A service without a place for keys finds by name: that may be another record's partner, perhaps
        # one that was made a moment ago.
        self._receipts.store()
        with self._context.store.read() as session:
            links = [link for link in Links(session).of(ref) if link.pair == intent.pair] if intent.pair else []
            maker = Intents(session).creating([ref]).get(ref)
        if maker is not None and maker.key != intent.key:
            return True
        own = {intent.plan.get("left"), intent.plan.get("right")}
        return any(link.other(ref) not in own for link in links)


def _note_not_kept(context: Context, intent: Intent, record: Record) -> None:
    """A field that the service took without a word and does not have is kept in step no more."""
    entity = context.registry.entity(record.ref.service, record.ref.entity)
    if intent.pair in context.registry.pairs and note_not_kept(context, entity, intent.write.fields, record):
        with context.store.write() as session:
            report_drifts(context, session, context.registry.pair(intent.pair))


def _looked_at_again(intent: Intent, known: Record | None, answer: Answer) -> Intent:
    """An update whose answer shows what somebody else changed in between leaves both records to the next plan."""
    if known is None or not isinstance(answer, Record):
        return intent
    expected = {**known.fields, **intent.write.fields}
    if all(answer.fields[name] == value for name, value in expected.items() if name in answer.fields):
        return intent
    return _to_be_looked_at(intent)


def _to_be_looked_at(intent: Intent) -> Intent:
    return replace(intent, plan={**intent.plan, "settles": False})


def _new(intent: Intent) -> NewRecord:
    return NewRecord(intent.key, intent.write.fields)


def _not_made(context: Context, intent: Intent, error: TsunagiError) -> WriteOutcome:
    if isinstance(error, ConnectorError):
        return _refused(context, intent, error)
    if isinstance(error, PerhapsMailed):
        # On the standing list already: only a person can tell whether it arrived.
        with context.store.write() as session:
            Intents(session).abandon(intent.key, error.message, context.now())
        return _outcome("abandoned", error.message)
    if isinstance(error, NotConnected | ServiceOff | FirstSyncPending | Incompatible):
        # Switched off, forgotten or found not to fit since it was planned: not wanted now, no reason against it later.
        return _ended(context, intent, "abandoned", error)
    return _ended(context, intent, "failed", error)


def _without_target(context: Context, intent: Intent, awaited: Intent | None) -> WriteOutcome:
    if awaited is not None and awaited.state == "planned":
        why = Text(en="The record it is about is still to be made.", ja="対象のレコードがまだ作成されていません。")
        with context.store.write() as session:
            Intents(session).delay(intent.key, why)
        return _outcome("waiting", why, wait=5.0)
    why = Text(en="The record it is about was not made.", ja="対象のレコードは作成されませんでした。")
    if intent.plan.get(CARRIED_BY):
        # The plan of its own pair says what it waits for.
        with context.store.write() as session:
            Intents(session).abandon(intent.key, why, context.now())
        return _outcome("abandoned", why)
    return _ended(context, intent, "abandoned", RecordUnusable(why, ref=str(intent.write.relates or ""), field=""))


def _stored(context: Context, key: str) -> Intent | None:
    with context.store.read() as session:
        return Intents(session).get(key)


def _refused(context: Context, intent: Intent, error: ConnectorError) -> WriteOutcome:
    if error.retryable or isinstance(error, OutcomeUnknown):
        with context.store.write() as session:
            if Intents(session).get(intent.key) is not None:
                Intents(session).delay(intent.key, error.message)
                report_waiting(context, session, intent, error)
        waiting = _outcome("waiting", error.message, wait=error.retry_after or 5.0)
        waiting["reason"]["code"] = reason_of(error).code
        return waiting
    if isinstance(error, StaleRecord):
        # It changed since it was planned: the next sync plans it from what it is then.
        return _ended(context, intent, "abandoned", error)
    ended = _ended(context, intent, "failed", error)
    if isinstance(error, RecordNotFound):
        note_gone(context, intent)
    return ended


def _ended(
    context: Context, intent: Intent, state: Literal["failed", "abandoned"], error: TsunagiError
) -> WriteOutcome:
    with context.store.write() as session:
        intents = Intents(session)
        # Not there any more: its service was forgotten meanwhile, and it with it.
        if intents.get(intent.key) is None:
            return _outcome(state, error.message)
        (intents.failure if state == "failed" else intents.abandon)(intent.key, error.message, context.now())
        report_failed(context, session, intent, error)
    return _outcome(state, error.message)


def _outcome(
    state: Literal["done", "failed", "abandoned", "waiting"], reason: Text | None = None, *, wait: float = 0.0
) -> WriteOutcome:
    said = {"en": reason.en, "ja": reason.ja} if reason else {}
    return {"state": state, "wait": wait, "reason": said, "carried": {}, "left_behind": False, "beside": ""}
