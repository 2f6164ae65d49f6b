"""Vendors and products: their lists, and one with its partners and documents."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from tsunagi.app.views import records
from tsunagi.domain.records import RecordRef
from tsunagi.http.api.documents import PanelOut
from tsunagi.http.api.records import (
    RecordOut,
    RecordPageOut,
    nothing,
    page_of,
    page_out,
    panel_of,
    record_out,
    records_out,
)
from tsunagi.http.api.schemas import After, Limit, Listing
from tsunagi.http.auth import Caller, SignedIn

vendors = APIRouter(prefix="/vendors", tags=["vendors"])
products = APIRouter(prefix="/products", tags=["products"])

Id = Annotated[str, Path(description="its id in the CRM", examples=["4876876000000333001"])]
Search = Annotated[str, Query(max_length=200, description="any part of the name, whatever its case and width")]


class ListedOut(RecordOut):
    in_step_with: list[str] = Field(description="services that keep a record of it")


class VendorPageOut(RecordPageOut):
    """A vendor with its products and the documents made for it."""

    products: Listing[RecordOut]


@vendors.get("", summary="List vendors")
def list_vendors(caller: SignedIn, search: Search = "", after: After = None, limit: Limit = 50) -> Listing[ListedOut]:
    """Vendors by name; none while no sync pair joins them."""
    return _listed(caller, "vendor", search, after, limit)


@products.get("", summary="List products")
def list_products(caller: SignedIn, search: Search = "", after: After = None, limit: Limit = 50) -> Listing[ListedOut]:
    """Products by name; none while no sync pair joins them."""
    return _listed(caller, "product", search, after, limit)


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


def _listed(caller: Caller, kind: records.Kind, search: str, after: str | None, limit: int) -> Listing[ListedOut]:
    found = records.list_records(caller.hub.context, kind, search=search, after=after, limit=limit)
    rows = [
        ListedOut(**record_out(caller.hub, row.record).model_dump(), in_step_with=list(row.linked))
        for row in found.items
    ]
    return Listing(items=rows, next=found.next)
