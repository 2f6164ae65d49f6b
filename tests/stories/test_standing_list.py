"""What is not as it should be stands on one list until it is: the next sync does not say that all is well."""

import shutil
from pathlib import Path
from typing import Any

import pytest

STARTER = Path(__file__).parents[2] / "rules"


@pytest.fixture
def desk_with_books(open_office: Any, clock: Any) -> Any:
    """Connected, signed in, and served; nobody is told of changes, so that each sync is the test's own."""
    return open_office(listening=False, now=clock)


def listed(office: Any, **filters: str) -> list[dict[str, Any]]:
    answer = office.client.get(f"{office.page_url}/api/open-items", params=filters)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def customer(zoho: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in zoho.customers() if each["contact_name"] == name)
    return found


def names(zoho: Any) -> list[str]:
    return sorted(each["contact_name"] for each in zoho.customers())


def test_a_passing_refusal_of_authorisation(desk_with_books: Any, zoho: Any, clock: Any) -> None:
    office = desk_with_books
    refusal = '{"code": 57, "message": "You are not authorized to perform this operation"}'
    zoho.fault("status", method="POST", path="/books/v3/contacts", status=401, body=refusal, count=None)
    zoho.add("Accounts", Account_Name="青葉商事株式会社")

    office.sync()
    (item,) = listed(office)
    assert (item["kind"], item["reason"], item["resolver"]) == ("write", "access_refused", "person")
    assert item["records"][0]["title"] == "青葉商事株式会社"
    assert item["remedy"]

    # Not due yet: the service is not asked, and the list is as it was.
    asked = zoho.calls_to("/books/v3/contacts", "POST")
    office.sync()
    assert zoho.calls_to("/books/v3/contacts", "POST") == asked
    assert [each["since"] for each in listed(office)] == [item["since"]]

    # Due, and refused again: it waits longer from now on.
    clock.pass_(minutes=2)
    office.sync()
    (again,) = listed(office)
    assert (again["since"], again["attempts"]) == (item["since"], 2)

    zoho.control("DELETE", "/faults")
    clock.pass_(minutes=10)
    office.sync()
    assert (listed(office), names(zoho)) == ([], ["青葉商事株式会社"])
    office.sync()
    assert (listed(office), names(zoho)) == ([], ["青葉商事株式会社"])


@pytest.mark.parametrize("mended", ["first", "second"])
def test_two_accounts_of_one_name(desk_with_books: Any, zoho: Any, mended: str) -> None:
    office = desk_with_books
    accounts = {which: zoho.add("Accounts", Account_Name="みなと商会", Phone=which) for which in ("first", "second")}
    office.sync()
    (item,) = listed(office)
    assert (item["kind"], item["reason"], item["next_try"]) == ("write", "refused", None)
    refused = item["records"][0]["id"]

    office.sync()
    assert [each["key"] for each in listed(office)] == [item["key"]]

    # Whichever of the two is renamed, the name is free for the other.
    chosen = refused if mended == "second" else next(id for id in accounts.values() if id != refused)
    zoho.change("Accounts", chosen, Account_Name="みなと商会 神戸支店")
    office.sync()
    assert listed(office) == []
    assert names(zoho) == ["みなと商会", "みなと商会 神戸支店"]


def test_a_customer_that_is_inactive_when_its_deal_is_won(desk_with_books: Any, zoho: Any) -> None:
    office = desk_with_books
    _, deal = zoho.account_and_deal(name="青葉商事株式会社")
    office.sync()
    id = customer(zoho, "青葉商事株式会社")["contact_id"]
    zoho.finance("books", "POST", f"/contacts/{id}/inactive")

    zoho.win(deal)
    office.sync()
    (item,) = listed(office, kind="billing")
    assert item["records"][0]["id"] == deal
    office.sync()
    assert [each["key"] for each in listed(office)] == [item["key"]]
    assert zoho.invoices() == []

    zoho.finance("books", "POST", f"/contacts/{id}/active")
    office.sync()
    assert listed(office) == []
    assert len(zoho.invoices()) == 1
    office.sync()
    assert len(zoho.invoices()) == 1


@pytest.mark.parametrize("mended", ["by hand", "by a retry"])
def test_a_customer_that_was_deleted_when_its_deal_is_won(desk_with_books: Any, zoho: Any, mended: str) -> None:
    office = desk_with_books
    _, deal = zoho.account_and_deal(name="青葉商事株式会社")
    for number in range(4):
        zoho.add("Accounts", Account_Name=f"取引先{number}")
    office.sync()
    zoho.finance("books", "DELETE", f"/contacts/{customer(zoho, '青葉商事株式会社')['contact_id']}")

    zoho.win(deal)
    office.sync()
    (item,) = listed(office, kind="billing")
    assert item["records"][0]["id"] == deal
    assert "has no customer in books" in item["text"]
    assert "enter it again" in item["remedy"]
    office.sync()
    assert [each["key"] for each in listed(office)] == [item["key"]]
    assert zoho.invoices() == []

    if mended == "by hand":
        zoho.finance("books", "POST", "/contacts", {"contact_name": "青葉商事株式会社", "contact_type": "customer"})
        office.sync()
    else:
        answer = office.client.post(f"{office.page_url}/api/open-items/retries", json={"which": item["key"]})
        assert answer.status_code == 202
        office.wait_until(lambda: not listed(office))
    assert listed(office) == []
    assert [each["customer_name"] for each in zoho.invoices()] == ["青葉商事株式会社"]
    office.sync()
    assert (len(zoho.invoices()), len(names(zoho))) == (1, 5)


