"""What a rule file's author is told: the place, what was found, what is valid, in both languages, all at once."""

import pytest

from tsunagi.rules.book import RuleBook
from tsunagi.rules.vocabulary import Vocabulary

HEAD = "version: 1\nautomation: a_rule\ntitle: A rule\ntrigger: {event: deal.won}\n"
TAIL = "actions:\n  - action: books.invoice.create\n"


def told(text: str, vocabulary: Vocabulary, language: str = "en") -> list[str]:
    book = RuleBook.load({"a.yaml": text}, vocabulary)
    assert not book.automations
    return [error.message.ja if language == "ja" else error.message.en for error in book.problems]


def test_all_mistakes_of_a_file_are_told_from_its_top_down(vocabulary: Vocabulary) -> None:
    text = (
        "version: 2\n"
        "automation: A Rule\n"
        "titel: A rule\n"
        "trigger: {event: deal.won}\n"
        "conditions:\n"
        "  - {field: deal.amount, greater_then: 0}\n"
        "  - {field: deal.amount}\n"
        "  - not: {field: deal.amount, greater_than: [1]}\n"
        "actions: []\n"
        "repeat: sometimes\n"
    )
    operators = (
        "at_least, at_most, changed, contains, equals, greater_than, in, is_blank, is_set, less_than, "
        "not_equals, not_in, starts_with"
    )
    assert told(text, vocabulary) == [
        "a.yaml:1:1: 'title' is missing.",
        "a.yaml:1:10: version: Got the number 2. Valid are: 1.",
        "a.yaml:2:13: automation: 'A Rule' is no identifier: use lower-case letters, digits and _, "
        "beginning with a letter.",
        "a.yaml:3:1: titel: There is no key 'titel' here. Did you mean 'title'?",
        "a.yaml:6:26: conditions[0].greater_then: There is no key 'greater_then' here. Did you mean 'greater_than'?",
        f"a.yaml:7:5: conditions[1]: This comparison has no operator. Valid are: {operators}.",
        "a.yaml:8:45: conditions[2].not.greater_than: Expected a text or a number, got the list [1].",
        "a.yaml:9:10: actions: This may not be empty.",
        "a.yaml:10:9: repeat: Got the text 'sometimes'. Valid are: every_time, once_per_record.",
    ]
    japanese = told(text, vocabulary, "ja")
    assert japanese[0] == "a.yaml:1:1: 「title」がありません。"
    assert japanese[3] == "a.yaml:3:1: titel: ここに「titel」というキーはありません。「title」ではありませんか。"
    assert len(japanese) == 9


SHAPES = [
    (
        "{all: [{field: deal.name, is_set: true}], field: deal.name}",
        "A condition is one group or one comparison, not several (all, field); write them as items of a list.",
    ),
    ("{greater_than: 0}", "'field' is missing: name the field to compare (greater_than)."),
    ("{}", "This condition is empty: give 'field' with an operator, or one of all, any, not."),
    ("5", "Expected a group of keys, got the number 5."),
    ("{any: []}", "any: This may not be empty."),
    ("{field: '', is_set: true}", "field: This may not be empty."),
    ("{field: deal.name, is_set: maybe}", "is_set: Expected true or false, got the text 'maybe'."),
    ("{field: deal.name, starts_with: 5}", "starts_with: Expected a text, got the number 5."),
    ("{not: [{field: deal.name, is_set: true}]}", "not: Expected a group of keys, got the list [{field, is_set}]."),
    ("{field: deal.name, in: A}", "in: Expected a list, got the text 'A'."),
]
MEANINGS = [
    ("{field: deal.amout, greater_than: 0}", "field: 'deal' has no field 'amout'. Did you mean 'amount'?"),
    (
        "{field: deals.amount, greater_than: 0}",
        "field: Nothing is called 'deals' when something happens to a deal. Did you mean 'deal'?",
    ),
    ("{field: deal, is_set: true}", "field: 'deal' is no field: name the record and the field, such as deal.amount."),
    (
        "{field: deal.account.name, equals: A}",
        "field: 'deal.account' names another record; its fields are written 'account.name'.",
    ),
    (
        "{field: deal.amount.tax, equals: A}",
        "field: 'deal.amount' is money; valid are: deal.amount.amount, deal.amount.currency.",
    ),
    (
        "{field: deal.amount, greater_than: lots}",
        "greater_than: 'amount' is compared with a number, or an amount such as 100000 JPY, not with the text 'lots'.",
    ),
    (
        "{field: account.phone, equals: 0312345678}",
        "equals: 'phone' is compared with a text (put numbers in quotes), not with the number 312345678.",
    ),
    (
        "{field: deal.closing_date, at_least: 2026-13-01}",
        "at_least: '2026-13-01' is not a day in the calendar.",
    ),
    ("{field: deal.closing_date, equals: 2027-02-31}", "equals: '2027-02-31' is not a day in the calendar."),
    (
        "{field: deal.changed_at, less_than: 2027-02-31T09:00:00+09:00}",
        "less_than: '2027-02-31T09:00:00+09:00' is not a day in the calendar.",
    ),
    (
        "{field: deal.closing_date, at_least: soon}",
        "at_least: 'closing_date' is compared with a date such as 2026-11-24, not with the text 'soon'.",
    ),
    (
        "{field: deal.probability, equals: '${deal.amount.currency}'}",
        "equals: 'probability' is compared with a number such as 100000, not with ${deal.amount.currency}, "
        "which is text.",
    ),
    ("{field: deal.outcome, equals: one}", "equals: 'outcome' is never 'one'. Did you mean 'won'?"),
    ("{field: deal.outcome, in: [won, lose]}", "in[1]: 'outcome' is never 'lose'. Did you mean 'lost'?"),
    (
        "{field: deal.stage, greater_than: 5}",
        "greater_than: 'stage' is of the type text, which has no order; greater_than needs a number, money, "
        "a date or a time.",
    ),
    (
        "{field: deal.amount, contains: '1'}",
        "contains: 'amount' is of the type money; contains looks inside texts.",
    ),
    (
        "{field: account.name, changed: true}",
        "changed: Only fields of 'deal' can have changed in this event, not 'account.name'.",
    ),
    (
        "{field: deal.name, equals: 'A ${deal.stage}'}",
        "equals: 'A ${deal.stage}' mixes a fact with text; a comparison takes one fact alone, such as '${deal.name}'.",
    ),
    (
        "{field: deal.name, equals: '${deal.stage'}",
        "equals: '${' is not closed; write '${record.field}', or '$${' for the characters themselves.",
    ),
]


