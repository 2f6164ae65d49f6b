"""Records of the CRM with what hangs on them: contacts, deals, vendors and products."""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from tsunagi.app.views import records
from tsunagi.app.views.balances import Balance
from tsunagi.app.views.exporting import Format
from tsunagi.app.views.record_lists import list_records
from tsunagi.app.views.records import Kind, RecordPage
from tsunagi.domain.money import Money
from tsunagi.domain.records import Record, RecordRef
from tsunagi.http.api.documents import PanelOut, panel
from tsunagi.http.api.record_lists import FILES, Columns, ListQuery, Queried, exported
from tsunagi.http.api.schemas import After, Limit, Listing, MoneyOut, RefOut, fields, money, reference
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import NotHere
from tsunagi.hub import Hub
from tsunagi.store.paging import Slice
from tsunagi.text import Text

vendors = APIRouter(prefix="/vendors", tags=["vendors"])
products = APIRouter(prefix="/products", tags=["products"])

Id = Annotated[str, Path(description="its id in the CRM", examples=["4876876000000333001"])]


class RecordOut(BaseModel):
    """A record as the hub last read it; `fields` are named as its entity type declares them."""

    id: str
    title: str
    fields: dict[str, Any]
    modified_at: dt.datetime | None


class BalanceOut(BaseModel):
    """What a service reports as still to be received and paid; null where unknown."""

    customer: RefOut
    receivable: MoneyOut | None
    receivable_base: MoneyOut | None
    payable: MoneyOut | None
    payable_base: MoneyOut | None


class RecordPageOut(RecordOut):
    """A record with what hangs on it."""

    links: dict[str, RefOut] = Field(description="its record in each service it is in step with")
    panels: list[PanelOut]
    balances: list[BalanceOut] = Field(description="of its account, by service")
    own_documents: list[str] = Field(
        description="the CRM's own modules for quotes, orders and invoices: those are separate and not kept in step"
    )


def page_out(hub: Hub, page: RecordPage) -> RecordPageOut:
    return RecordPageOut(
        **record_out(hub, page.record).model_dump(),
        links={service: reference(ref) for service, ref in page.links.items()},
        panels=[panel(hub, view) for view in page.panels],
        balances=[_balance(balance) for balance in page.balances],
        own_documents=list(page.own_documents),
    )


def records_out(hub: Hub, found: Slice[Record]) -> Listing[RecordOut]:
    return Listing(items=[record_out(hub, record) for record in found.items], next=found.next)


def record_out(hub: Hub, record: Record) -> RecordOut:
    kind = hub.registry.entity(record.ref.service, record.ref.entity)
    return RecordOut(
        id=record.ref.id,
        title=record.text(kind.title),
        fields=fields(record.fields),
        modified_at=record.modified_at,
    )


def _balance(balance: Balance) -> BalanceOut:
    return BalanceOut(
        customer=reference(balance.customer),
        receivable=_money(balance.receivable),
        receivable_base=_money(balance.receivable_base),
        payable=_money(balance.payable),
        payable_base=_money(balance.payable_base),
    )


def _money(value: Money | None) -> MoneyOut | None:
    return money(value) if value else None


class ListedOut(RecordOut):
    in_step_with: list[str] = Field(description="services that keep a record of it")


contacts = APIRouter(prefix="/contacts", tags=["contacts"])
deals = APIRouter(prefix="/deals", tags=["deals"])


class BelongingPageOut(RecordPageOut):
    """A contact or deal; `account` is the one it belongs to."""

    account: RecordOut | None


class DealPageOut(BelongingPageOut):
    contact: RecordOut | None


@contacts.get("", summary="List contacts")
def list_contacts(caller: SignedIn, query: Queried, after: After = None, limit: Limit = 50) -> Listing[ListedOut]:
    """Contacts by name, or sorted by a field."""
    return _listed(caller, "contact", query, after, limit)


@contacts.get("/export", summary="Read a whole list of contacts as a file", response_class=Response, responses=FILES)
def export_contacts(caller: SignedIn, query: Queried, columns: Columns = "", format: Format = "csv") -> Response:
    """CSV or Excel with every row; texts are never formulas."""
    return exported(caller, "contact", query, columns, format)


@deals.get("", summary="List deals")
def list_deals(caller: SignedIn, query: Queried, after: After = None, limit: Limit = 50) -> Listing[ListedOut]:
    """Deals by name, or sorted by a field."""
    return _listed(caller, "deal", query, after, limit)


@deals.get("/export", summary="Read a whole list of deals as a file", response_class=Response, responses=FILES)
def export_deals(caller: SignedIn, query: Queried, columns: Columns = "", format: Format = "csv") -> Response:
    """CSV or Excel with every row; texts are never formulas."""
    return exported(caller, "deal", query, columns, format)


@contacts.get("/{id}", summary="Read a contact")
def read_contact(caller: SignedIn, id: str, limit: Limit = 50) -> BelongingPageOut:
    """One contact; the documents are those of the customer its account is."""
    page = page_of(caller, "contact", id, limit)
    return BelongingPageOut(**page_out(caller.hub, page).model_dump(), account=_account(caller, page))


