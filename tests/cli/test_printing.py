"""What scripts read and what people see of values."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi import Money, RecordRef, Text
from tsunagi.cli.printing import plain, print_json
from tsunagi.translation import speaking

AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=3, allow_nan=False)


@given(amount=AMOUNTS, currency=st.sampled_from(["JPY", "USD", "EUR", "BHD"]))
def test_money_is_exact_text_with_its_currency(amount: Decimal, currency: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        written: list[str] = []
        patch.setattr("sys.stdout", _Paper(written))
        print_json({"total": Money(amount, currency)})
    total = json.loads("".join(written))["total"]
    assert total["currency"] == currency
    assert isinstance(total["amount"], str)
    assert "E" not in total["amount"]
    assert Decimal(total["amount"]) == amount


class _Paper:
    def __init__(self, written: list[str]) -> None:
        self.write = written.append

    def flush(self) -> None:
        pass


def test_values_have_one_spelling(capsys: pytest.CaptureFixture[str]) -> None:
    with speaking("ja"):
        print_json(
            {
                "at": datetime(2026, 11, 24, 9, tzinfo=UTC),
                "on": date(2026, 11, 24),
                "record": RecordRef("crm", "deal", "1"),
                "said": Text("Invoices", "請求書"),
                "round": Money(Decimal("1E+3"), "USD"),
                "rate": Decimal("0.10"),
            }
        )
    assert json.loads(capsys.readouterr().out) == {
        "at": "2026-11-24T09:00:00+00:00",
        "on": "2026-11-24",
        "record": "crm:deal:1",
        "said": "請求書",
        "round": {"amount": "1000.00", "currency": "USD"},
        "rate": "0.10",
    }


def test_a_name_cannot_command_the_terminal() -> None:
    assert plain("Evil\x1b[2J Ltd\r") == "Evil\N{REPLACEMENT CHARACTER}[2J Ltd\N{REPLACEMENT CHARACTER}"
    for harmless in ("株式会社 さくら", "佐藤\u3000花子", "Nov 29, 2026, 12:32\u202fPM", "a\u00a0b"):
        assert plain(harmless) == harmless
