"""A hub with a small company in its store and no service behind it: what the faces read, ready at once.

A third service, `ledger`, comes from a plugin of the tests: faces must show what they have never heard of.
"""

import datetime as dt
import shutil
from collections.abc import Iterator
from collections.abc import Mapping as Plugins
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

from pydantic import BaseModel
from ready_made import lay_down

from tsunagi import (
    ConnectorType,
    EntityType,
    Event,
    FieldMap,
    Fields,
    FieldSpec,
    Mapping,
    Money,
    Organization,
    OutsideWrite,
    PairEnd,
    Panel,
    Record,
    RecordRef,
    StatusLabel,
    SyncPair,
    Text,
    hookimpl,
)
from tsunagi.app.settings import load_settings
from tsunagi.app.sync.ingest import ingest
from tsunagi.domain.events import events_of
from tsunagi.domain.values import decode_fields
from tsunagi.hub import Hub
from tsunagi.rules.facts import facts_of, without_event
from tsunagi.store.connections import Connection, Connections
from tsunagi.store.events import Events
from tsunagi.store.intents import Intents, NewIntent
from tsunagi.store.links import Links, NewLink
from tsunagi.store.rule_runs import RuleDecision, RuleDecisions, RuleRun, RuleRuns, StoredBook

NOW = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)
AOZORA = RecordRef("crm", "account", "1001")
HARBOUR = RecordRef("crm", "account", "1002")
WON_DEAL = RecordRef("crm", "deal", "3001")
CONTACT = RecordRef("crm", "contact", "4001")
VENDOR = RecordRef("crm", "vendor", "5501")
PRODUCT = RecordRef("crm", "product", "5601")
ORDER = RecordRef("books", "purchase_order", "9101")
INVOICE = RecordRef("books", "invoice", "9001")
MANY = 60
STARTER_RULE = Path(__file__).parents[2] / "rules" / "automations" / "deal_won_invoice.yaml"


class NoSettings(BaseModel):
    """The ledger needs none."""


def unreachable(*_: object) -> object:
    raise AssertionError("pages and API read the store alone")


LEDGER_NOTE = EntityType(
    service="ledger",
    name="note",
    label=Text(en="Delivery note", ja="納品書"),
    plural=Text(en="Delivery notes", ja="納品書"),
    fields=(FieldSpec("number", "text", Text(en="Number", ja="番号")),),
    kind="document",
    title="number",
)

LEDGER_BUYER = EntityType(
    service="ledger",
    name="buyer",
    label=Text(en="Buyer", ja="買い手"),
    plural=Text(en="Buyers", ja="買い手"),
    fields=(FieldSpec("name", "text", Text(en="Name", ja="名前")),),
)


@hookimpl
def register_connectors() -> list[ConnectorType]:
    label = Text(en="Kumo Ledger", ja="クモ台帳")
    return [ConnectorType("ledger", label, "finance", NoSettings, unreachable, unreachable, ("note",))]  # type: ignore[arg-type]


@hookimpl
def register_entity_types() -> list[EntityType]:
    return [LEDGER_NOTE, LEDGER_BUYER]


@hookimpl
def register_sync_pairs() -> list[SyncPair]:
    ends = PairEnd("crm", "account"), PairEnd("ledger", "buyer")
    label = Text(en="Accounts and Kumo buyers", ja="取引先とクモ台帳の買い手")
    return [SyncPair("ledger.buyers", label, *ends, Mapping((FieldMap("name", "name", "name"),)))]


@hookimpl
def register_panels() -> list[Panel]:
    statuses = (StatusLabel("handed_over", Text(en="Handed over", ja="引き渡し済み"), "success"),)
    label = Text(en="Delivery notes", ja="納品書")
    return [Panel("ledger", "notes", "note", label, ("account", "contact", "deal"), statuses, through_deals=True)]


LEDGER = SimpleNamespace(
    register_connectors=register_connectors,
    register_entity_types=register_entity_types,
    register_sync_pairs=register_sync_pairs,
    register_panels=register_panels,
)


@contextmanager
def empty_hub(home: Path, *, plugins: Plugins[str, object] | None = None, **settings: object) -> Iterator[Hub]:
    """A hub that has just been installed."""
    given = {"synchronous": "NORMAL", **settings}
    with Hub(load_settings(home=lay_down(home), **given), extra_plugins=plugins) as hub:
        yield hub


