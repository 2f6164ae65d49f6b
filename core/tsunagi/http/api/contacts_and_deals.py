"""One contact or deal with the documents of every finance service that is on."""

from fastapi import APIRouter

from tsunagi.app.views import records
from tsunagi.app.views.records import Kind, RecordPage
from tsunagi.domain.records import RecordRef
from tsunagi.http.api.documents import PanelOut, panel
from tsunagi.http.api.records import RecordOut, RecordPageOut, page_out, record_out
from tsunagi.http.api.schemas import After, Limit
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import NotHere
from tsunagi.text import Text

contacts = APIRouter(prefix="/contacts", tags=["contacts"])
deals = APIRouter(prefix="/deals", tags=["deals"])


class BelongingPageOut(RecordPageOut):
    """A contact or deal; `account` is the one it belongs to."""

    account: RecordOut | None


class DealPageOut(BelongingPageOut):
    contact: RecordOut | None


@contacts.get("/{id}", summary="Read a contact")
def read_contact(caller: SignedIn, id: str, limit: Limit = 50) -> BelongingPageOut:
    """One contact; the documents are those of the customer its account is."""
    page = _page(caller, "contact", id, limit)
    return BelongingPageOut(**page_out(caller.hub, page).model_dump(), account=_account(caller, page))


@deals.get("/{id}", summary="Read a deal")
def read_deal(caller: SignedIn, id: str, limit: Limit = 50) -> DealPageOut:
    """One deal with the documents that name it."""
    page = _page(caller, "deal", id, limit)
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
    return _panel(caller, "contact", id, service, name, after, limit)


@deals.get("/{id}/panels/{service}/{name}", summary="Page through a deal's documents")
def read_deal_panel(
    caller: SignedIn, id: str, service: str, name: str, after: After = None, limit: Limit = 50
) -> PanelOut:
    return _panel(caller, "deal", id, service, name, after, limit)


def _page(caller: Caller, kind: Kind, id: str, limit: int) -> RecordPage:
    page = records.record_page(caller.hub.context, kind, id, limit=limit, actor=caller.person)
    if page is None:
        raise _nothing(kind, id)
    return page


def _panel(caller: Caller, kind: Kind, id: str, service: str, name: str, after: str | None, limit: int) -> PanelOut:
    ref = RecordRef(caller.hub.registry.crm_service(), kind, id)
    view = records.panel_page(caller.hub.context, ref, service, name, after=after, limit=limit, actor=caller.person)
    if view is None or ref not in records.titles(caller.hub.context, [ref]):
        raise _nothing(kind, id)
    return panel(caller.hub, view)


def _account(caller: Caller, page: RecordPage) -> RecordOut | None:
    return record_out(caller.hub, page.account) if page.account else None


def _nothing(kind: str, id: str) -> NotHere:
    return NotHere(Text(en=f"There is nothing here of {kind} '{id}'.", ja=f"「{id}」の情報はありません。"))
