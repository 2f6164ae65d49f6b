"""Accounts: the list, and one with its contacts, deals and documents."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from pydantic import Field

from tsunagi.app.views import records
from tsunagi.app.views.exporting import Format
from tsunagi.app.views.record_lists import list_records
from tsunagi.app.views.records import RecordRow
from tsunagi.domain.records import RecordRef
from tsunagi.http.api.documents import PanelOut, panel
from tsunagi.http.api.record_lists import FILES, Columns, Queried, exported
from tsunagi.http.api.records import RecordOut, RecordPageOut, page_out, record_out, records_out
from tsunagi.http.api.schemas import After, Limit, Listing
from tsunagi.http.auth import SignedIn
from tsunagi.http.errors import NotHere
from tsunagi.hub import Hub
from tsunagi.text import Text

router = APIRouter(prefix="/accounts", tags=["accounts"])

Id = Annotated[str, Path(description="the account's id in the CRM", examples=["4876876000000333001"])]


class AccountOut(RecordOut):
    in_step_with: list[str] = Field(description="services that keep a record of this account")


class AccountPageOut(RecordPageOut):
    """An account with what hangs on it."""

    contacts: Listing[RecordOut]
    deals: Listing[RecordOut]


@router.get("", summary="List accounts")
def list_accounts(caller: SignedIn, query: Queried, after: After = None, limit: Limit = 50) -> Listing[AccountOut]:
    """Accounts by name, or sorted by a field."""
    found = list_records(caller.hub.context, caller.person, query.asked("account"), after=after, limit=limit)
    return Listing(items=[_account(caller.hub, row) for row in found.items], next=found.next)


@router.get("/export", summary="Read a whole list of accounts as a file", response_class=Response, responses=FILES)
def export_accounts(caller: SignedIn, query: Queried, columns: Columns = "", format: Format = "csv") -> Response:
    """CSV or Excel with every row; texts are never formulas."""
    return exported(caller, "account", query, columns, format)


@router.get("/{id}", summary="Read an account")
def read_account(caller: SignedIn, id: Id, limit: Limit = 50) -> AccountPageOut:
    """One account with its contacts, deals and the documents of every connected finance service."""
    page = records.record_page(caller.hub.context, "account", id, limit=limit, actor=caller.person)
    if page is None:
        raise _no_account(id)
    return AccountPageOut(
        **page_out(caller.hub, page).model_dump(),
        contacts=records_out(caller.hub, page.contacts),
        deals=records_out(caller.hub, page.deals),
    )


@router.get("/{id}/{entity}", summary="Page through an account's contacts or deals")
def read_related(
    caller: SignedIn, id: Id, entity: Literal["contacts", "deals"], after: After = None, limit: Limit = 50
) -> Listing[RecordOut]:
    ref = _ref(caller.hub, id)
    found = records.related_page(caller.hub.context, ref, entity.removesuffix("s"), after=after, limit=limit)
    return records_out(caller.hub, found)


@router.get("/{id}/panels/{service}/{name}", summary="Page through an account's documents")
def read_panel(caller: SignedIn, id: Id, service: str, name: str, after: After = None, limit: Limit = 50) -> PanelOut:
    view = records.panel_page(
        caller.hub.context, _ref(caller.hub, id), service, name, after=after, limit=limit, actor=caller.person
    )
    if view is None:
        raise NotHere(
            Text(en=f"There is no panel '{name}' of '{service}'.", ja=f"「{service}」に「{name}」はありません。")
        )
    return panel(caller.hub, view)


def _ref(hub: Hub, id: str) -> RecordRef:
    ref = RecordRef(hub.registry.crm_service(), "account", id)
    if ref not in records.titles(hub.context, [ref]):
        raise _no_account(id)
    return ref


def _no_account(id: str) -> NotHere:
    return NotHere(
        Text(en=f"There is no account '{id}'.", ja=f"取引先「{id}」はありません。"),
        hint=Text(en="See GET /api/accounts", ja="GET /api/accounts で確認してください"),
    )


def _account(hub: Hub, row: RecordRow) -> AccountOut:
    return AccountOut(**record_out(hub, row.record).model_dump(), in_step_with=list(row.linked))