def one_rule(folder: Path) -> Path:
    """A rules folder with the one automation these tests speak of."""
    (folder / "automations").mkdir(parents=True)
    shutil.copy(STARTER_RULE, folder / "automations")
    return folder


def pairs_on(folder: Path) -> None:
    """The pairs of Books that a company has to switch on."""
    (folder / "sync").mkdir()
    for pair in ("vendors", "items"):
        (folder / "sync" / f"books_{pair}.yaml").write_text(f"version: 1\npair: books.{pair}\n", encoding="utf-8")


@contextmanager
def filled_hub(home: Path) -> Iterator[Hub]:
    """The company: two accounts that matter, many that do not, contacts, deals, invoices and a delivery note."""
    rules = one_rule(home / "rules")
    pairs_on(rules)
    with empty_hub(home, plugins={"ledger": LEDGER}, rules_dir=rules) as hub:
        connect(hub, "crm", "books", "ledger")
        _fill(hub)
        yield hub


def connect(hub: Hub, *services: str) -> None:
    with hub.store.write() as session:
        for service in services:
            organization = Organization("60001", "みなと計測", "JPY", "Asia/Tokyo")
            Connections(session).save(Connection(service, organization), NOW)


def take_in(hub: Hub, service: str, entity: str, *records: tuple[str, Fields]) -> None:
    """Records as a first sync reads them."""
    kind = hub.registry.entity(service, entity)
    read = [Record(RecordRef(service, entity, id), fields, "1", NOW) for id, fields in records]
    ingest(hub.context, kind, read, batch="seed", initial=True)


def document(number: str, total: str, currency: str, *, base: str | None = None, **fields: object) -> Fields:
    amount = Money(Decimal(total), currency)
    in_base = Money(Decimal(base or total), "JPY")
    return {  # type: ignore[return-value]
        "number": number,
        "status": "draft",
        "date": dt.date(2026, 11, 20),
        "due_date": dt.date(2026, 12, 31),
        "total": amount,
        "balance": amount,
        "base_total": in_base,
        "base_balance": in_base,
        "customer": None,
        "deal": None,
        "reference": "",
        **fields,
    }


def _fill(hub: Hub) -> None:
    _accounts(hub)
    _contacts_and_deals(hub)
    _link(hub, "books.customers", AOZORA, RecordRef("books", "customer", "7001"))
    _link(hub, "ledger.buyers", AOZORA, RecordRef("ledger", "buyer", "7001"))
    _link(hub, "books.customers", HARBOUR, RecordRef("books", "customer", "7002"))
    _documents(hub)
    _vendors_and_products(hub)
    _explain_invoice(hub)


def _accounts(hub: Hub) -> None:
    aozora = {
        "name": "株式会社あおぞら精機",
        "phone": "03-1234-5678",
        "website": "www.aozora.example",
        "industry": "Manufacturing",
        "billing_street": "霞が関1-2-3",
        "billing_city": "千代田区",
        "billing_state": "東京都",
        "billing_code": "100-0013",
        "billing_country": "日本",
        "parent": HARBOUR,
        "owner": "Jonas Becker",
    }
    harbour = {"name": "Harbour & Sons <Ltd>", "website": "javascript:alert(1)"}
    many = [(f"2{number:03}", {"name": f"Branch office {number:03}"}) for number in range(MANY)]
    take_in(hub, "crm", "account", (AOZORA.id, aozora), (HARBOUR.id, harbour), *many)


def _contacts_and_deals(hub: Hub) -> None:
    contact = {"first_name": "恵子", "last_name": "坂本", "full_name": "恵子 坂本", "account": AOZORA}
    take_in(hub, "crm", "contact", ("4001", {**contact, "email": "keiko@aozora.example", "title": "係長"}))
    deals = [
        (WON_DEAL.id, _deal("生産ライン更新", "Closed Won", "won", Money(Decimal("1054.5"), "USD"))),
        ("3002", _deal("保守契約", "Negotiation", "open", Money(Decimal(898600), "JPY"))),
        ("3003", _deal("見送り案件", "Closed Lost", "lost", None)),
    ]
    take_in(hub, "crm", "deal", *deals)


