"""The rules page."""

import re
from collections.abc import Callable
from types import SimpleNamespace

from tsunagi.app.views.explanations import sentences
from tsunagi.plugin_loading import load_plugins
from tsunagi.rules.book import RuleBook
from tsunagi.rules.vocabulary import Vocabulary

Visit = Callable[..., str]


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_rule_reads_as_a_sentence(visit: Visit) -> None:
    page = text_of(visit("/rules"))
    for shown in (
        "Invoice a won deal",
        "When Deal won",
        "If Account is filled in Amount is more than 0",
        "Then Create an invoice in Zoho Books",
        "Once for each record",
        "Carried out: 1",
        "automations/deal_won_invoice.yaml:",
    ):
        assert shown in page


def test_the_same_in_japanese(visit: Visit) -> None:
    page = text_of(visit("/rules", lang="ja"))
    for shown in ("受注した商談を請求する", "きっかけ 商談の受注", "取引先が入力済み", "Zoho Books に請求書を作成"):
        assert shown in page


def test_fields_of_other_records_say_whose_they_are() -> None:
    rule = (
        "version: 1\nautomation: big\ntitle: {en: Big, ja: 大口}\ntrigger: {event: deal.won}\n"
        "conditions:\n  - any:\n"
        "    - {field: account.industry, in: [Energy, Food]}\n"
        "    - {field: deal.outcome, equals: won}\n"
        "    - {field: deal.amount.currency, not_equals: JPY}\n"
        "    - {field: before.stage, equals: Negotiation}\n"
        "    - {field: deal.amount, at_least: 1200000 JPY}\n"
        "actions: [{action: books.invoice.create}]\n"
    )
    registry = load_plugins().registry
    vocabulary = Vocabulary.of(registry.entities.values(), registry.actions.values())
    book = RuleBook.load({"big.yaml": rule}, vocabulary)
    assert book.problems == ()
    (any_of,) = sentences(SimpleNamespace(registry=registry), book.automations["big"])  # type: ignore[arg-type]
    assert [part.text for part in any_of.parts] == [
        "Account › Industry is one of Energy, Food",
        "Outcome is Won",
        "Amount › currency is not JPY",
        "Stage before is Negotiation",
        "Amount is at least ¥1,200,000",
    ]
