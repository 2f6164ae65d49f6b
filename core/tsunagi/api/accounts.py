"""Accounts: the list, and one with its contacts, deals and documents."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from tsunagi.api.documents import PanelOut, panel
from tsunagi.api.listings import After, Limit, Listing
from tsunagi.api.values import RefOut, fields, reference
from tsunagi.app import pages
from tsunagi.app.crm_side import crm_service
from tsunagi.app.hub import Hub
from tsunagi.app.pages import AccountRow
from tsunagi.asking import Asked
from tsunagi.domain.records import Record, RecordRef
from tsunagi.refusals import NotHere
from tsunagi.store.paging import Slice
from tsunagi.text import Text

router = APIRouter(prefix="/accounts", tags=["accounts"])

Id = Annotated[str, Path(description="the account's id in the CRM", examples=["4876876000000333001"])]


class RecordOut(BaseModel):
    """A record as the hub last read it; `fields` are named as its entity type declares them."""

    id: str
    title: str
    fields: dict[str, Any]
    modified_at: dt.datetime | None


class AccountOut(RecordOut):
    in_step_with: list[str] = Field(description="services that keep a record of this account")


class AccountPageOut(RecordOut):
    """An account with what hangs on it."""

    links: dict[str, RefOut] = Field(description="its record in each service it is in step with")
    contacts: Listing[RecordOut]
    deals: Listing[RecordOut]
    panels: list[PanelOut]


@router.get("", summary="List accounts")
def list_accounts(
    asked: Asked,
    search: Annotated[str, Query(max_length=200, description="any part of the name, whatever its case and width")] = "",
    after: After = None,
    limit: Limit = 50,
) -> Listing[AccountOut]:
    """Accounts by name."""
    found = pages.accounts(asked.hub, search=search, after=after, limit=limit)
    return Listing(items=[_account(asked.hub, row) for row in found.items], next=found.next)


@router.get("/{id}", summary="Read an account")
def read_account(asked: Asked, id: Id, limit: Limit = 50) -> AccountPageOut:
    """One account with its contacts, deals and the documents of every connected finance service."""
    page = pages.account_page(asked.hub, id, limit=limit)
    if page is None:
        raise _no_account(id)
    return AccountPageOut(
        **_record(asked.hub, page.account).model_dump(),
        links={service: reference(ref) for service, ref in page.links.items()},
        contacts=_records(asked.hub, page.contacts),
        deals=_records(asked.hub, page.deals),
        panels=[panel(asked.hub, view) for view in page.panels],
    )


@router.get("/{id}/{entity}", summary="Page through an account's contacts or deals")
def read_related(
    asked: Asked, id: Id, entity: Literal["contacts", "deals"], after: After = None, limit: Limit = 50
) -> Listing[RecordOut]:
    ref = _ref(asked.hub, id)
    found = pages.related_page(asked.hub, ref, entity.removesuffix("s"), after=after, limit=limit)
    return _records(asked.hub, found)


@router.get("/{id}/panels/{service}/{name}", summary="Page through an account's documents")
def read_panel(asked: Asked, id: Id, service: str, name: str, after: After = None, limit: Limit = 50) -> PanelOut:
    view = pages.panel_page(asked.hub, _ref(asked.hub, id), service, name, after=after, limit=limit)
    if view is None:
        raise NotHere(
            Text(en=f"There is no panel '{name}' of '{service}'.", ja=f"「{service}」に「{name}」はありません。")
        )
    return panel(asked.hub, view)


def _ref(hub: Hub, id: str) -> RecordRef:
    ref = RecordRef(crm_service(hub), "account", id)
    if ref not in pages.titles(hub, [ref]):
        raise _no_account(id)
    return ref


def _no_account(id: str) -> NotHere:
    return NotHere(
        Text(en=f"There is no account '{id}'.", ja=f"取引先「{id}」はありません。"),
        hint=Text(en="See GET /api/accounts", ja="GET /api/accounts で確認してください"),
    )


def _account(hub: Hub, row: AccountRow) -> AccountOut:
    return AccountOut(**_record(hub, row.record).model_dump(), in_step_with=list(row.linked))


def _records(hub: Hub, found: Slice[Record]) -> Listing[RecordOut]:
    return Listing(items=[_record(hub, record) for record in found.items], next=found.next)


def _record(hub: Hub, record: Record) -> RecordOut:
    kind = hub.registry.entity(record.ref.service, record.ref.entity)
    return RecordOut(
        id=record.ref.id,
        title=record.text(kind.title),
        fields=fields(record.fields),
        modified_at=record.modified_at,
    )
