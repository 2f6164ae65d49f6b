"""From an empty folder to an invoice and the reason for it, with the installed command."""

from collections.abc import Callable
from typing import Any

import pytest

Inside = Callable[..., Any]


def test_connect_sync_and_look_at_the_invoice_of_a_won_deal(
    tsunagi: Any, inside: Inside, company: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (account,) = company.add("Accounts", {"Account_Name": "株式会社さくら商店"})
    company.add("Contacts", {"Last_Name": "佐藤", "First_Name": "花子", "Account_Name": {"id": account}})
    (deal,) = company.add(
        "Deals",
        {"Deal_Name": "年間保守契約", "Stage": "Qualification", "Amount": 120000, "Account_Name": {"id": account}},
    )
    tsunagi.environment |= company.variables("crm")
    for name, value in company.variables("books").items():
        monkeypatch.setenv(name, value)

    made = inside("init", "--json")
    assert made.code == 0
    assert (tsunagi.folder / "rules/automations/deal_won_invoice.yaml").is_file()
    assert made.json["kept"] == []

    connected = [tsunagi("connect", "crm", "--json"), inside("connect", "books", "--json")]
    assert [(each.code, each.err) for each in connected] == [(0, ""), (0, "")]
    assert [each.json["service"] for each in connected] == ["crm", "books"]

    first = tsunagi("sync", "--start", "--json")
    assert first.code == 0, first.err
    assert first.json["state"] == "done"
    assert first.json["counts"]["books.customers"] == {"create": 1, "done": 1}
    assert first.json["api_calls"]["crm"]["GET"] > 0

    company.change("Deals", deal, Stage="Closed Won")
    company.fault("delay", method="GET", path="/crm/v8/Accounts", seconds=1.5)
    second = inside("sync")
    assert second.code == 0, second.err
    assert "done 1" in second.out
    assert not second.out.startswith("{")
    # Without a terminal it says line by line how far it is.
    assert "Reading Zoho" in second.err

    shown = tsunagi("accounts", "show", "株式会社さくら商店")
    assert "年間保守契約" in shown.out
    assert "¥120,000" in shown.out
    assert "Invoice a won deal" in shown.out

    (panel,) = [each for each in inside("accounts", "show", account, "--json").json["panels"] if each["rows"]]
    (invoice,) = panel["rows"]
    assert invoice["total"] == {"amount": "120000", "currency": "JPY"}
    assert invoice["why"]["rule"] == "deal_won_invoice"
    assert invoice["why"]["record"] == f"crm:deal:{deal}"

    told = inside("--language", "ja", "rules", "explain", f"crm:deal:{deal}")
    assert "年間保守契約" in told.out
    assert "条件を満たしました" in told.out
    assert invoice["number"] in told.out
    (cause,) = inside("rules", "explain", invoice["record"], "--json").json
    assert cause["event"]["name"] == "deal.won"
    assert cause["writes"][0]["result"] == invoice["record"]


def test_what_is_printed_holds_no_secret(inside: Inside, company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in company.variables("crm").items():
        monkeypatch.setenv(name, value)
    said = [inside(*call) for call in (("connect", "crm", "--json"), ("connections",), ("settings", "show", "--json"))]
    assert [each.code for each in said] == [0, 0, 0]
    assert not any("sandbox-secret" in each.out + each.err or "1000.sandbox" in each.out + each.err for each in said)
    assert said[0].json["settings"]["client_id"] == "1000.SANDBOX"
