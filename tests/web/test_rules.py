"""The rules page."""

import re
from collections.abc import Callable

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
        "carried out 1 times",
        "automations/deal_won_invoice.yaml:",
    ):
        assert shown in page


def test_the_same_in_japanese(visit: Visit) -> None:
    page = text_of(visit("/rules", lang="ja"))
    for shown in ("受注した商談を請求する", "きっかけ 商談の受注", "取引先が入力済み", "Zoho Books に請求書を作成"):
        assert shown in page
