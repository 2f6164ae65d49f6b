"""The two recipes of starter rules, from a deal that is created to one that is won or lost, and none at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tsunagi.app.automation.recipes import use_recipe
from tsunagi.plugin_loading import load_plugins

# The stages of two pipelines, in the words of the company; what closing means is the forecast type's to say.
STAGES = [
    {"name": "商談中", "probability": 40, "forecast_type": "Open"},
    {"name": "受注", "probability": 100, "forecast_type": "Closed Won"},
    {"name": "Closed Won (renewals)", "probability": 0, "forecast_type": "Closed Lost"},
    {"name": "失注", "probability": 0, "forecast_type": "Closed Lost"},
    {"name": "Lost? No, signed", "probability": 100, "forecast_type": "Closed Won"},
]


@pytest.fixture
def using(tmp_path: Path, zoho: Any, open_office: Any) -> Callable[..., Any]:
    """A hub with a recipe in force, and a company whose account is a customer already."""

    def use(recipe: str, service: str = "books") -> Any:
        folder = tmp_path / "rules"
        use_recipe(folder, load_plugins().registry, recipe, service=service)
        zoho.use(service)
        zoho.control("PUT", "/crm/stages", {"stages": STAGES})
        office = open_office(listening=False, rules_dir=folder, services=("crm", service))
        office.account = zoho.add("Accounts", Account_Name="青葉商事株式会社")
        assert office.sync().state == "done"
        return office

    return use


def deals(office: Any, zoho: Any, *names: str) -> list[str]:
    fields = {
        "Stage": "商談中",
        "Amount": 120_000,
        "Closing_Date": "2026-11-20",
        "Account_Name": {"id": office.account},
    }
    made = [zoho.add("Deals", Deal_Name=name, **fields) for name in names]
    assert office.sync().state == "done"
    return made


def close(office: Any, zoho: Any, **stages: str) -> None:
    for deal, stage in stages.items():
        zoho.change("Deals", deal.removeprefix("d"), Stage=stage)
    # Told twice, nothing happens twice.
    for _ in range(2):
        assert office.sync().state == "done"


def statuses(zoho: Any, service: str, kind: str) -> dict[str, int]:
    rows = zoho.finance(service, "GET", f"/{kind}")[kind]
    found = [row["status"] for row in rows]
    return {status: found.count(status) for status in sorted(set(found))}


@pytest.mark.parametrize("service", ["books", "invoice"])
def test_estimates_are_made_accepted_and_declined(using: Callable[..., Any], zoho: Any, service: str) -> None:
    office = using("estimates", service)
    won, signed, lost, renewal = deals(office, zoho, "一", "二", "三", "四")
    assert statuses(zoho, service, "estimates") == {"draft": 4}
    close(
        office,
        zoho,
        **{
            f"d{won}": "受注",
            f"d{signed}": "Lost? No, signed",
            f"d{lost}": "失注",
            f"d{renewal}": "Closed Won (renewals)",
        },
    )
    assert statuses(zoho, service, "estimates") == {"accepted": 2, "declined": 2}
    assert statuses(zoho, service, "invoices") == {}
    # An estimate can be answered only once it was sent.
    answers = [line.rpartition("/status/")[2] for line in zoho.writes() if "/status/" in line]
    assert answers.count("sent") == 4
    assert (answers.count("accepted"), answers.count("declined")) == (2, 2)


def test_invoices_are_made_and_void(using: Callable[..., Any], zoho: Any) -> None:
    office = using("invoices")
    first, second, third = deals(office, zoho, "一", "二", "三")
    assert statuses(zoho, "books", "invoices") == {}
    close(office, zoho, **{f"d{first}": "受注", f"d{second}": "Lost? No, signed", f"d{third}": "失注"})
    assert statuses(zoho, "books", "invoices") == {"draft": 2}
    close(office, zoho, **{f"d{second}": "Closed Won (renewals)"})
    assert statuses(zoho, "books", "invoices") == {"draft": 1, "void": 1}
    assert statuses(zoho, "books", "estimates") == {}


def test_none_makes_nothing(using: Callable[..., Any], zoho: Any) -> None:
    office = using("none")
    first, second = deals(office, zoho, "一", "二")
    close(office, zoho, **{f"d{first}": "受注", f"d{second}": "失注"})
    assert statuses(zoho, "books", "estimates") == {}
    assert statuses(zoho, "books", "invoices") == {}
