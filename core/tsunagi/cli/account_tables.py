"""An account with what hangs on it, as tables for people and as facts for scripts."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text as RichText

from tsunagi.app.views import explanations
from tsunagi.cli.explanations import reading_facts
from tsunagi.cli.printing import day, facts, money, plain, shown, table
from tsunagi.domain.money import Money
from tsunagi.domain.records import Record
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from rich.table import Table

    from tsunagi.app.views.records import AccountPage, AccountRow, PanelRow, PanelView
    from tsunagi.hub import Hub
    from tsunagi.store.documents import Totals


def row_facts(row: "AccountRow") -> dict[str, object]:
    return {"id": row.record.ref.id, "name": row.record.text("name"), "linked": row.linked}


def page_facts(hub: "Hub", page: "AccountPage") -> dict[str, object]:
    return {
        "account": _record_facts(page.account),
        "linked": page.links,
        "contacts": {"records": [_record_facts(each) for each in page.contacts.items], "next": page.contacts.next},
        "deals": {"records": [_record_facts(each) for each in page.deals.items], "next": page.deals.next},
        "panels": [_panel_facts(hub, view) for view in page.panels],
    }


def page_tables(hub: "Hub", page: "AccountPage") -> Iterator[Any]:
    """To be printed one below the other."""
    yield facts(_fields(hub, page))
    yield _people(page)
    yield _deals(page)
    for view in page.panels:
        yield panel_table(hub, view)


def panel_table(hub: "Hub", view: "PanelView") -> "Table | RichText":
    """Number, date, status, total and balance of each document, each in its currency and the base currency."""
    service = hub.registry.connectors.get(view.panel.service)
    title = f"{say(service.label) if service else view.panel.service} · {say(view.panel.label)}: {view.count}"
    if not view.rows:
        return RichText(title, style="bold")
    made = table(
        (_("Number"), "whole"),
        (_("Date"), "whole"),
        _("Status"),
        (_("Total"), "right"),
        (_("Balance"), "right"),
        _("Why"),
        title=title,
    )
    void = view.panel.in_stage("void")
    for row in view.rows:
        document = row.document
        made.add_row(
            plain(document.number),
            day(document.date),
            say(view.panel.status(document.status).label),
            _amounts(document.total, document.base_total),
            # Nothing is owed for a document that is void.
            "" if document.status in void else _amounts(document.balance, document.base_balance),
            plain(_why(hub, row)),
        )
    made.add_section()
    for sums in view.totals:
        made.add_row(*_sums(sums))
    for sums in view.drafts:
        drafts = _("{count} drafts").format(count=sums.count)
        made.add_row(drafts, "", "", _amounts(sums.total, sums.base_total), "", "")
    if view.next:
        made.add_row("...", "", "", "", "", _("and {count} more").format(count=view.count - len(view.rows)))
    return made


def _fields(hub: "Hub", page: "AccountPage") -> Iterator[tuple[str, str]]:
    account = page.account
    kind = hub.registry.entities.get(f"{account.ref.service}.{account.ref.entity}")
    yield _("ID"), account.ref.id
    for spec in kind.fields if kind else ():
        value = account.fields.get(spec.name)
        if value not in (None, ""):
            yield say(spec.label), shown(value)
    for service, ref in page.links.items():
        label = hub.registry.connectors.get(service)
        yield _("In step with {service}").format(service=say(label.label) if label else service), str(ref)


def _people(page: "AccountPage") -> "Table":
    made = table(_("Name"), _("E-mail"), _("Phone"), title=_("Contacts"))
    for contact in page.contacts.items:
        name = contact.text("name") or f"{contact.text('first_name')} {contact.text('last_name')}".strip()
        made.add_row(plain(name), plain(contact.text("email")), plain(contact.text("phone")))
    return _with_more(made, page.contacts.next)


def _deals(page: "AccountPage") -> "Table":
    made = table(_("Name"), _("Stage"), (_("Amount"), "right"), _("Closing"), title=_("Deals"))
    for deal in page.deals.items:
        amount, closing = deal.fields.get("amount"), deal.fields.get("closing_date")
        made.add_row(plain(deal.text("name")), plain(deal.text("stage")), shown(amount), shown(closing))
    return _with_more(made, page.deals.next)


def _with_more(made: "Table", following: str | None) -> "Table":
    if following:
        made.add_row("...", _("there are more; see --limit"))
    return made


def _amounts(amount: Money, base: Money) -> str:
    """In the document's currency, and below it in the base currency where that is another one."""
    return money(amount) if amount.currency == base.currency else f"{money(amount)}\n({money(base)})"


def _sums(sums: "Totals") -> Sequence[str]:
    count = _("{count} in all").format(count=sums.count)
    return count, "", "", _amounts(sums.total, sums.base_total), _amounts(sums.balance, sums.base_balance), ""


def _why(hub: "Hub", row: "PanelRow") -> str:
    """One sentence; the conditions are told by 'tsunagi rules explain'."""
    if row.why is None:
        return ""
    told = explanations.explain(hub.context, row.why)
    return _("{rule}: {record}").format(rule=told.title, record=told.relates_title) if told.relates else told.title


def _panel_facts(hub: "Hub", view: "PanelView") -> dict[str, object]:
    return {
        "service": view.panel.service,
        "panel": view.panel.name,
        "count": view.count,
        "totals": view.totals,
        "drafts": view.drafts,
        "as_of": view.as_of,
        "rows": [{**_document_facts(row), "why": _why_facts(hub, row)} for row in view.rows],
        "next": view.next,
    }


def _document_facts(row: "PanelRow") -> dict[str, object]:
    document = row.document
    return {
        "record": document.ref,
        "number": document.number,
        "status": document.status,
        "date": document.date,
        "due_date": document.due_date,
        "total": document.total,
        "balance": document.balance,
        "base_total": document.base_total,
        "base_balance": document.base_balance,
        "deal": document.deal,
        "reference": document.reference,
    }


def _why_facts(hub: "Hub", row: "PanelRow") -> dict[str, object] | None:
    if row.why is None:
        return None
    told = explanations.explain(hub.context, row.why)
    return {
        "rule": told.rule,
        "title": told.title,
        "action": row.why.action,
        "event": row.why.run.event if row.why.run else None,
        "record": told.relates,
        "record_title": told.relates_title,
        "at": told.at,
        "place": told.place,
        "conditions": [reading_facts(reading) for reading in told.conditions],
    }


def _record_facts(record: Record) -> dict[str, object]:
    return {"id": record.ref.id, "record": record.ref, "fields": record.fields, "modified_at": record.modified_at}
