"""The connector against the sandbox, over HTTP."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tsunagi import (
    BrokenAnswer,
    ConfigError,
    Money,
    NewRecord,
    Organization,
    OutcomeUnknown,
    RecordNotFound,
    RecordRef,
    RecordRejected,
    StaleRecord,
    Subscription,
)
from tsunagi_crm.connector import CrmConnector, probe
from zoho_sandbox.crm import metadata, records
from zoho_sandbox.sandbox import Sandbox

Open = Callable[..., CrmConnector]
Serve = Callable[..., Any]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def account(number: int, **more: Any) -> dict[str, Any]:
    return {"Account_Name": f"Account {number:05}", "Modified_Time": LONG_AGO + timedelta(seconds=number), **more}


def accounts(count: int) -> Callable[[Sandbox], None]:
    return lambda sandbox: records.insert_records(sandbox, "Accounts", map(account, range(count)))


def listing(connector: CrmConnector, entity: str, cursor: str | None = None) -> tuple[list[Any], str]:
    """All records since the cursor, and the next cursor."""
    found: list[Any] = []
    while True:
        page = connector.changes(entity, cursor)
        found += page.records
        cursor = page.cursor
        if not page.more:
            return found, cursor


def test_every_field_of_a_deal_is_read(serve: Serve, connect: Open) -> None:
    def company(sandbox: Sandbox) -> None:
        metadata.add_currency(sandbox, "USD", "0.0067")
        metadata.add_field(sandbox, "Deals", "Product", "Product", "lookup", lookup_module="Products")
        (acme,) = records.insert_records(sandbox, "Accounts", [{"Account_Name": "Acme"}])
        (ann,) = records.insert_records(sandbox, "Contacts", [{"First_Name": "Ann", "Last_Name": "Lee"}])
        (disk,) = records.insert_records(sandbox, "Products", [{"Product_Name": "Disk"}])
        deal = {
            "Deal_Name": "Disks",
            "Stage": "Closed Won",
            "Amount": Decimal("1054.25"),
            "Currency": "USD",
            "Closing_Date": "2026-11-24",
            "Account_Name": {"id": acme},
            "Contact_Name": {"id": ann},
            "Product": {"id": disk},
            "Modified_Time": LONG_AGO,
        }
        records.insert_records(sandbox, "Deals", [deal, {"Deal_Name": "Bare", "Stage": "Qualification"}])

    connector = connect(serve(company).harness())
    (disks, bare), _ = listing(connector, "deal")
    (acme,), _ = listing(connector, "account")
    (ann,), _ = listing(connector, "contact")
    assert disks.fields == {
        "name": "Disks",
        "stage": "Closed Won",
        "outcome": "won",
        "amount": Money(Decimal("1054.25"), "USD"),
        "closing_date": date(2026, 11, 24),
        "account": acme.ref,
        "contact": ann.ref,
        "pipeline": "Standard",
        "description": None,
        "owner": disks.fields["owner"],
        "product": "Disk",
        "exchange_rate": Decimal("0.0067"),
    }
    assert isinstance(disks.fields["owner"], str)
    assert (disks.modified_at, disks.version) == (LONG_AGO, "2020-01-01T00:00:00+00:00")
    assert (bare.fields["amount"], bare.fields["outcome"], bare.fields["product"]) == (None, "open", None)
    assert ann.fields["full_name"] == "Ann Lee"
    assert acme.fields["currency"] == "JPY"


def test_an_amount_without_a_currency_is_in_the_base_currency(serve: Serve, connect: Open) -> None:
    def company(sandbox: Sandbox) -> None:
        metadata.set_org(sandbox, currency_code="USD")
        records.insert_records(sandbox, "Deals", [{"Deal_Name": "D", "Stage": "Qualification", "Amount": 1054}])

    harness = serve(company).harness()
    (deal,), _ = listing(connect(harness), "deal")
    assert deal.fields["amount"] == Money(Decimal(1054), "USD")
    assert "GET /crm/v8/org/currencies 200" not in harness.seen()


def test_stages_are_told_by_what_they_mean_not_by_their_names(serve: Serve, connect: Open) -> None:
    stages = [("商談中", "Open"), ("受注", "Closed Won"), ("失注", "Closed Lost")]

    def company(sandbox: Sandbox) -> None:
        metadata.define_pipeline(sandbox, [metadata.Stage(name, 50, kind) for name, kind in stages])
        records.insert_records(sandbox, "Deals", [{"Deal_Name": name, "Stage": name} for name, _ in stages])

    found, _ = listing(connect(serve(company).harness()), "deal")
    assert {deal.fields["stage"]: deal.fields["outcome"] for deal in found} == {
        "商談中": "open",
        "受注": "won",
        "失注": "lost",
    }


def test_a_stage_the_pipeline_no_longer_has_leaves_the_outcome_open_to_question(sandbox: Any, connect: Open) -> None:
    rows = [{"id": str(n), "Stage": "Gone", "Modified_Time": "2026-11-24T00:00:00+09:00"} for n in (1, 2)]
    sandbox.fault("status", path="/crm/v8/Deals", status=200, body={"data": rows})
    harness = sandbox.harness()
    found, _ = listing(connect(harness), "deal")
    assert [deal.fields["outcome"] for deal in found] == [None, None]
    assert harness.seen().count("GET /crm/v8/settings/fields 200") == 2


def test_a_listing_beyond_what_page_numbers_reach_is_complete(serve: Serve, connect: Open) -> None:
    harness = serve(accounts(2_450)).harness()
    found, _ = listing(connect(harness), "account")
    assert [record.fields["name"] for record in found] == [f"Account {n:05}" for n in range(2_450)]
    assert harness.seen().count("GET /crm/v8/Accounts 200") == 13
    assert len(harness.seen()) == 14


def test_a_second_sync_without_changes_is_one_call_an_entity(serve: Serve, connect: Open) -> None:
    def company(sandbox: Sandbox) -> None:
        metadata.add_currency(sandbox, "USD", "0.0067")
        accounts(250)(sandbox)
        deals = [{"Deal_Name": "D", "Stage": "Qualification", "Amount": 1, "Modified_Time": LONG_AGO}]
        records.insert_records(sandbox, "Deals", deals)

    sandbox = serve(company)
    first = connect(sandbox.harness())
    cursors = {entity: listing(first, entity)[1] for entity in ("account", "contact", "deal")}
    harness = sandbox.harness()
    second = connect(harness)
    assert [listing(second, entity, cursor)[0] for entity, cursor in cursors.items()] == [[], [], []]
    assert harness.seen() == [
        "GET /crm/v8/Accounts 304",
        "GET /crm/v8/Contacts 204",
        "GET /crm/v8/Deals 304",
    ]


def test_only_what_changed_is_listed_next_time(serve: Serve, connect: Open) -> None:
    sandbox = serve(accounts(300))
    connector = connect(sandbox.harness())
    found, cursor = listing(connector, "account")
    connector.update(found[7].ref, {"phone": "03-1234-5678"}, expected_version=None)
    connector.create("account", NewRecord("k", {"name": "Newcomer"}))
    again, _ = listing(connector, "account", cursor)
    assert [record.fields["name"] for record in again] == ["Account 00007", "Newcomer"]


def test_two_changes_in_one_second_are_both_seen(sandbox: Any, connect: Open) -> None:
    connector = connect(sandbox.harness())
    made = connector.create("account", NewRecord("k", {"name": "Acme"}))
    _, cursor = listing(connector, "account")
    connector.update(made.ref, {"phone": "1"}, expected_version=None)
    (again,), _ = listing(connector, "account", cursor)
    assert again.fields["phone"] == "1"


def test_a_page_token_that_is_over_costs_no_record(serve: Serve, connect: Open) -> None:
    sandbox = serve(accounts(500))
    connector = connect(sandbox.harness())
    first = connector.changes("account", None)
    body = {"code": "EXPIRED_VALUE", "details": {"param_name": "page_token"}, "message": "over", "status": "error"}
    sandbox.fault("status", path="/crm/v8/Accounts", status=400, body=body)
    rest, _ = listing(connector, "account", first.cursor)
    assert {record.ref.id for record in (*first.records, *rest)} == {
        record.ref.id for record in listing(connector, "account")[0]
    }


def test_a_field_the_organisation_added_later_is_read_from_then_on(serve: Serve, connect: Open) -> None:
    def company(sandbox: Sandbox) -> None:
        records.insert_records(sandbox, "Products", [{"Product_Name": "Disk"}])
        metadata.add_field(sandbox, "Deals", "Product", "Product", "lookup", lookup_module="Products")
        deal = {"Deal_Name": "D", "Stage": "Qualification", "Modified_Time": LONG_AGO}
        records.insert_records(sandbox, "Deals", [deal])

    harness = serve(company).harness()
    connector = connect(harness)
    (deal,) = connector.changes("deal", '{"v":1,"extras":[]}').records
    assert deal.fields["product"] is None
    assert harness.seen().count("GET /crm/v8/Deals 200") == 2


def test_records_are_read_by_id_a_hundred_at_a_time(serve: Serve, connect: Open) -> None:
    harness = serve(accounts(150)).harness()
    connector = connect(harness)
    ids = [record.ref.id for record in listing(connector, "account")[0]]
    before = len(harness.seen())
    found = connector.get_many("account", [*ids, "999"])
    assert {record.ref.id for record in found} == set(ids)
    assert len(harness.seen()) - before == 2
    assert connector.get_many("account", []) == ()


def test_a_record_that_is_not_there_is_named(sandbox: Any, connect: Open) -> None:
    connector = connect(sandbox.harness())
    ref = RecordRef("crm", "deal", "460000000000999999")
    with pytest.raises(RecordNotFound, match=str(ref)):
        connector.get(ref)
    with pytest.raises(RecordNotFound):
        connector.update(ref, {"name": "X"}, expected_version=None)
    connector.delete(ref)


def test_a_record_is_created_changed_and_deleted(serve: Serve, connect: Open) -> None:
    connector = connect(serve(lambda s: metadata.add_currency(s, "USD", "0.0067")).harness())
    acme = connector.create("account", NewRecord("k1", {"name": "Acme", "website": "https://acme.example"}))
    fields = {
        "name": "Disks",
        "stage": "Qualification",
        "amount": Money(Decimal("1054.25"), "USD"),
        "closing_date": date(2026, 11, 24),
        "account": acme.ref,
    }
    made = connector.create("deal", NewRecord("k2", fields))
    assert not made.complete
    read = connector.get(made.ref)
    assert {name: read.fields[name] for name in fields} == fields
    assert read.version == made.version
    assert connector.update(made.ref, {"amount": None}, expected_version=None).fields["amount"] is None
    connector.delete(made.ref)
    connector.delete(made.ref)
    with pytest.raises(RecordNotFound):
        connector.get(made.ref)


def test_a_record_that_moved_on_is_not_overwritten(serve: Serve, connect: Open) -> None:
    connector = connect(serve(accounts(1)).harness())
    (old,), _ = listing(connector, "account")
    changed = connector.update(old.ref, {"phone": "1"}, expected_version=old.version)
    assert changed.fields == {"phone": "1"}
    with pytest.raises(StaleRecord):
        connector.update(old.ref, {"phone": "2"}, expected_version=old.version)
    assert connector.update(old.ref, {"phone": "2"}, expected_version=changed.version).fields["phone"] == "2"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"phone": "1"}, "Account_Name"),
        ({"name": "A", "colour": "red"}, "colour"),
        ({"name": "A", "owner": "Ann"}, "owner"),
        ({"name": "A", "parent": RecordRef("crm", "account", "123")}, "Parent_Account"),
    ],
)
def test_a_record_the_service_cannot_keep_is_rejected_by_field(
    sandbox: Any, connect: Open, fields: dict[str, Any], problem: str
) -> None:
    with pytest.raises(RecordRejected) as failure:
        connect(sandbox.harness()).create("account", NewRecord("k", fields))
    assert problem in failure.value.problems


def test_a_foreign_amount_is_not_passed_off_as_the_base_currency(sandbox: Any, connect: Open) -> None:
    fields = {"name": "D", "stage": "Qualification", "amount": Money(Decimal(1), "USD")}
    harness = sandbox.harness()
    with pytest.raises(RecordRejected, match="JPY"):
        connect(harness).create("deal", NewRecord("k", fields))
    assert "POST /crm/v8/Deals 201" not in harness.seen()


@pytest.mark.parametrize(
    ("entity", "fields"),
    [
        ("account", {"name": "Acme (Tokyo), KK \\ 株式会社"}),
        ("contact", {"last_name": "Lee", "email": "ann@example.com"}),
        ("contact", {"first_name": "Ann", "last_name": "Lee"}),
        ("deal", {"name": "Disks", "stage": "Qualification"}),
    ],
)
def test_a_write_in_doubt_is_found_again(sandbox: Any, connect: Open, entity: str, fields: dict[str, Any]) -> None:
    connector = connect(sandbox.harness())
    new = NewRecord("k", fields)
    sandbox.fault("drop_after", method="POST", path="/crm/v8/*")
    with pytest.raises(OutcomeUnknown):
        connector.create(entity, new)
    found = connector.find(entity, new)
    assert found is not None
    assert {name: found.fields[name] for name in fields} == fields


def test_a_write_that_never_arrived_is_not_found(sandbox: Any, connect: Open) -> None:
    connector = connect(sandbox.harness())
    connector.create("account", NewRecord("k", {"name": "Another"}))
    sandbox.fault("drop_before", method="POST", path="/crm/v8/*")
    with pytest.raises(OutcomeUnknown):
        connector.create("account", NewRecord("k", {"name": "Acme"}))
    assert connector.find("account", NewRecord("k", {"name": "Acme"})) is None


def test_an_old_record_is_found_by_searching(serve: Serve, connect: Open) -> None:
    connector = connect(serve(accounts(450)).harness())
    found = connector.find("account", NewRecord("k", {"name": "Account 00003"}))
    assert found is not None
    assert found.fields["name"] == "Account 00003"


def test_the_products_of_a_deal_are_its_lines(serve: Serve, connect: Open) -> None:
    def company(sandbox: Sandbox) -> None:
        products = [{"Product_Name": "Disk", "Unit_Price": Decimal("99.50")}, {"Product_Name": "Gift"}]
        ids = records.insert_records(sandbox, "Products", products)
        deals = [{"Deal_Name": name, "Stage": "Qualification"} for name in ("D", "E")]
        first, _ = records.insert_records(sandbox, "Deals", deals)
        records.associate(sandbox, "Deals", first, "Products", ids)

    harness = serve(company).harness()
    connector = connect(harness)
    (with_lines, without), _ = listing(connector, "deal")
    lines = {line.fields["name"]: line.fields for line in connector.related(with_lines.ref, "products")}
    assert lines["Disk"]["rate"] == Money(Decimal("99.50"), "JPY")
    assert (lines["Disk"]["quantity"], lines["Gift"]["rate"]) == (Decimal(1), None)
    assert connector.related(without.ref, "products") == ()
    assert harness.seen().count("GET /crm/v8/settings/related_lists 200") == 1


def test_no_call_is_spent_on_a_list_the_organisation_does_not_have(serve: Serve, connect: Open) -> None:
    def company(sandbox: Sandbox) -> None:
        metadata.hide_related_list(sandbox, "Deals", "Products")
        records.insert_records(sandbox, "Deals", [{"Deal_Name": "D", "Stage": "Qualification"}])

    harness = serve(company).harness()
    connector = connect(harness)
    (deal,), _ = listing(connector, "deal")
    for _ in range(3):
        assert connector.related(deal.ref, "products") == ()
    assert not any("/Products" in call for call in harness.seen())
    assert connector.related(deal.ref, "competitors") == ()


def test_the_organisation_is_named_with_its_base_currency(serve: Serve, connect: Open) -> None:
    def company(sandbox: Sandbox) -> None:
        metadata.set_org(sandbox, company_name="株式会社つなぎ商事", currency_code="USD")
        metadata.add_currency(sandbox, "EUR", "0.9")

    harness = serve(company).harness()
    organization = connect(harness).organization()
    assert organization == Organization(organization.id, "株式会社つなぎ商事", "USD", "Asia/Tokyo")
    assert probe(harness.context) == (organization,)


def test_callbacks_are_asked_for_and_renewed(sandbox: Any, connect: Open) -> None:
    connector = connect(sandbox.harness())
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    wanted = Subscription("1000000068001", "http://127.0.0.1:9/callback", "s3cret", ("deal", "account"), ends)
    assert connector.subscribe(wanted) == wanted
    long = Subscription(wanted.channel, wanted.url, wanted.secret, wanted.entities, ends + timedelta(days=90))
    renewed = connector.subscribe(long)
    assert renewed is not None
    assert timedelta(days=6) < renewed.expires_at - datetime.now(UTC) < timedelta(days=7)


def test_callbacks_that_are_refused_say_why(sandbox: Any, connect: Open) -> None:
    wanted = Subscription("not a number", "http://127.0.0.1:9/", "s", ("deal",), datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(RecordRejected) as failure:
        connect(sandbox.harness()).subscribe(wanted)
    assert "channel_id" in failure.value.problems


def test_an_entity_of_somebody_else_is_a_mistake_in_the_setup(sandbox: Any, connect: Open) -> None:
    with pytest.raises(ConfigError, match="account, contact, deal"):
        connect(sandbox.harness()).changes("invoice", None)


def test_there_are_no_verbs(sandbox: Any, connect: Open) -> None:
    with pytest.raises(RecordRejected, match="sent"):
        connect(sandbox.harness()).perform(RecordRef("crm", "deal", "1"), "sent", {})


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"id": "1", "Account_Name": "A"}, "Modified_Time"),
        ({"id": "1", "Modified_Time": "never"}, "Modified_Time"),
        ({"id": "1", "Modified_Time": "2026-11-24T00:00:00+09:00", "Parent_Account": "Acme"}, "Parent_Account"),
    ],
)
def test_a_row_that_makes_no_sense_names_record_and_field(
    sandbox: Any, connect: Open, row: dict[str, Any], said: str
) -> None:
    body = {"data": [row], "info": {"more_records": False}}
    sandbox.fault("status", path="/crm/v8/Accounts", status=200, body=body)
    with pytest.raises(BrokenAnswer, match=said) as failure:
        connect(sandbox.harness()).changes("account", None)
    assert "crm:account:1" in str(failure.value)
