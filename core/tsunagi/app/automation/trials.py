"""Before it matters: what the rules would do with one record, and what changed rules would have done with the history.

Nothing is stored and nothing is written; services are at most read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tsunagi.app.automation.action_context import StoredContext
from tsunagi.app.automation.decisions import Evaluated
from tsunagi.app.automation.evaluate import evaluate
from tsunagi.app.automation.event_facts import event_facts
from tsunagi.app.automation.rule_book import rules_folder
from tsunagi.app.context import Context
from tsunagi.domain.entities import EntityType, FieldSpec, Moment
from tsunagi.domain.events import Event, event_id
from tsunagi.domain.records import Record, RecordRef, Value
from tsunagi.errors import ConfigError
from tsunagi.rule_files import RuleFiles, read_rule_files
from tsunagi.rules.backtest import Backtest
from tsunagi.rules.book import RuleBook
from tsunagi.rules.case_facts import typed_value
from tsunagi.rules.facts import Facts, facts_of, with_event
from tsunagi.rules.matchers import choose
from tsunagi.rules.trace import Trace
from tsunagi.store.events import Events
from tsunagi.store.records import Records
from tsunagi.store.rule_runs import RuleDecisions
from tsunagi.text import Text
from tsunagi.wording import nearest
from tsunagi.yaml_marks import parse

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Simulated:
    """One event, as if it occurred now: what each rule that waits for it decides, and what would be written."""

    event: Event
    traces: tuple[Trace, ...]
    evaluated: Evaluated


def simulate(
    context: Context, ref: RecordRef, *, event: str = "", given: Mapping[str, str] | None = None
) -> tuple[Simulated, ...]:
    """What the rules would do if `event` (default: each they wait for) happened to the record now.

    `given` are fields in place of the record's own, as a table of cases writes them. Raises ConfigError for an unknown
    record, event or field, and for a value that is not of the field's type.
    """
    with context.store.read() as session:
        record = Records(session).get(ref)
    if record is None:
        raise ConfigError(
            Text(en=f"The hub knows no '{ref}'.", ja=f"「{ref}」は見つかりません。"),
            hint=Text(en="'tsunagi sync' reads what is new.", ja="新しいものは「tsunagi sync」で読み込みます。"),
        )
    kind = context.registry.entity(ref.service, ref.entity)
    fields = {**record.fields, **dict(_given(kind, given or {}))}
    names = [event] if event else _awaited(context, kind)
    _refuse_unknown(context, kind, event)
    return tuple(_simulated(context, kind, record, fields, name) for name in names)


def _awaited(context: Context, kind: EntityType) -> list[str]:
    names = (rule.event for rule in context.rules.automations.values() if rule.enabled)
    return list(dict.fromkeys(name for name in names if name.partition(".")[0] == kind.name))


def _refuse_unknown(context: Context, kind: EntityType, event: str) -> None:
    known = [name for name in context.rules.vocabulary.events if name.partition(".")[0] == kind.name]
    if event and event not in known:
        message = Text(
            en=f"'{event}' never happens to a {kind.name}.", ja=f"「{kind.name}」に「{event}」は起きません。"
        )
        raise ConfigError(message, hint=nearest(event, known))


def _simulated(context: Context, kind: EntityType, record: Record, fields: Mapping[str, Value], name: str) -> Simulated:
    ref, at = record.ref, context.now()
    occasion = name.partition(".")[2]
    moment = next((each for each in kind.moments if each.name == occasion), None)
    now = {**fields, moment.field: moment.to} if moment and not moment.any_change else dict(fields)
    before = None if occasion == "created" else _before(record, moment)
    event = Event(event_id(name, ref, "simulated"), name, ref, before, now, at)
    stored = StoredContext(context, {ref: Record(ref, now, record.version, record.modified_at)})
    facts = event_facts(context, event, stored, context.rules.paths_for(event))
    return Simulated(event, context.rules.traces(event, facts), evaluate(context, event, stored, "simulated"))


def _before(record: Record, moment: Moment | None) -> Mapping[str, Value]:
    """The record as it is; where the moment is over already, as if it had not been."""
    if moment is not None and record.fields.get(moment.field) == moment.to:
        return {**record.fields, moment.field: None}
    return record.fields


def _given(kind: EntityType, given: Mapping[str, str]) -> Iterator[tuple[str, Value]]:
    for name, text in given.items():
        spec: FieldSpec | None = kind.field(name)
        if spec is None:
            message = Text(en=f"'{kind.name}' has no field '{name}'.", ja=f"「{kind.name}」に「{name}」はありません。")
            raise ConfigError(message, hint=nearest(name, [each.name for each in kind.fields]))
        value = typed_value(spec, parse(name, text).data if text.strip() else None)
        if isinstance(value, Text):
            raise ConfigError(Text(en=f"{name}: {value.en}", ja=f"{name}: {value.ja}"))
        yield name, value


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a backtest. `assumed` counts events whose referenced records are taken as they are today, since
    no rule waited for them on the day."""

    backtest: Backtest
    assumed: int