def _deal(name: str, stage: str, outcome: str, amount: Money | None) -> Fields:
    closing = dt.date(2026, 11, 24)
    return {
        "name": name,
        "stage": stage,
        "outcome": outcome,
        "amount": amount,
        "closing_date": closing,
        "account": AOZORA,
        "contact": None,
    }


def _link(hub: Hub, pair: str, left: RecordRef, right: RecordRef) -> None:
    with hub.store.write() as session:
        Links(session).add(NewLink(pair, left, right, "match"), NOW)


def _documents(hub: Hub) -> None:
    customer = RecordRef("books", "customer", "7001")
    owed = {
        "name": "株式会社あおぞら精機",
        "currency": "USD",
        "receivable": Money(Decimal("1054.5"), "USD"),
        "receivable_base": Money(Decimal(158175), "JPY"),
        "payable": Money(Decimal(0), "USD"),
        "payable_base": Money(Decimal(0), "JPY"),
    }
    take_in(hub, "books", "customer", (customer.id, owed))
    made = document("INV-000042", "1054.5", "USD", base="158175", customer=customer, deal=WON_DEAL)
    by_hand = document("INV-000007", "898600", "JPY", customer=customer, status="overdue")
    take_in(hub, "books", "invoice", (INVOICE.id, made), ("9002", by_hand))
    note = document("DN-1", "1200", "JPY", customer=RecordRef("ledger", "buyer", "7001"), status="handed_over")
    elsewhere = document("DN-2", "300", "JPY", deal=WON_DEAL, status="handed_over")
    take_in(hub, "ledger", "note", ("5001", note), ("5002", elsewhere))


def _vendors_and_products(hub: Hub) -> None:
    there = RecordRef("books", "vendor", "7501")
    said = {"name": "丸の内部品", "email": "sales@marunouchi.example", "city": "千代田区", "country": "日本"}
    take_in(hub, "crm", "vendor", (VENDOR.id, said))
    price = Money(Decimal(12000), "JPY")
    product = {"name": "保守プラン", "code": "M-1", "unit_price": price, "active": True, "vendor": VENDOR}
    take_in(hub, "crm", "product", (PRODUCT.id, product), ("5602", {"name": "Spare part", "vendor": None}))
    take_in(hub, "books", "vendor", (there.id, {"name": "丸の内部品", "payable": price, "payable_base": price}))
    take_in(hub, "books", "purchase_order", (ORDER.id, document("PO-00017", "12000", "JPY", customer=there)))
    _link(hub, "books.vendors", VENDOR, there)
    _link(hub, "books.items", PRODUCT, RecordRef("books", "item", "7601"))


def _explain_invoice(hub: Hub) -> None:
    """The invoice was made by the rule when the deal was won."""
    event, runs = decided(hub)
    write = OutsideWrite("create", "books", "invoice", relates=WON_DEAL)
    intent = NewIntent(
        key="key-1",
        write=write,
        batch="notices-1",
        rule="deal_won_invoice",
        event=event.id,
        action="books.invoice.create",
    )
    with hub.store.write() as session:
        Events(session).add_new([event])
        RuleRuns(session).add_many(runs)
        book, decisions = hub.rules, RuleDecisions(session)
        decisions.keep_book(
            StoredBook(version=book.version, texts=dict(book.texts), plugins=dict(book.plugins), at=NOW)
        )
        facts = without_event(event, facts_of(event, lambda _: None))
        decisions.add_many([RuleDecision(event=event.id, facts=facts, book=book.version, at=NOW)])
        Intents(session).plan([intent], NOW)
        Intents(session).receipt("key-1", INVOICE, NOW)


def decided(hub: Hub) -> tuple[Event, list[RuleRun]]:
    """What the rules say of the deal that was won."""
    kind = hub.registry.entity("crm", "deal")
    fields = _deal("生産ライン更新", "Closed Won", "won", Money(Decimal("1054.5"), "USD"))
    before = {**fields, "stage": "Negotiation", "outcome": "open"}
    happened = events_of(kind, before, Record(WON_DEAL, fields, "2", NOW), NOW)
    event = next(item for item in happened if item.name == "deal.won")
    traces = hub.rules.traces(event, facts_of(event, lambda _: None))
    runs = [
        RuleRun(event=event.id, rule=trace.rule, verdict=trace.outcome, trace=decode_fields(trace.as_json()), at=NOW)
        for trace in traces
    ]
    return event, runs