@deals.get("/{id}", summary="Read a deal")
def read_deal(caller: SignedIn, id: str, limit: Limit = 50) -> DealPageOut:
    """One deal with the documents that name it."""
    page = page_of(caller, "deal", id, limit)
    contact = next(iter(page.contacts.items), None)
    return DealPageOut(
        **page_out(caller.hub, page).model_dump(),
        account=_account(caller, page),
        contact=record_out(caller.hub, contact) if contact else None,
    )


@contacts.get("/{id}/panels/{service}/{name}", summary="Page through a contact's documents")
def read_contact_panel(
    caller: SignedIn, id: str, service: str, name: str, after: After = None, limit: Limit = 50
) -> PanelOut:
    return panel_of(caller, "contact", id, service, name, after, limit)


@deals.get("/{id}/panels/{service}/{name}", summary="Page through a deal's documents")
def read_deal_panel(
    caller: SignedIn, id: str, service: str, name: str, after: After = None, limit: Limit = 50
) -> PanelOut:
    return panel_of(caller, "deal", id, service, name, after, limit)


def page_of(caller: Caller, kind: Kind, id: str, limit: int) -> RecordPage:
    page = records.record_page(caller.hub.context, kind, id, limit=limit, actor=caller.person)
    if page is None:
        raise nothing(kind, id)
    return page


def panel_of(caller: Caller, kind: Kind, id: str, service: str, name: str, after: str | None, limit: int) -> PanelOut:
    ref = RecordRef(caller.hub.registry.crm_service(), kind, id)
    view = records.panel_page(caller.hub.context, ref, service, name, after=after, limit=limit, actor=caller.person)
    if view is None or ref not in records.titles(caller.hub.context, [ref]):
        raise nothing(kind, id)
    return panel(caller.hub, view)


def _account(caller: Caller, page: RecordPage) -> RecordOut | None:
    return record_out(caller.hub, page.account) if page.account else None


def nothing(kind: str, id: str) -> NotHere:
    return NotHere(Text(en=f"There is nothing here of {kind} '{id}'.", ja=f"{kind}「{id}」の情報はありません。"))


class VendorPageOut(RecordPageOut):
    """A vendor with its products and the documents made for it."""

    products: Listing[RecordOut]


@vendors.get("", summary="List vendors")
def list_vendors(caller: SignedIn, query: Queried, after: After = None, limit: Limit = 50) -> Listing[ListedOut]:
    """Vendors by name, or sorted by a field; none while no sync pair joins them."""
    return _listed(caller, "vendor", query, after, limit)


@vendors.get("/export", summary="Read a whole list of vendors as a file", response_class=Response, responses=FILES)
def export_vendors(caller: SignedIn, query: Queried, columns: Columns = "", format: Format = "csv") -> Response:
    """CSV or Excel with every row; texts are never formulas."""
    return exported(caller, "vendor", query, columns, format)


@products.get("", summary="List products")
def list_products(caller: SignedIn, query: Queried, after: After = None, limit: Limit = 50) -> Listing[ListedOut]:
    """Products by name, or sorted by a field; none while no sync pair joins them."""
    return _listed(caller, "product", query, after, limit)


@products.get("/export", summary="Read a whole list of products as a file", response_class=Response, responses=FILES)
def export_products(caller: SignedIn, query: Queried, columns: Columns = "", format: Format = "csv") -> Response:
    """CSV or Excel with every row; texts are never formulas."""
    return exported(caller, "product", query, columns, format)


@vendors.get("/{id}", summary="Read a vendor")
def read_vendor(caller: SignedIn, id: Id, limit: Limit = 50) -> VendorPageOut:
    """One vendor with its products and the documents of every connected service that are for it."""
    page = page_of(caller, "vendor", id, limit)
    return VendorPageOut(**page_out(caller.hub, page).model_dump(), products=records_out(caller.hub, page.products))


@products.get("/{id}", summary="Read a product")
def read_product(caller: SignedIn, id: Id, limit: Limit = 50) -> RecordPageOut:
    """One product, and the items it is."""
    return page_out(caller.hub, page_of(caller, "product", id, limit))


@vendors.get("/{id}/products", summary="Page through a vendor's products")
def read_vendor_products(caller: SignedIn, id: Id, after: After = None, limit: Limit = 50) -> Listing[RecordOut]:
    ref = RecordRef(caller.hub.registry.crm_service(), "vendor", id)
    if ref not in records.titles(caller.hub.context, [ref], caller.person):
        raise nothing("vendor", id)
    found = records.related_page(caller.hub.context, ref, "product", after=after, limit=limit)
    return records_out(caller.hub, found)


@vendors.get("/{id}/panels/{service}/{name}", summary="Page through a vendor's documents")
def read_vendor_panel(
    caller: SignedIn, id: Id, service: str, name: str, after: After = None, limit: Limit = 50
) -> PanelOut:
    return panel_of(caller, "vendor", id, service, name, after, limit)


def _listed(caller: Caller, kind: Kind, query: ListQuery, after: str | None, limit: int) -> Listing[ListedOut]:
    found = list_records(caller.hub.context, caller.person, query.asked(kind), after=after, limit=limit)
    rows = [
        ListedOut(**record_out(caller.hub, row.record).model_dump(), in_step_with=list(row.linked))
        for row in found.items
    ]
    return Listing(items=rows, next=found.next)
