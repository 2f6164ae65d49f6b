"""`tsunagi accounts`: what the pages of accounts show, as tables for people and as facts for scripts."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import facts, out, plain, print_json, shown, table
from tsunagi.cli.record_lists import (
    After,
    Columns,
    Descending,
    Limit,
    Search,
    Service,
    Sort,
    State,
    Target,
    print_list,
)
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text as RichText

    from tsunagi.app.views.records import AccountPage, PanelRow, PanelView
    from tsunagi.domain.directory import Person
    from tsunagi.domain.records import Record, RecordRef
    from tsunagi.hub import Hub


accounts = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


@accounts.command("list", help=_("List accounts, or save them all as a file."))
def list_accounts(
    context: typer.Context,
    search: Search = "",
    state: State = "",
    service: Service = "",
    sort: Sort = "",
    descending: Descending = False,
    columns: Columns = "",
    limit: Limit = 50,
    after: After = None,
    target: Target = None,
    as_json: Json = False,
) -> None:
    from tsunagi.app.views.record_lists import AskedRecords

    asked = AskedRecords("account", search, state, service, sort, descending)
    print_list(Invocation.of(context), asked, columns=columns, limit=limit, after=after, target=target, as_json=as_json)


@accounts.command(help=_("Show an account with its contacts, deals and documents, and why each document exists."))
def show(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help=_("Its ID, or its name where only one has it."))],
    limit: Annotated[int, typer.Option(min=1, max=500, help=_("How many rows of each table at most."))] = 20,
    as_json: Json = False,
) -> None:
    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        page = _page(hub, account, limit, invocation.viewer(hub))
        if as_json:
            print_json(page_facts(hub, page))
            return
        out().print(*page_tables(hub, page), sep="\n")


def _page(hub: "Hub", account: str, limit: int, viewer: "Person | None") -> "AccountPage":
    from tsunagi.app.views import records

    page = records.account_page(hub.context, account, limit=limit, actor=viewer)
    if page is not None:
        return page
    named = [row.record for row in records.accounts(hub.context, search=account).items]
    exactly = [record for record in named if record.text("name") == account]
    chosen = exactly or named
    only = chosen[0].ref.id if len(chosen) == 1 else None
    page = records.account_page(hub.context, only, limit=limit, actor=viewer) if only else None
    if page is None:
        raise _unclear(account, [f"{record.ref.id} ({record.text('name')})" for record in chosen])
    return page


def _unclear(account: str, found: list[str]) -> ConfigError:
    if found:
        listed = ", ".join(found[:5]) + (" ..." if len(found) > 5 else "")
        return ConfigError(
            Text(en=f"Several accounts are called '{account}'.", ja=f"「{account}」に当てはまる取引先が複数あります。"),
            hint=Text(en=f"Give the ID of one: {listed}", ja=f"ID で指定してください: {listed}"),
        )
    return ConfigError(
        Text(en=f"There is no account '{account}'.", ja=f"取引先「{account}」はありません。"),
        hint=Text(
            en="See: tsunagi accounts list --search NAME. A new one is there after: tsunagi sync",
            ja="確認: tsunagi accounts list --search 名前。新しい取引先は tsunagi sync の後に表示されます。",
        ),
    )


def page_facts(hub: "Hub", page: "AccountPage") -> dict[str, object]:
    return {
        "account": record_facts(page.account),
        "linked": page.links,
        "contacts": {"records": [record_facts(each) for each in page.contacts.items], "next": page.contacts.next},
        "deals": {"records": [record_facts(each) for each in page.deals.items], "next": page.deals.next},
        "panels": [panel_facts(hub, view) for view in page.panels],
    }


def page_tables(hub: "Hub", page: "AccountPage") -> Iterator[Any]:
    """To be printed one below the other."""
    yield facts(fields_of(hub, page.account, page.links))
    yield _people(page)
    yield _deals(hub, page)
    for view in page.panels:
        yield panel_table(hub, view)


def panel_table(hub: "Hub", view: "PanelView") -> "Table | RichText":
    """Number, date, status, total and balance of each document, each in its currency and the base currency."""
    from rich.text import Text as RichText

    from tsunagi.cli.document_lists import table_of_documents

    service = hub.registry.connectors.get(view.panel.service)
    title = f"{say(service.label) if service else view.panel.service} · {say(view.panel.label)}: {view.count}"
    if not view.rows:
        return RichText(title, style="bold")
    documents, reasons = [row.document for row in view.rows], [_why(hub, row) for row in view.rows]
    made = table_of_documents(view.panel, documents, view.totals, view.drafts, reasons=reasons, title=title)
    if view.next:
        made.add_row("...", "", "", "", "", _("and {count} more").format(count=view.count - len(view.rows)))
    return made


def fields_of(hub: "Hub", account: "Record", links: "Mapping[str, RecordRef]") -> Iterator[tuple[str, str]]:
    """The labelled fields of a record of the CRM, and what it is in each service."""
    from tsunagi.app.connections.metadata import labelled

    kind = labelled(hub.context, hub.registry.entity(account.ref.service, account.ref.entity))
    yield _("ID"), account.ref.id
    for spec in kind.fields:
        value = account.fields.get(spec.name)
        if value not in (None, ""):
            yield say(spec.label), say(spec.choice_label(value)) if isinstance(value, str) else shown(value)
    for service, ref in links.items():
        label = hub.registry.connectors.get(service)
        yield _("In step with {service}").format(service=say(label.label) if label else service), str(ref)


def _people(page: "AccountPage") -> "Table":
    made = table(_("Name"), _("E-mail"), _("Phone"), title=_("Contacts"))
    for contact in page.contacts.items:
        name = contact.text("name") or f"{contact.text('first_name')} {contact.text('last_name')}".strip()
        made.add_row(plain(name), plain(contact.text("email")), plain(contact.text("phone")))
    return _with_more(made, page.contacts.next)


def _deals(hub: "Hub", page: "AccountPage") -> "Table":
    from tsunagi.app.connections.metadata import labelled

    kind = labelled(hub.context, hub.registry.entity(page.account.ref.service, "deal"))
    made = table(_("Name"), _("Stage"), (_("Amount"), "right"), _("Closing"), title=_("Deals"))
    for deal in page.deals.items:
        amount, closing = deal.fields.get("amount"), deal.fields.get("closing_date")
        stage = say(kind.choice_label("stage", deal.fields))
        made.add_row(plain(deal.text("name")), plain(stage), shown(amount), shown(closing))
    return _with_more(made, page.deals.next)


def _with_more(made: "Table", following: str | None) -> "Table":
    if following:
        made.add_row("...", _("there are more; see --limit"))
    return made


def _why(hub: "Hub", row: "PanelRow") -> str:
    """One sentence; 'tsunagi rules explain' shows the conditions."""
    from tsunagi.app.views import explanations

    if row.why is None:
        return ""
    explanation = explanations.explain(hub.context, row.why)
    return (
        _("{rule}: {record}").format(rule=explanation.title, record=explanation.relates_title)
        if explanation.relates
        else explanation.title
    )


def panel_facts(hub: "Hub", view: "PanelView") -> dict[str, object]:
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
    from tsunagi.app.views import explanations
    from tsunagi.cli.explanations import reading_facts

    if row.why is None:
        return None
    explanation = explanations.explain(hub.context, row.why)
    return {
        "rule": explanation.rule,
        "title": explanation.title,
        "action": row.why.action,
        "event": row.why.run.event if row.why.run else None,
        "record": explanation.relates,
        "record_title": explanation.relates_title,
        "at": explanation.at,
        "place": explanation.place,
        "conditions": [reading_facts(reading) for reading in explanation.conditions],
    }


def record_facts(record: "Record") -> dict[str, object]:
    return {"id": record.ref.id, "record": record.ref, "fields": record.fields, "modified_at": record.modified_at}