@pytest.mark.parametrize(("condition", "message"), SHAPES + MEANINGS)
def test_a_condition_that_cannot_be_meant(condition: str, message: str, vocabulary: Vocabulary) -> None:
    text = f"{HEAD}conditions:\n  - {condition}\n{TAIL}"
    (english,) = told(text, vocabulary)
    (japanese,) = told(text, vocabulary, "ja")
    place, _, reason = english.partition(": conditions[0]")
    assert place.startswith("a.yaml:6:")
    assert reason.lstrip(".: ") == message
    assert japanese.startswith(f"{place}: conditions[0]")
    assert any(ord(character) > 0x3000 for character in japanese)


@pytest.mark.parametrize(
    ("trigger", "message"),
    [
        ("{event: deal.one}", "event: There is no event 'deal.one'. Did you mean 'deal.won'?"),
        (
            "{event: deal.won, service: books}",
            "service: The service 'books' has no event 'deal.won'. Valid are: crm.",
        ),
    ],
)
def test_an_unknown_trigger(trigger: str, message: str, vocabulary: Vocabulary) -> None:
    (told_once,) = told(HEAD.replace("{event: deal.won}", trigger) + TAIL, vocabulary)
    assert told_once.partition(": trigger.")[2] == message


ACTIONS = [
    (
        "{action: books.invoice.make}",
        "action: There is no action 'books.invoice.make'. Did you mean 'books.invoice.create'?",
    ),
    (
        "{action: books.invoice.create, parameters: {term_days: 5}}",
        "parameters.term_days: The action 'books.invoice.create' has no parameter 'term_days'. "
        "Did you mean 'terms_days'?",
    ),
    (
        "{action: books.invoice.create, parameters: {lines: all}}",
        "parameters.lines: 'lines' must be one of 'products', 'amount' or 'auto', got the text 'all'.",
    ),
    (
        "{action: books.invoice.create, parameters: {terms_days: soon}}",
        "parameters.terms_days: 'terms_days' must be a whole number, got the text 'soon'.",
    ),
    (
        "{action: books.invoice.create, parameters: {date: tomorrow}}",
        "parameters.date: 'date' must be a date such as 2026-11-24, got the text 'tomorrow'.",
    ),
    (
        "{action: books.invoice.create, parameters: {date: '${deal.closing_dat}'}}",
        "parameters.date: 'deal' has no field 'closing_dat'. Did you mean 'closing_date'?",
    ),
    (
        "{action: mail.reminder.send}",
        "parameters.to: The action 'mail.reminder.send' needs the parameter 'to'.",
    ),
    (
        "{action: mail.reminder.send, parameters: {to: a, copies: [b, 5]}}",
        "parameters.copies[1]: 'copies' must be a text, got the number 5.",
    ),
    (
        "{action: mail.reminder.send, parameters: {to: a, copies: [b, 'x ${c']}}",
        "parameters.copies[1]: '${' is not closed; write '${record.field}', or '$${' for the characters themselves.",
    ),
]


@pytest.mark.parametrize(("step", "message"), ACTIONS)
def test_an_action_that_cannot_be_meant(step: str, message: str, vocabulary: Vocabulary) -> None:
    text = f"{HEAD}actions:\n  - {step}\n"
    (english,) = told(text, vocabulary)
    assert english.startswith("a.yaml:6:")
    assert english.partition(": actions[0].")[2] == message
    (japanese,) = told(text, vocabulary, "ja")
    assert any(ord(character) > 0x3000 for character in japanese)


def test_a_title_in_one_language_only_needs_the_other_or_none(vocabulary: Vocabulary) -> None:
    text = HEAD.replace("title: A rule", "title: {en: A rule}") + TAIL
    assert told(text, vocabulary) == ["a.yaml:3:1: title: 'ja' is missing."]
    text = HEAD.replace("title: A rule", "title: [A rule]") + TAIL
    assert told(text, vocabulary) == ["a.yaml:3:8: title: Expected a text or a group of keys, got the list ['A rule']."]


def test_conditions_beyond_any_reason_are_refused(vocabulary: Vocabulary) -> None:
    pairs = "{any: [{field: deal.name, equals: a%d}, {field: deal.stage, equals: b%d}]}"
    ways = "".join(f"  - {pairs % (n, n)}\n" for n in range(9))
    (message,) = told(f"{HEAD}conditions:\n{ways}{TAIL}", vocabulary)
    assert message.endswith("can be met in more than 240 ways; make several rules of them.")
    many = "".join(f"  - {{field: deal.name, not_equals: a{n}}}\n" for n in range(101))
    (message,) = told(f"{HEAD}conditions:\n{many}{TAIL}", vocabulary)
    assert "101 comparisons are too many" in message
