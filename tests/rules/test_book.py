"""Loading and deciding: what follows from an event, under which key, and the explanation that comes with it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import simplejson
from hypothesis import given, settings
from hypothesis import strategies as st

from tsunagi import Event, Money, RecordRef, RuleFileError
from tsunagi.domain.events import event_id
from tsunagi.rules.automations import Evaluation
from tsunagi.rules.book import RuleBook
from tsunagi.rules.conditions import CannotTell, DoesNot, Holds
from tsunagi.rules.durable import unavailable
from tsunagi.rules.facts import facts_of
from tsunagi.rules.matchers import MatcherChoice, choose
from tsunagi.rules.vocabulary import Vocabulary

MakeEvent = Callable[..., Event]
REF = RecordRef("crm", "account", "1")
DEAL = {
    "name": "保守契約",
    "outcome": "won",
    "amount": Money(Decimal(120000), "JPY"),
    "account": REF,
    "closing_date": None,
}
RULE = """\
version: 1
automation: a_rule
title: {en: A rule, ja: ルール}
trigger: {event: deal.won}
conditions:
  - {field: deal.amount, greater_than: 0}
  - any:
      - {field: account.country, equals: 日本}
      - not: {field: deal.name, contains: 契約}
actions:
  - action: books.invoice.create
    parameters: {date: "${deal.closing_date}", notes: "${deal.name} / ${deal.amount}"}