def test_two_names_exchanged(desk_with_books: Any, zoho: Any) -> None:
    office = desk_with_books
    east = zoho.add("Accounts", Account_Name="東商会")
    west = zoho.add("Accounts", Account_Name="西商会")
    office.sync()
    ids = {name: customer(zoho, name)["contact_id"] for name in ("東商会", "西商会")}
    zoho.change("Accounts", east, Account_Name="西商会")
    zoho.change("Accounts", west, Account_Name="東商会")

    office.sync()
    assert {each["records"][0]["id"] for each in listed(office)} == {east, west}
    office.sync()
    assert len(listed(office)) == 2

    # The usual way round: one takes another name for a while.
    zoho.change("Accounts", east, Account_Name="東商会 (旧)")
    office.sync()
    assert listed(office) == []
    zoho.change("Accounts", east, Account_Name="西商会")
    office.sync()
    assert listed(office) == []
    assert customer(zoho, "西商会")["contact_id"] == ids["東商会"]
    assert customer(zoho, "東商会")["contact_id"] == ids["西商会"]


def test_a_person_says_so(desk_with_books: Any, zoho: Any) -> None:
    """The button of the page: what is not due is tried at once, and the page shows what is left."""
    office = desk_with_books
    refusal = '{"code": 57, "message": "You are not authorized to perform this operation"}'
    zoho.fault("status", method="POST", path="/books/v3/contacts", status=401, body=refusal, count=None)
    zoho.add("Accounts", Account_Name="青葉商事株式会社")
    office.sync()
    assert "青葉商事株式会社" in office.page("/open-items")
    assert "対応方法" in office.page("/open-items?kind=write", "ja")
    assert "青葉商事株式会社" not in office.page("/open-items?kind=mail")
    health = office.client.get(f"{office.page_url}/health").json()
    assert (health["open_for_person"], health["open_by_itself"]) == (1, 0)

    zoho.control("DELETE", "/faults")
    answer = office.client.post(f"{office.page_url}/api/open-items/retries", json={"which": "access_refused"})
    assert (answer.status_code, answer.json()) == (202, {"items": 1})
    office.wait_until(lambda: names(zoho) == ["青葉商事株式会社"] and not listed(office))
    assert "Everything is as it should be" in office.page("/open-items")


def test_a_customer_deleted_in_the_books_is_made_anew_by_the_next_edit(desk_with_books: Any, zoho: Any) -> None:
    """Books lists no deletions: that the customer is gone shows when it is written to."""
    office = desk_with_books
    account = zoho.add("Accounts", Account_Name="東商会")
    zoho.add("Accounts", Account_Name="西商会")
    office.sync()
    zoho.finance("books", "DELETE", f"/contacts/{customer(zoho, '東商会')['contact_id']}")

    zoho.change("Accounts", account, Phone="03-1234-5678")
    office.sync()
    assert [item["reason"] for item in listed(office)] == ["record_gone"]
    office.sync()
    assert (names(zoho), listed(office)) == (["東商会", "西商会"], [])
    office.sync()
    assert names(zoho) == ["東商会", "西商会"]


def test_a_rule_file_with_a_mistake(open_office: Any, tmp_path: Path) -> None:
    """What was in force stays so, and somebody is told: a rule nobody hears of would bill nobody."""
    folder = tmp_path / "rules"
    shutil.copytree(STARTER, folder)
    office = open_office(listening=False, rules_dir=folder)
    file = folder / "automations" / "deal_won_invoice.yaml"
    good = file.read_text(encoding="utf-8")
    for text, reasons in ((good + "broken: [\n", ["rule_file_broken"]), (good, [])):
        file.write_text(text, encoding="utf-8")
        office.hub.context.rule_book.look_again()
        office.sync()
        assert [item["reason"] for item in listed(office)] == reasons
        assert "deal_won_invoice" in office.hub.rules.automations
        if reasons:
            assert "deal_won_invoice.yaml:" in office.page("/open-items")
            page = office.page("/open-items", "ja")
            assert "tsunagi rules" not in page
            assert 'href="/rules">ルールを開く' in page


def test_what_cannot_be_meant_is_not_tried(desk_with_books: Any) -> None:
    answer = desk_with_books.client.post(
        f"{desk_with_books.page_url}/api/open-items/retries", json={"which": "nonsense"}
    )
    assert answer.status_code == 422


def test_a_record_that_cannot_be_read_keeps_no_other_waiting(open_office: Any, zoho: Any, clock: Any) -> None:
    office = open_office(now=clock)
    office.sync()
    office.wait_until(office.quiet)
    bad = zoho.add("Accounts", Account_Name="読めない商会")
    zoho.fault("status", method="GET", path="/crm/v8/Accounts", status=400, body='{"code": "INVALID_DATA"}', count=None)
    office.wait_until(lambda: office.state()["inbox"] == 1)
    deal = zoho.add("Deals", Deal_Name="別件", Stage="Qualification", Closing_Date="2026-12-01")
    office.wait_until(lambda: office.client.get(f"{office.page_url}/deals/{deal}").status_code == 200)

    def set_aside() -> bool:
        clock.pass_(minutes=1)
        zoho.change("Deals", deal, Description=str(clock()))
        return any(item["records"][0]["id"] == bad for item in listed(office, kind="notice"))

    office.wait_until(set_aside)
    (item,) = listed(office, kind="notice")
    assert item["next_try"]

    zoho.control("DELETE", "/faults")
    office.client.post(f"{office.page_url}/api/open-items/retries", json={"which": item["key"]})
    office.wait_until(lambda: not listed(office) and "読めない商会" in names(zoho))