def backtest(context: Context, changed: Path, *, since: datetime, rules_dir: Path) -> Replayed:
    """Replay the stored history with the rules in force and with the changed ones.

    `changed` is a rule file, which takes the place of the rule of its name or is added, or a rules folder. A file
    of the rules folder itself is compared with how the hub last knew it. Raises ConfigError where it is not there,
    RuleFileError where it has mistakes.
    """
    before, after = _both(context, changed, rules_dir)
    return _replayed(context, before, after, since)


def backtest_book(context: Context, changed: RuleBook, *, since: datetime) -> Replayed:
    """The same with rules that are in no file yet."""
    return _replayed(context, _in_force(context, dict(context.rules.texts)), changed, since)


def _replayed(context: Context, before: RuleBook, after: RuleBook, since: datetime) -> Replayed:
    replay = Backtest(before, after)
    assumed = 0
    for page in _history(context, since):
        events = [event for event in page if replay.waits_for(event)]
        for event, facts, known in _with_facts(context, events):
            replay.add(event, facts)
            assumed += not known
    return Replayed(replay, assumed)


def _both(context: Context, changed: Path, rules_dir: Path) -> tuple[RuleBook, RuleBook]:
    current = dict(context.rules.texts)
    if changed.is_dir():
        return _in_force(context, current), _loaded(context, read_rule_files(changed), None)
    text = _text(changed)
    folder = rules_folder(rules_dir)
    inside = changed.resolve().is_relative_to(folder.resolve())
    name = changed.resolve().relative_to(folder.resolve()).as_posix() if inside else changed.name
    before = _in_force(context, _last_known(context, current, name) if inside else current)
    replaced = _file_of(context, text) or name
    rest = {file: known for file, known in current.items() if file != replaced}
    return before, _loaded(context, RuleFiles({**rest, name: text}, {}), name)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            Text(en=f"'{path}' cannot be read: {error}.", ja=f"「{path}」を読めません: {error}。"),
            hint=Text(en="Name a rule file, or a rules folder.", ja="ルールファイルかフォルダーを指定してください。"),
        ) from error


def _last_known(context: Context, current: Mapping[str, str], name: str) -> dict[str, str]:
    """The rules in force with this file as the hub last decided by it; without it where it never did."""
    with context.store.read() as session:
        versions = RuleDecisions(session).versions()
    texts = (book.texts.get(name) for book in versions)
    earlier = next((text for text in texts if text != current.get(name)), None)
    rest = {file: text for file, text in current.items() if file != name}
    return rest if earlier is None else {**rest, name: earlier}


def _file_of(context: Context, text: str) -> str | None:
    """The file of the rule in force that has the name of this one."""
    data = parse("", text).data
    name = data.get("automation") if isinstance(data, dict) else None
    known = context.rules.automations.get(name) if isinstance(name, str) else None
    return known.file if known else None


def _in_force(context: Context, texts: Mapping[str, str]) -> RuleBook:
    """For a long history, the quicker of the matchers, which all decide the same."""
    return RuleBook.load(texts, context.rules.vocabulary, matcher=choose("native"))


def _loaded(context: Context, files: RuleFiles, must_load: str | None) -> RuleBook:
    """Raises RuleFileError for a mistake in the file that matters, or in any where none is named."""
    book = RuleBook.load(files.rules, context.rules.vocabulary, matcher=choose("native"), unreadable=files.unreadable)
    for problem in book.problems:
        if must_load in {None, problem.path}:
            raise problem
    return book


def _history(context: Context, since: datetime) -> Iterator[Sequence[Event]]:
    after: str | None = None
    while True:
        with context.store.read() as session:
            page = Events(session).since(since, after=after, limit=_PAGE)
        yield page.items
        if page.next is None:
            return
        after = page.next


def _with_facts(context: Context, events: Sequence[Event]) -> Iterator[tuple[Event, Facts, bool]]:
    """Each with the facts of the day; where they were not kept, with referenced records as they are today."""
    with context.store.read() as session:
        kept = RuleDecisions(session).facts_of([event.id for event in events])
    stored = StoredContext(context, {})
    for event in events:
        facts = kept.get(event.id)
        if facts is not None:
            yield event, with_event(event, facts), True
        else:
            yield event, facts_of(event, stored.fields, stored.day_of(event.at)), False