"""


@pytest.fixture(params=["native", "durable", "both"])
def matcher(request: pytest.FixtureRequest) -> MatcherChoice:
    if request.param != "native" and unavailable() is not None:
        pytest.skip(f"{request.param} matcher: {unavailable()}")
    return choose(request.param)


def test_a_rule_that_holds_asks_for_its_action(vocabulary: Vocabulary, won: MakeEvent, matcher: MatcherChoice) -> None:
    book = RuleBook.load({"a.yaml": RULE}, vocabulary, matcher=matcher)
    assert not book.problems
    deal = DEAL | {"closing_date": date(2026, 11, 30)}
    event = won(deal)
    facts = {"deal": deal, "account": {"country": "日本"}}
    decided = book.decide(event, facts)
    (call,) = decided.calls
    assert call.call.rule == "a_rule"
    assert call.call.action == "books.invoice.create"
    assert call.call.event is event
    assert dict(call.call.parameters)["date"] == date(2026, 11, 30)
    assert dict(call.call.parameters)["notes"] == "保守契約 / 120000 JPY"
    assert str(call.place) == "a.yaml:11"
    assert book.traces(event, facts)[0].outcome == "asked"


def test_a_rule_that_does_not_hold_says_which_condition(
    vocabulary: Vocabulary, won: MakeEvent, matcher: MatcherChoice
) -> None:
    book = RuleBook.load({"a.yaml": RULE}, vocabulary, matcher=matcher)
    facts = {"deal": DEAL, "account": {"country": "France"}}
    assert book.decide(won(DEAL), facts).calls == ()
    assert book.evaluate(won(DEAL), facts) == Evaluation()
    (trace,) = book.traces(won(DEAL), facts)
    assert trace.outcome == "not_met"
    assert [type(each.verdict) for each in trace.conditions] == [Holds, DoesNot]
    assert list(trace.lines("en")) == [
        "a_rule (A rule): its conditions do not hold  a.yaml:2",
        "  ✓ deal.amount greater_than 0 (saw 120000 JPY)  a.yaml:6",
        "  ✗ any of these  a.yaml:7",
        "    ✗ account.country equals '日本' (saw 'France')  a.yaml:8",
        "    ✗ not  a.yaml:9",
        "      ✓ deal.name contains '契約' (saw '保守契約')  a.yaml:9",
    ]
    assert next(iter(trace.lines("ja"))) == "a_rule (ルール): 条件を満たしていません  a.yaml:2"


def test_what_cannot_be_told_is_never_taken_for_no(
    vocabulary: Vocabulary, won: MakeEvent, matcher: MatcherChoice
) -> None:
    book = RuleBook.load({"a.yaml": RULE}, vocabulary, matcher=matcher)
    assert [rule.id for rule in book.evaluate(won(DEAL), {"deal": DEAL}).undecided] == ["a_rule"]
    (trace,) = book.traces(won(DEAL), {"deal": DEAL})
    assert trace.outcome == "cannot_tell"
    assert isinstance(trace.verdict, CannotTell)
    assert trace.verdict.path == "account.country"
    assert "    ? account.country equals '日本': there is no 'account' here (have: deal)  a.yaml:8" in list(
        trace.lines()
    )
    data = simplejson.loads(simplejson.dumps(trace.as_json()))
    assert data["outcome"] == "cannot_tell"
    assert data["conditions"][0]["seen"] == {"$money": ["120000", "JPY"]}
    assert data["conditions"][1]["parts"][0]["reason"]["ja"]


def test_a_parameter_that_cannot_be_had_stops_all_actions_of_its_rule(vocabulary: Vocabulary, won: MakeEvent) -> None:
    text = RULE + "  - {action: mail.reminder.send, parameters: {to: '${contact.email}'}}\n"
    facts = {"deal": DEAL, "account": {"country": "日本"}}
    book = RuleBook.load({"a.yaml": text}, vocabulary)
    decided = book.decide(won(DEAL), facts)
    assert decided.calls == ()
    (trace,) = book.traces(won(DEAL), facts)
    assert decided.unfilled == {"a_rule": trace.problems}
    assert trace.outcome == "unfilled"
    assert trace.problems[0].en == (
        "a.yaml:13: 'to' of mail.reminder.send quotes contact.email, which cannot be had: "
        "there is no 'contact' here (have: account, deal)"
    )
    blank = {**facts, "contact": {"email": None}}
    (trace,) = book.traces(won(DEAL), blank)
    assert trace.problems[0].en == "a.yaml:13: to: 'to' must be a text, got nothing."


def test_a_broken_rule_stays_visible_and_the_others_work(vocabulary: Vocabulary, won: MakeEvent) -> None:
    texts = {"a.yaml": RULE, "b.yaml": RULE.replace("a_rule", "b_rule").replace("deal.won", "deal.wn"), "c.yaml": "["}
    book = RuleBook.load(texts, vocabulary)
    assert list(book.automations) == ["a_rule"]
    assert [(rule.id, rule.title, rule.file) for rule in book.broken] == [
        ("b_rule", "A rule", "b.yaml"),
        ("", "", "c.yaml"),
    ]
    assert all(isinstance(error, RuleFileError) and error.line for error in book.problems)
    assert book.decide(won(DEAL), {"deal": DEAL, "account": {"country": "日本"}}).calls


def test_two_rules_of_one_name_are_told_apart_by_file(vocabulary: Vocabulary) -> None:
    book = RuleBook.load({"b.yaml": RULE, "a.yaml": RULE}, vocabulary)
    assert book.automations["a_rule"].file == "a.yaml"
    assert book.problems[0].message.en == "b.yaml:2:1: automation: There is another automation 'a_rule' at a.yaml:2."


def test_a_rule_that_is_switched_off_is_kept_and_does_nothing(vocabulary: Vocabulary, won: MakeEvent) -> None:
    book = RuleBook.load({"a.yaml": RULE + "enabled: false\n"}, vocabulary)
    assert not book.automations["a_rule"].enabled
    assert book.traces(won(DEAL), {"deal": DEAL}) == ()
    assert book.evaluate(won(DEAL), {"deal": DEAL}) == Evaluation()


def test_keys_hold_for_the_record_or_for_the_event(vocabulary: Vocabulary, won: MakeEvent) -> None:
    facts = {"deal": DEAL, "account": {"country": "日本"}}

    def keys(text: str, version: str) -> list[str]:
        return [
            call.key
            for call in RuleBook.load({"a.yaml": text}, vocabulary).decide(won(DEAL, version=version), facts).calls
        ]

    twice = RULE + "  - action: books.invoice.create\n"
    assert keys(RULE, "1") == keys(RULE, "2")
    assert keys(twice, "1")[0] == keys(RULE, "1")[0]
    assert len(set(keys(twice, "1"))) == 2
    again = RULE + "repeat: every_time\n"
    assert keys(again, "1") == keys(again, "1")
    assert keys(again, "1") != keys(again, "2")


def test_an_event_known_to_two_services_can_be_narrowed(vocabulary: Vocabulary) -> None:
    rule = (
        "version: 1\nautomation: %s\ntitle: Paid\ntrigger: {event: invoice.updated%s}\n"
        "actions: [{action: books.invoice.create}]\n"
    )
    texts = {"any.yaml": rule % ("any", ""), "one.yaml": rule % ("one", ", service: books")}
    book = RuleBook.load(texts, vocabulary)
    at = datetime(2026, 11, 24, tzinfo=UTC)

    def asked(service: str) -> list[str]:
        ref = RecordRef(service, "invoice", "1")
        event = Event(event_id("invoice.updated", ref, "1"), "invoice.updated", ref, {}, {}, at)
        return [call.call.rule for call in book.decide(event, {"invoice": {}}).calls]

    assert asked("books") == ["any", "one"]
    assert asked("invoice") == ["any"]


def test_facts_come_from_the_event_and_the_records_it_refers_to(won: MakeEvent) -> None:
    known = {REF: {"name": "東京商事"}}
    facts = facts_of(won({**DEAL, "contact": RecordRef("crm", "contact", "9")}, {"outcome": "open"}), known.get)
    assert facts.keys() == {"deal", "before", "account", "today"}
    assert facts["account"] == {"name": "東京商事"}
    assert facts_of(won(DEAL), known.get).keys() == {"deal", "account", "today"}


def test_many_rules_at_once(vocabulary: Vocabulary, won: MakeEvent, matcher: MatcherChoice) -> None:
    template = (
        "version: 1\nautomation: r%d\ntitle: R\ntrigger: {event: deal.won}\n"
        "conditions: [{field: deal.amount, at_least: %d}, {field: deal.name, not_equals: n%d}]\n"
        "actions: [{action: books.invoice.create}]\n"
    )
    book = RuleBook.load({f"{n}.yaml": template % (n, n * 1000, n) for n in range(250)}, vocabulary, matcher=matcher)
    decided = book.decide(won(DEAL), {"deal": DEAL})
    assert {call.call.rule for call in decided.calls} == {f"r{n}" for n in range(121)}
    assert len(book.traces(won(DEAL), {"deal": DEAL})) == 250


_WORDS = [
    "version",
    "automation",
    "title",
    "trigger",
    "event",
    "conditions",
    "actions",
    "action",
    "field",
    "all",
    "not",
]
_ATOMS = st.sampled_from(
    [*_WORDS, "deal.won", "deal.amount", "equals", "in", "1", "0.5", "true", "~", "受注", "${deal.name}", "${", "'"]
)
_DATA = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]"),
        st.dictionaries(_ATOMS, inner, max_size=4).map(
            lambda items: "{" + ", ".join(f"{key}: {value}" for key, value in items.items()) + "}"
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(_WORDS), _DATA, max_size=6), st.booleans())
def test_any_file_is_a_rule_or_has_errors_inside_it(parts: dict[str, str], headed: bool) -> None:
    base = {"version": "1", "automation": "a_rule", "title": "A", "trigger": "{event: deal.won}", "actions": "[]"}
    text = "".join(f"{key}: {value}\n" for key, value in ({**base, **parts} if headed else parts).items())
    book = RuleBook.load({"a.yaml": text}, Vocabulary.of([]))
    for error in book.problems:
        assert 1 <= error.line <= max(1, text.count("\n"))
        assert error.reason.en
        assert error.reason.ja
    assert bool(book.problems) != bool(book.automations)
