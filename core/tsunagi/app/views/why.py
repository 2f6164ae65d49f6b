"""Why a document is there, and why a record has none: each rule with the proof and the nearest change that flips it.

Whatever a condition saw is shown with the record it is of and the time it was so. Answers are in the current language.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tsunagi.app.access.permissions import require_seen, viewable
from tsunagi.app.automation.action_context import StoredContext
from tsunagi.app.automation.decisions import BLOCKED, Grounds, grounds_of
from tsunagi.app.automation.event_facts import event_facts
from tsunagi.app.context import Context
from tsunagi.app.views import formats
from tsunagi.app.views.explanations import Origin, Reading, Words, action_label, event_label, readings_of, remarks_of
from tsunagi.app.views.overview import organization_zone
from tsunagi.app.views.records import titles
from tsunagi.domain.directory import Person
from tsunagi.domain.entities import Moment
from tsunagi.domain.events import Event, event_id
from tsunagi.domain.records import Record, RecordRef, Value
from tsunagi.errors import ConfigError
from tsunagi.rules.automations import Automation, trace_of
from tsunagi.rules.book import BrokenRule
from tsunagi.rules.derived import RECEIVABLES
from tsunagi.rules.facts import BEFORE, Facts
from tsunagi.rules.nearest_change import nearest_change
from tsunagi.rules.trace import Trace
from tsunagi.store.documents import Documents
from tsunagi.store.events import Events
from tsunagi.store.intents import Intent, Intents
from tsunagi.store.records import Records
from tsunagi.store.rule_runs import RuleRun, RuleRuns
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say
from tsunagi.wording import nearest

State = Literal[
    "made",  # its conditions held, and its writes were made
    "waiting",  # they held; a write is still to be made
    "failed",  # they held; a write failed or was given up
    "nothing_left",  # they held, and there was nothing (left) to write
    "blocked",  # they held; the record does not allow the action
    "unfilled",  # they held; a parameter cannot be had
    "passed_over",  # they held; another rule of its group goes first
    "not_met",
    "cannot_tell",
    "not_happened",  # its event has not happened since the hub knows the record
    "not_there",  # when it happened, the rule was not there or off, or it is longer ago than decisions are kept
    "off",
    "broken",
    "by_people",  # a document no rule made
]


@dataclass(frozen=True, slots=True)
class Proof:
    """One rule and one record: what became of it, why, and the nearest change after which it would be otherwise.

    `changes` are to be made all together; empty where nothing about the record's fields would change it.
    `conditional`: the event has not occurred; the conditions are evaluated as if it did now.
    """

    rule: str
    title: str
    state: State
    sentence: str
    event: str = ""
    at: datetime | None = None
    place: str = ""
    conditions: tuple[Reading, ...] = ()
    changes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Why:
    """A record (a document, or a deal that has none) with what each rule made of it."""

    ref: RecordRef
    title: str
    proofs: tuple[Proof, ...]


def why(context: Context, asked: str, actor: Person | None = None) -> Why:
    """Why a document exists. `asked` is `service:entity:id`, or its number where only one document has it.

    Raises ConfigError where there is no such document, PermissionDenied for who may not see it.
    """
    ref = document_named(context, asked, actor)
    require_seen(context, actor, ref)
    with context.store.read() as session:
        intent = Intents(session).creating([ref]).get(ref)
        event = Events(session).get(intent.event) if intent and intent.event else None
    title = titles(context, [ref]).get(ref, ref.id)
    if intent is None and context.registry.entity(ref.service, ref.entity).kind != "document":
        # A deal is asked about for what the rules made of it.
        done = [proof for proof in why_not(context, str(ref), actor=actor).proofs if proof.writes]
        return Why(ref, title, tuple(done) or (_by_people(),))
    if intent is None or not intent.rule or event is None:
        return Why(ref, title, (_by_people(),))
    prover = _Prover(context, event, grounds_of(context, event))
    return Why(ref, title, (prover.proof(intent.rule, wanted=False),))


def why_not(context: Context, asked: str, rule: str = "", actor: Person | None = None) -> Why:
    """Why no document was made for a record, by each rule that waits for its events, or by the one named.

    `asked` is `service:entity:id`, or the id of a deal. Raises ConfigError for an unknown record or rule.
    """
    record = _record(context, asked)
    require_seen(context, actor, record.ref)
    broken = {each.id: each for each in context.rules.broken if each.id}
    known = {**context.rules.automations}
    if rule and rule not in known and rule not in broken:
        message = Text(en=f"There is no rule '{rule}'.", ja=f"ルール「{rule}」はありません。")
        raise ConfigError(message, hint=nearest(rule, [*known, *broken]))
    chosen = [each for each in known.values() if rule in {"", each.id} and _concerns(each, record.ref)]
    proofs = [_why_not(context, record, each) for each in chosen]
    proofs += [_broken(each) for each in broken.values() if rule in {"", each.id}]
    if rule and not proofs:
        proofs = [_another_kind(context, known[rule])]
    title = titles(context, [record.ref]).get(record.ref, record.ref.id)
    return Why(record.ref, title, tuple(sorted(proofs, key=lambda proof: proof.state == "off")))


def _concerns(rule: Automation, ref: RecordRef) -> bool:
    return rule.event.partition(".")[0] == ref.entity and rule.service in {None, ref.service}


def _why_not(context: Context, record: Record, rule: Automation) -> Proof:
    event = _last(context, record.ref, rule.event)
    if event is None or not rule.enabled:
        return _if_it_happened(context, record, rule)
    return _Prover(context, event, grounds_of(context, event)).proof(rule.id, wanted=True)


def _if_it_happened(context: Context, record: Record, rule: Automation) -> Proof:
    """What the rule would decide for the record as it is now."""
    ref, at = record.ref, context.now()
    event = Event(event_id(rule.event, ref, "if"), rule.event, ref, record.fields, record.fields, at)
    stored = StoredContext(context, {})
    facts = event_facts(context, event, stored, list(rule.paths()))
    prover = _Prover(context, event, Grounds(context.rules, facts, at), record.modified_at)
    return prover.supposed(rule)


@dataclass(frozen=True, slots=True)
class _Prover:
    """Explains one event by the facts it was decided on; `read_at` is when the record had these fields."""

    context: Context
    event: Event
    grounds: Grounds | None
    read_at: datetime | None = None

    def proof(self, id: str, *, wanted: bool) -> Proof:
        """What the rule made of the event; the change is towards holding where that is `wanted`."""
        rule = self.grounds.book.automations.get(id) if self.grounds else None
        if self.grounds is None or rule is None or not rule.watches(self.event):
            known = self.context.rules.automations.get(id)
            sentence = _("{event} on {at}: the rule was not there or off then, or it is too long ago to be known.")
            return Proof(
                id, say(known.title) if known else id, "not_there", self._at(sentence), self._event(), self.event.at
            )
        (trace,) = self.grounds.book.traces(self.event, self.grounds.facts, (id,))
        with self.context.store.read() as session:
            run = RuleRuns(session).get(self.event.id, id)
            writes = [each for each in Intents(session).of_event(self.event.id) if each.rule == id]
        state = _state(trace, run, writes)
        may_change = not wanted or state in {"not_met", "cannot_tell"}
        return Proof(
            rule=id,
            title=say(rule.title),
            state=state,
            sentence=self._at(_sentences()[state]),
            event=self._event(),
            at=self.event.at,
            place=str(rule.place),
            conditions=readings_of(trace, self._words),
            changes=self._changes(rule, wanted) if may_change else (),
            problems=tuple(_problems(trace, run, writes)),
            writes=tuple(_write(self.context, intent) for intent in writes),
        )

    def supposed(self, rule: Automation) -> Proof:
        assert self.grounds is not None
        trace = trace_of(rule, self.event, self.grounds.facts)
        state: State = "not_happened" if rule.enabled else "off"
        return Proof(
            rule=rule.id,
            title=say(rule.title),
            state=state,
            sentence=self._at(_sentences()[state]),
            event=self._event(),
            place=str(rule.place),
            conditions=readings_of(trace, self._words),
            changes=tuple(dict.fromkeys((*self._moment(), *self._changes(rule, wanted=True)))),
            problems=(*(say(problem) for problem in trace.problems), *self._past(rule)),
            conditional=True,
        )

    def _changes(self, rule: Automation, wanted: bool) -> tuple[str, ...]:
        assert self.grounds is not None
        flips = nearest_change(rule.condition, self.grounds.facts, wanted=wanted)
        words = self._words(flip.now.seen for flip in flips or () if isinstance(flip.now.seen, RecordRef))
        return tuple(words.change(flip) for flip in flips or ())

    def _moment(self) -> Iterator[str]:
        """The change of a field that makes the event happen."""
        for moment, value in self._moments():
            if value != moment.to:
                words, path = self._words(()), f"{self.event.ref.entity}.{moment.field}"
                wanted = words.sentence(f"{path} equals '{moment.to}'")
                yield _("{wanted} (it is {value})").format(wanted=wanted, value=words.seen(f"{path} equals", value))

    def _past(self, rule: Automation) -> Iterator[str]:
        """The record is already what the event would make it: it was so when the hub first read it."""
        if rule.enabled and any(value == moment.to for moment, value in self._moments()):
            yield _(
                "It was so already when the hub first read it, which is no news: make the document by hand, or set the "
                "record back, sync, and set it again."
            )

    def _moments(self) -> Iterator[tuple[Moment, Value]]:
        """What makes the event happen, as far as it is one value of a field, and the value there is."""
        entity = self.context.registry.entities.get(f"{self.event.ref.service}.{self.event.ref.entity}")
        for moment in entity.moments if entity else ():
            if f"{self.event.ref.entity}.{moment.name}" == self.event.name and not moment.any_change:
                yield moment, (self.event.after or {}).get(moment.field)

    def _words(self, refs: Iterable[RecordRef]) -> Words:
        ref = self.event.ref
        return Words(self.context, ref.service, self.event.name, titles(self.context, refs), self._origins())

    def _origins(self) -> Mapping[str, Origin]:
        if self.grounds is None:
            return {}
        ref, facts = self.event.ref, self.grounds.facts
        own = self.read_at or self.event.at
        known = {ref.entity: Origin(ref, own), BEFORE: Origin(ref, None)}
        times = [each.get("as_of") for each in facts.get(RECEIVABLES, {}).values() if isinstance(each, Mapping)]
        if times:
            # The oldest of them: a figure may be of any.
            said = min((each for each in times if isinstance(each, datetime)), default=None)
            account = facts.get(ref.entity, {}).get("account")
            known[RECEIVABLES] = Origin(account if isinstance(account, RecordRef) else ref, said)
        return known | dict(self._referenced(facts, ref))

    def _referenced(self, facts: Facts, ref: RecordRef) -> Iterator[tuple[str, Origin]]:
        assert self.grounds is not None
        for name, value in facts.get(ref.entity, {}).items():
            if isinstance(value, RecordRef) and name in facts:
                yield name, Origin(value, self.grounds.at)

    def _event(self) -> str:
        return event_label(self.context, self.event.name)

    def _at(self, sentence: str) -> str:
        zone = organization_zone(self.context)
        at = formats.time(self.event.at, zone) if zone else f"{formats.time(self.event.at)} UTC"
        return sentence.format(event=self._event(), at=at)


def _state(trace: Trace, run: RuleRun | None, writes: Sequence[Intent]) -> State:
    if run is not None and run.verdict == BLOCKED:
        return "blocked"
    if trace.outcome != "asked":
        return trace.outcome
    states = {intent.state for intent in writes}
    if not states:
        return "nothing_left"
    if states & {"failed", "abandoned"}:
        return "failed"
    return "waiting" if "planned" in states else "made"


def _sentences() -> Mapping[str, str]:
    return {
        "made": _("{event} on {at}: its conditions held, and it was done."),
        "waiting": _("{event} on {at}: its conditions held; the write is still to be made."),
        "failed": _("{event} on {at}: its conditions held, but the write failed or was given up."),
        "nothing_left": _("{event} on {at}: its conditions held, and there was nothing left to do."),
        "blocked": _("{event} on {at}: its conditions held, but the record does not allow the action."),
        "unfilled": _("{event} on {at}: its conditions held, but a parameter cannot be filled."),
        "passed_over": _("{event} on {at}: its conditions held, but another rule of its group goes first."),
        "not_met": _("{event} on {at}: its conditions did not hold."),
        "cannot_tell": _("{event} on {at}: it could not be determined whether its conditions hold."),
        "not_happened": _("'{event}' has not happened since the hub knows the record."),
        "off": _("The rule is switched off."),
    }


def _problems(trace: Trace, run: RuleRun | None, writes: Sequence[Intent]) -> Iterator[str]:
    yield from (say(problem) for problem in trace.problems)
    if trace.passed_over_by:
        yield trace.passed_over_by
    obstacle = run.trace.get("obstacle") if run is not None and run.verdict == BLOCKED else None
    if isinstance(obstacle, Mapping):
        yield say(Text(str(obstacle["en"]), str(obstacle["ja"])))
    yield from remarks_of(run.trace) if run is not None else ()
    yield from (say(intent.problem) for intent in writes if intent.problem is not None)


def _write(context: Context, intent: Intent) -> str:
    states = {"planned": _("still to be made"), "done": _("done"), "failed": _("failed"), "abandoned": _("given up")}
    said = f"{action_label(context, intent.action)}: {states[intent.state]}"
    return f"{said} ({intent.result})" if intent.result else said


def _by_people() -> Proof:
    return Proof(
        "", "", "by_people", _("No rule made it: people did, in the service, or before the hub was connected.")
    )


def _broken(rule: BrokenRule) -> Proof:
    problems = tuple(say(error.message) for error in rule.errors)
    sentence = _("The rule cannot be used: its file has mistakes.")
    return Proof(rule.id, rule.title or rule.id, "broken", sentence, place=f"{rule.file}:1", problems=problems)


def _another_kind(context: Context, rule: Automation) -> Proof:
    sentence = _("The rule waits for '{event}', which never happens to this kind of record.")
    event = event_label(context, rule.event)
    return Proof(rule.id, say(rule.title), "not_happened", sentence.format(event=event), event, place=str(rule.place))


def _last(context: Context, ref: RecordRef, name: str) -> Event | None:
    """The latest event of this name on the record."""
    after: str | None = None
    while True:
        with context.store.read() as session:
            page = Events(session).of_record(ref, after=after, limit=200)
        found = next((event for event in page.items if event.name == name), None)
        if found is not None or page.next is None:
            return found
        after = page.next


def document_named(context: Context, asked: str, actor: Person | None) -> RecordRef:
    """The document of this number or `service:entity:id`. Raises ConfigError for none, or several, of the number."""
    try:
        ref = RecordRef.parse(asked)
    except ValueError:
        return _by_number(context, asked, actor)
    with context.store.read() as session:
        if not Documents(session).known([ref]) and not Records(session).known([ref]):
            raise _nothing(asked)
    return ref


def _by_number(context: Context, number: str, actor: Person | None) -> RecordRef:
    with context.store.read() as session:
        # What they may not see has no number either.
        seen = viewable(context, session, actor, Documents(session).numbered(number))
    found = sorted(seen)
    if len(found) == 1:
        return found[0]
    if not found:
        raise _nothing(number)
    several = ", ".join(map(str, found))
    raise ConfigError(
        Text(en=f"Several documents have the number '{number}'.", ja=f"番号「{number}」の書類が複数あります。"),
        hint=Text(en=f"Name one of these: {several}.", ja=f"次のいずれかを指定してください: {several}。"),
    )


def _record(context: Context, asked: str) -> Record:
    try:
        ref = RecordRef.parse(asked)
    except ValueError:
        ref = RecordRef(context.registry.crm_service(), "deal", asked)
    with context.store.read() as session:
        record = Records(session).get(ref) or Documents(session).record(ref)
    if record is None:
        raise _nothing(asked)
    return record


def _nothing(asked: str) -> ConfigError:
    return ConfigError(
        Text(en=f"The hub knows no '{asked}'.", ja=f"「{asked}」は見つかりません。"),
        hint=Text(
            en="Name it as service:entity:id, such as crm:deal:123; 'tsunagi sync' reads what is new.",
            ja="service:entity:id の形（例: crm:deal:123）で指定してください。"
            "新しいものは「tsunagi sync」で読み込みます。",
        ),
    )
