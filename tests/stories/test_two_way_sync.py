"""Syncs in both directions, by the company's own settings: edits, duplicates, deletions, merges, questions."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from signing_in import form_token

from tsunagi.app import jobs

RULES = Path(__file__).parents[2] / "rules"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RULES, tmp_path / "rules"))


@pytest.fixture
def settings(rules: Path) -> Callable[..., None]:
    """Changes values in the settings of Books customers, or of another pair."""
    from tsunagi.yaml_editing import with_yaml

    def change(pair: str = "books_customers", **values: str) -> None:
        path = rules / "sync" / f"{pair}.yaml"
        text = path.read_text(encoding="utf-8")
        for name, value in values.items():
            text = with_yaml(text, tuple(name.split("__")), value)
        path.write_text(text, encoding="utf-8")

    return change


@pytest.fixture
def office(open_office: Any, rules: Path) -> Iterator[Any]:
    return open_office(listening=False, rules_dir=rules)


def account(zoho: Any, name: str) -> dict[str, Any]:
    found = zoho.call("GET", "/crm/v8/Accounts", fields="Account_Name,Phone,Website,Billing_City,Region,Description")
    (row,) = [each for each in found["data"] if each["Account_Name"] == name]
    return row


def accounts(zoho: Any) -> list[str]:
    found = zoho.call("GET", "/crm/v8/Accounts", fields="Account_Name")
    return sorted(each["Account_Name"] for each in (found or {"data": []})["data"])


def customer(zoho: Any, name: str) -> dict[str, Any]:
    (row,) = [each for each in zoho.customers() if each["contact_name"] == name]
    return zoho.books(f"/contacts/{row['contact_id']}")["contact"]


def names(zoho: Any) -> list[str]:
    return sorted(each["contact_name"] for each in zoho.customers())


def later(zoho: Any) -> None:
    """Services date changes to the second."""
    zoho.control("POST", "/clock/advance", {"seconds": 3})


def add_customer(zoho: Any, name: str, **fields: Any) -> str:
    made = zoho.finance("books", "POST", "/contacts", {"contact_name": name, "contact_type": "customer", **fields})
    return str(made["contact"]["contact_id"])


def change_customer(zoho: Any, id: str, **fields: Any) -> None:
    known = zoho.books(f"/contacts/{id}")["contact"]
    zoho.finance("books", "PUT", f"/contacts/{id}", {"contact_name": known["contact_name"], **fields})


def test_both_sides_edited_both_edits_survive_and_nothing_comes_back(
    office: Any, zoho: Any, settings: Callable[..., None]
) -> None:
    settings(direction="both", fields__region="{crm: Region, finance: cf_region, values: {Kanto: East}}")
    zoho.control(
        "POST", "/crm/fields", {"module": "Accounts", "api_name": "Region", "label": "Region", "data_type": "text"}
    )
    id = zoho.add("Accounts", Account_Name="青葉商事", Phone="03-1111-0000", Region="Kanto", Billing_City="東京")
    add_customer(zoho, "Northwind", billing_address={"city": "Osaka", "phone": "06-1"})
    assert office.sync().state == "done"

    # What was new on either side is on the other now, with the field the company added and its table of values.
    made = customer(zoho, "青葉商事")
    assert made["custom_fields"][0]["value"] == "East"
    assert account(zoho, "Northwind")["Billing_City"] == "Osaka"
    before = zoho.writes()
    assert office.sync().state == "done"
    assert zoho.writes() == before, "its own writes are no news"

    # Edits of different fields, on both sides between two runs; Books' list shows neither city nor notes.
    later(zoho)
    zoho.change("Accounts", id, Phone="03-2222-0000")
    change_customer(zoho, made["contact_id"], billing_address={**made["billing_address"], "city": "横浜"})
    assert office.sync().state == "done"
    assert account(zoho, "青葉商事")["Billing_City"] == "横浜"
    assert customer(zoho, "青葉商事")["billing_address"]["phone"] == "03-2222-0000"
    before = zoho.writes()
    assert office.sync().state == "done"
    assert zoho.writes() == before


def test_deleted_merged_and_restored_in_the_crm(office: Any, zoho: Any, settings: Callable[..., None]) -> None:
    settings(deletions="deactivate", merges="deactivate", guard="{always: 2, percent: 10, most: 5}")
    ids = {
        name: zoho.add("Accounts", Account_Name=name) for name in ("青葉商事", "青葉商事 本店", "Northwind", "Contoso")
    }
    person = zoho.add("Contacts", Last_Name="佐藤", Account_Name={"id": ids["青葉商事 本店"]})
    assert office.sync().state == "done"
    kept = customer(zoho, "青葉商事 本店")["contact_id"]

    # Merged: what pointed at the merged account tells which one survived; its own customer is left over.
    body = {"merge": [{"data": [{"id": ids["青葉商事 本店"]}]}]}
    zoho.call("POST", f"/crm/v8/Accounts/{ids['青葉商事']}/actions/merge", body)
    zoho.call("DELETE", "/crm/v8/Accounts", ids=ids["Northwind"])
    assert office.sync().state == "done"
    stands = {each["contact_name"]: each["status"] for each in zoho.customers()}
    assert stands == {"青葉商事": "active", "青葉商事 本店": "inactive", "Northwind": "inactive", "Contoso": "active"}
    persons = zoho.books(f"/contacts/{customer(zoho, '青葉商事')['contact_id']}/contactpersons")["contact_persons"]
    assert [each["first_name"] for each in persons] == ["佐藤"], "the person went with the account"
    assert person
    assert kept

    # Back from the recycle bin it finds its old partner, which is put back into use; nobody is made twice.
    zoho.control("POST", f"/crm/recycle_bin/{ids['Northwind']}/restore")
    zoho.change("Accounts", ids["Northwind"], Phone="06-1")
    assert office.sync().state == "done"
    back = customer(zoho, "Northwind")
    assert (back["status"], back["billing_address"]["phone"]) == ("active", "06-1")
    assert len(names(zoho)) == 4


def test_an_edit_survives_however_often_its_partner_is_deleted(
    open_office: Any, zoho: Any, rules: Path, settings: Callable[..., None]
) -> None:
    settings(direction="both", deletions="delete", conflicts="ask", guard="{always: 100}")
    office = open_office(rules_dir=rules)
    zoho.fault("duplicate_callback", path="/crm/v8/*", count=None)
    # One of two: that a side is empty would be another matter.
    id, _ = (zoho.add("Accounts", Account_Name=name) for name in ("青葉商事", "Contoso"))
    assert office.sync().state == "done"
    later(zoho)
    change_customer(zoho, customer(zoho, "青葉商事")["contact_id"], billing_address={"phone": "03-1234-5678"})

    # The CRM tells at once that it is deleted, Books tells nothing: only the write itself meets the edit.
    for _ in range(2):
        zoho.call("DELETE", "/crm/v8/Accounts", ids=id)
        office.wait_until(lambda: at_rest(office, zoho))
        assert customer(zoho, "青葉商事")["billing_address"]["phone"] == "03-1234-5678"
        later(zoho)
        zoho.control("POST", f"/crm/recycle_bin/{id}/restore")
        office.wait_until(lambda: at_rest(office, zoho))

    assert office.sync().state == "done"
    assert account(zoho, "青葉商事")["Phone"] == "03-1234-5678"


def test_an_edit_that_is_made_while_a_write_waits_is_not_written_over(
    office: Any, zoho: Any, settings: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(direction="both", conflicts="ask")
    ids = [zoho.add("Accounts", Account_Name=name, Phone="03-0000-0000") for name in ("青葉商事", "Contoso")]
    assert office.sync().state == "done"
    theirs = customer(zoho, "青葉商事")["contact_id"]
    waits: list[float] = []

    def somebody_edits(seconds: float) -> None:
        waits.append(seconds)
        zoho.mend()
        later(zoho)
        change_customer(zoho, theirs, billing_address={"phone": "03-2222-2222"})

    monkeypatch.setattr(jobs, "sleep", somebody_edits)
    zoho.change("Accounts", ids[0], Phone="03-1111-1111")
    zoho.fault("status", method="PUT", path=f"/books/v3/contacts/{theirs}", status=500, count=None)

    assert office.sync().state == "done"
    assert len(waits) == 1
    assert customer(zoho, "青葉商事")["billing_address"]["phone"] == "03-2222-2222"
    # Both were edited, which is asked of a person.
    assert office.sync().state == "done"
    assert (account(zoho, "青葉商事")["Phone"], customer(zoho, "青葉商事")["billing_address"]["phone"]) == (
        "03-1111-1111",
        "03-2222-2222",
    )


def test_an_edit_survives_however_often_the_same_change_meets_it(
    open_office: Any, zoho: Any, rules: Path, settings: Callable[..., None]
) -> None:
    settings(direction="both", conflicts="ask")
    office = open_office(rules_dir=rules)
    id, _ = (zoho.add("Accounts", Account_Name=name, Phone="03-0000-0000") for name in ("青葉商事", "Contoso"))
    assert office.sync().state == "done"
    later(zoho)
    change_customer(zoho, customer(zoho, "青葉商事")["contact_id"], billing_address={"phone": "03-2222-2222"})

    # The CRM tells at once, Books tells nothing: only the write itself meets the edit.
    for phone in ("03-1111-1111", "03-0000-0000", "03-1111-1111", "03-0000-0000", "03-1111-1111"):
        zoho.change("Accounts", id, Phone=phone)
        office.wait_until(lambda: at_rest(office, zoho))
        later(zoho)
        assert customer(zoho, "青葉商事")["billing_address"]["phone"] == "03-2222-2222"


def at_rest(office: Any, zoho: Any) -> bool:
    """Every callback was delivered, and what followed from it is done."""
    under_way = zoho.control("GET", "/callbacks?state=waiting")["callbacks"] or jobs.under_way()
    return not under_way and bool(office.quiet())


def test_too_many_deletions_wait_for_a_word(office: Any, zoho: Any, settings: Callable[..., None]) -> None:
    settings(deletions="delete", guard="{always: 1, percent: 10, most: 5}")
    ids = [zoho.add("Accounts", Account_Name=f"商会 {number}") for number in range(6)]
    assert office.sync().state == "done"

    zoho.call("DELETE", "/crm/v8/Accounts", ids=",".join(ids[:2]))
    refused = office.sync()
    assert refused.state == "refused"
    assert "2 of 6" in str(refused.problem)
    assert len(names(zoho)) == 6

    # The page of a plan takes the word; without it the plan stays as it is.
    plan = send(office, "/plans", kind="sync")
    office.wait_until(lambda: "Allow all its deletions" in office.page(plan))
    send(office, f"{plan}/apply")
    office.wait_until(lambda: "2 of 6" in office.page(plan))
    assert len(names(zoho)) == 6
    send(office, f"{plan}/apply", allow_deletions="true")
    office.wait_until(lambda: len(names(zoho)) == 4)
    office.wait_until(lambda: not jobs.under_way())

    # So does that of the run that was refused.
    later(zoho)
    zoho.call("DELETE", "/crm/v8/Accounts", ids=",".join(ids[2:4]))
    refused = office.sync()
    assert "2 of 4" in str(refused.problem)
    assert "Sync with these deletions" in office.page(f"/sync-runs/{refused.id}")
    send(office, "/sync-runs", allow_deletions="true")
    office.wait_until(lambda: names(zoho) == ["商会 4", "商会 5"])
    office.wait_until(lambda: not jobs.under_way())


def send(office: Any, path: str, **form: str) -> str:
    """As a form of a page does; returns where it leads to."""
    token = form_token(office.page("/plans"))
    answer = office.client.post(f"{office.page_url}{path}", data={**form, "form_token": token})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


@pytest.mark.parametrize(
    ("policy", "customers", "linked"),
    [
        ("overwrite", ["株式会社青葉商事"], True),
        ("clone", ["株式会社青葉商事 (2)", "青葉商事"], True),
        ("skip", ["青葉商事"], False),
    ],
)
def test_duplicates_under_each_policy(
    office: Any, zoho: Any, settings: Callable[..., None], policy: str, customers: list[str], linked: bool
) -> None:
    settings(duplicates=policy)
    id = zoho.add("Accounts", Account_Name="株式会社青葉商事")
    add_customer(zoho, "青葉商事")
    assert office.sync().state == "done"
    assert names(zoho) == customers
    assert (f"crm:account:{id}" in partners(office)) is linked
    assert office.sync().state == "done"
    assert names(zoho) == customers


def partners(office: Any, pair: str = "books.customers") -> dict[str, str]:
    from tsunagi.store.links import Links
    from tsunagi.store.records import Records

    with office.hub.store.read() as session:
        refs = [record.ref for record in Records(session).page("crm", "account").items]
        links = Links(session).of_pair(pair, "left", refs)
    return {str(left): str(link.right) for left, link in links.items()}


def test_uncertain_matches_and_conflicts_are_decided_by_a_person(
    office: Any, zoho: Any, settings: Callable[..., None]
) -> None:
    from tsunagi.app.sync import reviewing

    context = office.hub.context
    settings(direction="both", conflicts="ask")
    # The same telephone alone is no proof.
    ids = [zoho.add("Accounts", Account_Name=f"{name} 商会", Phone=f"03-{name * 4}") for name in "123"]
    for name in "123":
        add_customer(zoho, f"Trading {name}", billing_address={"phone": f"03-{name * 4}"})
    settings(matching="{link_at: 90, review_at: 40, keys: [{field: phone, compare: phone, score: 45}]}")
    assert office.sync().state == "done"
    assert len(names(zoho)) == len(accounts(zoho)) == 3, "nothing is made of what somebody has to decide"

    asked = {each.titles[each.item.left]: each for each in reviewing.questions(context).items if each.item.left}
    assert sorted(asked) == ["1 商会", "2 商会", "3 商会"]
    for name, word in zip("123", ("link", "create", "skip"), strict=True):
        reviewing.answer(context, None, asked[f"{name} 商会"].item.id, word)
    assert office.sync().state == "done"
    assert partners(office)[f"crm:account:{ids[0]}"]
    assert "2 商会" in names(zoho)
    assert "Trading 2" in accounts(zoho)
    assert "3 商会" not in names(zoho)
    assert "Trading 3" not in accounts(zoho)
    assert list(reviewing.questions(context).items) == []

    # The same field edited on both sides.
    linked = partners(office)[f"crm:account:{ids[0]}"].rpartition(":")[2]
    later(zoho)
    zoho.change("Accounts", ids[0], Website="https://crm.example")
    change_customer(zoho, linked, website="https://books.example")
    assert office.sync().state == "done"
    (conflict,) = reviewing.questions(context).items
    assert (conflict.item.field, conflict.item.compared["left"]) == ("website", "https://crm.example")
    office.sign_in()
    asked_of = f"{office.page_url}/api/sync-reviews"
    (shown,) = office.client.get(asked_of).json()["items"]
    assert office.client.post(f"{asked_of}/{shown['id']}", json={"answer": "link"}).status_code == 422
    assert office.client.post(f"{asked_of}/{shown['id']}", json={"answer": "finance"}).status_code == 200
    assert office.sync().state == "done"
    assert account(zoho, accounts_by_id(zoho)[ids[0]])["Website"] == "https://books.example"
    assert list(reviewing.questions(context).items) == []


def accounts_by_id(zoho: Any) -> dict[str, str]:
    found = zoho.call("GET", "/crm/v8/Accounts", fields="Account_Name")["data"]
    return {each["id"]: each["Account_Name"] for each in found}


def test_moving_in_adopts_what_the_integration_before_has_linked(
    office: Any, zoho: Any, settings: Callable[..., None], tmp_path: Path
) -> None:
    from zoho_sandbox.database import Database
    from zoho_sandbox.finance.contacts import link_to_crm

    id = zoho.add("Accounts", Account_Name="青葉商事")
    there = add_customer(zoho, "Aoba Trading KK")
    database = Database(tmp_path / "zoho.db")
    link_to_crm(database, there, account_id=id)
    database.close()
    assert office.sync().state == "done"
    assert partners(office) == {f"crm:account:{id}": f"books:customer:{there}"}
    assert names(zoho) == ["青葉商事"], "one customer, with the CRM's name now"


def test_a_view_selects_and_contacts_without_account_become_customers(
    office: Any, zoho: Any, settings: Callable[..., None]
) -> None:
    criteria = {"comparator": "equal", "field": {"api_name": "Industry"}, "value": "Retail"}
    zoho.control("POST", "/crm/custom_views", {"module": "Accounts", "name": "Customers", "criteria": criteria})
    settings(select="{modules: [accounts], view: Customers, contacts_without_account: customer}")
    zoho.add("Accounts", Account_Name="青葉商事", Industry="Retail")
    other = zoho.add("Accounts", Account_Name="Rival", Industry="Technology")
    zoho.add("Contacts", Last_Name="田中", First_Name="花子", Phone="090-1", Mailing_City="大阪")
    assert office.sync().state == "done"
    assert names(zoho) == ["花子 田中", "青葉商事"]
    assert customer(zoho, "花子 田中")["billing_address"]["city"] == "大阪"

    zoho.change("Accounts", other, Industry="Retail")
    assert office.sync().state == "done"
    assert names(zoho) == ["Rival", "花子 田中", "青葉商事"]

    settings(select__view="Custmers")
    refused = office.sync()
    assert refused.state == "refused"
    assert "Did you mean" in str(refused.problem) or "'Customers'" in str(refused.problem)


def test_a_settings_file_with_a_mistake_stops_its_pair_and_says_where(
    office: Any, zoho: Any, settings: Callable[..., None], rules: Path
) -> None:
    zoho.add("Accounts", Account_Name="青葉商事")
    settings(fields__phone="{crm: phnoe, finance: phone}")
    refused = office.sync()
    assert refused.state == "refused"
    assert "sync/books_customers.yaml:" in str(refused.problem)
    assert "Did you mean 'phone'?" in str(refused.problem)
    assert names(zoho) == []


def test_settings_are_read_changed_and_tried_through_the_api(open_office: Any, zoho: Any, rules: Path) -> None:
    office = open_office(listening=False, rules_dir=rules)
    office.sign_in()
    api = f"{office.page_url}/api/sync-pairs"
    id = zoho.add("Accounts", Account_Name="青葉商事", Phone=" 03-1 ")

    known = {each["pair"]: each for each in office.client.get(api).json()}
    assert (known["books.customers"]["state"], known["books.customers"]["direction"]) == ("on", "crm_to_finance")
    values = {"direction": "both", "fields.phone.owner": "crm"}
    changed = office.client.patch(f"{api}/books.customers", json={"values": values})
    assert changed.json()["direction"] == "both"
    assert "# or finance_to_crm, both" in (rules / "sync" / "books_customers.yaml").read_text(encoding="utf-8")

    before = (rules / "sync" / "books_customers.yaml").read_text(encoding="utf-8")
    refused = office.client.patch(f"{api}/books.customers", json={"values": {"fields.phone.finance": "fone"}})
    assert refused.status_code == 422
    assert "Did you mean 'phone'?" in refused.text
    assert (rules / "sync" / "books_customers.yaml").read_text(encoding="utf-8") == before

    text = before.replace("notes: {crm: description", "notes: {crm: phone")
    tried = office.client.post(f"{api}/books.customers/try", json={"record": f"crm:account:{id}", "text": text}).json()
    fields = {each["field"]: each for each in tried["fields"]}
    assert fields["name"]["written"] == {"name": "青葉商事"}
    assert fields["notes"]["written"] == {"notes": "03-1"}
    assert tried["missing"] == []
    assert names(zoho) == []
    assert office.client.get(f"{api}/nobody").status_code == 404


def test_the_plan_tells_what_goes_where_before_anything_is_written(
    office: Any, zoho: Any, settings: Callable[..., None]
) -> None:
    from tsunagi.app.sync import reviewing, workflows
    from tsunagi.app.sync.preview import planned_steps, workload

    settings(direction="both")
    settings(matching="{link_at: 90, review_at: 40, keys: [{field: name, compare: name, score: 97}]}")
    for name in ("株式会社青葉商事", "Contoso", "Fabrikam GmbH"):
        zoho.add("Accounts", Account_Name=name)
    for name in ("青葉商事", "Northwind", "Fabrikam Inc"):
        add_customer(zoho, name)
    before = zoho.writes()
    context = office.hub.context
    run = workflows.start_plan(context)
    ended = workflows.run_plan(context, office.hub.jobs, run)

    steps = planned_steps(ended.counts)
    counted = steps["books.customers"]
    # One is linked and its name is brought over, one is made on either side, one pair is asked about.
    assert {name: counted[name] for name in ("adopt", "create", "into_crm")} == {"adopt": 1, "create": 2, "into_crm": 1}
    load = workload(context, ended)["crm"]
    # One call for the account, one for each listing; the sandbox is called without a limit.
    listed = sum(name.startswith("crm.") for name in ended.counts)
    assert load == {"writes": 1, "calls": 1 + listed, "minutes": 0, "days": 0}
    (asked,) = reviewing.questions(context).items
    assert set(asked.titles.values()) == {"Fabrikam GmbH", "Fabrikam Inc"}
    assert zoho.writes() == before
