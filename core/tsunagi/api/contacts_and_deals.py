"""One contact or deal with the documents of every finance service that is on."""

from fastapi import APIRouter

from tsunagi.api.documents import PanelOut, panel
from tsunagi.api.listings import After, Limit
from tsunagi.api.records import RecordOut, RecordPageOut, page_out, record_out
from tsunagi.app.views import records
from tsunagi.app.views.records import Kind, RecordPage
from tsunagi.asking import Asked, Asking
from tsunagi.domain.records import RecordRef
from tsunagi.refusals import NotHere
from tsunagi.text import Text

contacts = APIRouter(prefix="/contacts", tags=["contacts"])
deals = APIRouter(prefix="/deals", tags=["deals"])


class BelongingPageOut(RecordPageOut):
    """A contact or deal; `account` is the one it belongs to."""

    account: RecordOut | None


class DealPageOut(BelongingPageOut):
    contact: RecordOut | None


@contacts.get("/{id}", summary="Read a contact")
def read_contact(asked: Asked, id: str, limit: Limit = 50) -> BelongingPageOut:
    """One contact; the documents are those of the customer its account is."""
    page = _page(asked, "contact", id, limit)
    return BelongingPageOut(**page_out(asked.hub, page).model_dump(), account=_account(asked, page))


@deals.get("/{id}", summary="Read a deal")
def read_deal(asked: Asked, id: str, limit: Limit = 50) -> DealPageOut:
    """One deal with the documents that name it."""
    page = _page(asked, "deal", id, limit)
    contact = next(iter(page.contacts.items), None)
    return DealPageOut(
        **page_out(asked.hub, page).model_dump(),
        account=_account(asked, page),
        contact=record_out(asked.hub, contact) if contact else None,
    )


@contacts.get("/{id}/panels/{service}/{name}", summary="Page through a contact's documents")
def read_contact_panel(
    asked: Asked, id: str, service: str, name: str, after: After = None, limit: Limit = 50
) -> PanelOut:
    return _panel(asked, "contact", id, service, name, after, limit)


@deals.get("/{id}/panels/{service}/{name}", summary="Page through a deal's documents")
def read_deal_panel(asked: Asked, id: str, service: str, name: str, after: After = None, limit: Limit = 50) -> PanelOut:
    return _panel(asked, "deal", id, service, name, after, limit)


def _page(asked: Asking, kind: Kind, id: str, limit: int) -> RecordPage:
    page = records.record_page(asked.hub.context, kind, id, limit=limit, actor=asked.person)
    if page is None:
        raise _nothing(kind, id)
    return page


def _panel(asked: Asking, kind: Kind, id: str, service: str, name: str, after: str | None, limit: int) -> PanelOut:
    ref = RecordRef(asked.hub.registry.crm_service(), kind, id)
    view = records.panel_page(asked.hub.context, ref, service, name, after=after, limit=limit, actor=asked.person)
    if view is None or ref not in records.titles(asked.hub.context, [ref]):
        raise _nothing(kind, id)
    return panel(asked.hub, view)


def _account(asked: Asking, page: RecordPage) -> RecordOut | None:
    return record_out(asked.hub, page.account) if page.account else None


def _nothing(kind: str, id: str) -> NotHere:
    return NotHere(Text(en=f"There is nothing here of {kind} '{id}'.", ja=f"「{id}」の情報はありません。"))
