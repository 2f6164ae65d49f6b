"""`tsunagi documents`: listing, making, changing and mailing them, their PDF, and reading what is new there."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tsunagi.cli.document_forms import Document, create, document_reference, edit
from tsunagi.cli.failures import ExitCode
from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json, service_names
from tsunagi.cli.printing import moment, out, plain, print_json, say_aside, table
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.store.mailings import Mailing

documents = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
documents.command(help=_("Make an estimate, an invoice or an order for a deal, a contact or an account."))(create)
documents.command(help=_("Change a document: the fields that are named, and all lines where lines are."))(edit)

_Sort = Literal["date", "due_date", "number", "total", "balance"]


@documents.command(
    "list", help=_("List documents of one kind across all customers, with sums by currency, or save all as a file.")
)
def list_documents(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help=_("As service.kind, such as ledger.invoice."))],
    search: Annotated[str, typer.Option(help=_("A part of the number, the reference or the customer's name."))] = "",
    status: Annotated[str, typer.Option(help=_("Only those in this status."))] = "",
    currency: Annotated[str, typer.Option(help=_("Only those in this currency."))] = "",
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=_("The first day."))] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=_("The last day."))] = None,
    sort: Annotated[_Sort, typer.Option(help=_("What the list is sorted by."))] = "date",
    ascending: Annotated[bool, typer.Option("--ascending", help=_("The oldest, or smallest, first."))] = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help=_("How many at most."))] = 50,
    after: Annotated[str | None, typer.Option(help=_("Go on from the 'next' of the page before."))] = None,
    target: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help=_("Save every row here instead: a file named .csv or .xlsx.")),
    ] = None,
    as_json: Json = False,
) -> None:
    from tsunagi.app.views import document_lists
    from tsunagi.app.views.exporting import document_table
    from tsunagi.cli.document_lists import asked_for, list_facts, list_table, save_table

    asked = asked_for(kind, search, status, currency, since, until, sort, descending=not ascending)
    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        viewer = invocation.viewer(hub)
        if target is not None:
            count = save_table(document_table(hub.context, viewer, asked), target)
            if as_json:
                print_json({"file": target, "documents": count})
            else:
                out().print(plain(_("Saved in {file}; documents: {count}.").format(count=count, file=target)))
            return
        found = document_lists.list_documents(hub.context, viewer, asked, after=after, limit=limit)
        totals = document_lists.document_totals(hub.context, viewer, asked)
        if as_json:
            print_json(list_facts(found, totals))
            return
        out().print(list_table(found, totals))
        say_aside(_("Documents: {shown} of {count}").format(shown=len(found.rows), count=totals.count))
        if found.next:
            say_aside(_("The next page: --after {place}").format(place=found.next))


@documents.command(help=_("E-mail a document to its customer, with its PDF."))
def email(
    context: typer.Context,
    document: Document,
    to: Annotated[
        list[str] | None,
        typer.Option("--to", metavar="EMAIL", help=_("Instead of those the service would choose; repeatable.")),
    ] = None,
    cc: Annotated[
        list[str] | None, typer.Option("--cc", metavar="EMAIL", help=_("Who gets a copy; repeatable."))
    ] = None,
    subject: Annotated[str, typer.Option(help=_("Default: as the service words it."))] = "",
    body: Annotated[str, typer.Option(help=_("Default: as the service words it."))] = "",
    as_json: Json = False,
) -> None:
    from tsunagi.app.documents.mailing import email_document
    from tsunagi.domain.documents import Mail

    mail = Mail(tuple(to or ()), subject, body, tuple(cc or ()))
    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        ref = document_reference(hub, document, invocation.actor(hub))
        sent = email_document(hub.context, hub.settings, invocation.actor(hub), ref, mail)
    if as_json:
        print_json(_facts(sent))
        return
    out().print(plain(_("Sent to {recipients}.").format(recipients=", ".join(sent.recipients))))


@documents.command(help=_("Show whom a document would be mailed to, before it is."))
def recipients(context: typer.Context, document: Document, as_json: Json = False) -> None:
    from tsunagi.app.documents.mailing import recipients_of

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        actor = invocation.actor(hub)
        found = recipients_of(hub.context, actor, document_reference(hub, document, actor))
    if as_json:
        print_json({"recipients": found})
    elif found:
        out().print(plain("\n".join(found)))
    else:
        say_aside(_("The service knows nobody to send it to: name the recipients with --to."))


@documents.command(help=_("List who mailed a document to whom, the latest first."))
def mailings(context: typer.Context, document: Document, as_json: Json = False) -> None:
    from tsunagi.app.documents.mailing import mailings_of

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        ref = document_reference(hub, document, invocation.viewer(hub))
        found = mailings_of(hub.context, ref, actor=invocation.viewer(hub))
    if as_json:
        print_json([_facts(mailing) for mailing in found])
        return
    if not found:
        say_aside(_("It was not mailed from here yet."))
        return
    shown = table((_("At"), "whole"), _("Sender"), _("Recipients"), _("State"))
    for each in found:
        state = _states()[each.state] + (f": {say(each.problem)}" if each.problem else "")
        shown.add_row(moment(each.at), plain(each.sender), plain(", ".join(each.recipients)), plain(state))
    out().print(shown)


@documents.command(help=_("Save a document as a PDF file."))
def pdf(
    context: typer.Context,
    document: Document,
    to: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help=_("Default: the name the service gives it, in this folder.")),
    ] = None,
    as_json: Json = False,
) -> None:
    from tsunagi.app.documents.mailing import print_document

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        ref = document_reference(hub, document, invocation.actor(hub))
        printed = print_document(hub.context, invocation.actor(hub), ref)
    # The service names the file, but not the folder.
    target = to or Path(Path(printed.name).name)
    _write(target, printed.content)
    if as_json:
        print_json({"document": ref, "file": target, "bytes": len(printed.content)})
        return
    out().print(plain(_("Saved {file}.").format(file=target)))


@documents.command(help=_("Read new and changed documents of one service, or of all, now."))
def refresh(
    context: typer.Context,
    service: Annotated[
        str | None, typer.Argument(metavar="SERVICE", autocompletion=service_names, help=_("This one only."))
    ] = None,
    as_json: Json = False,
) -> None:
    from tsunagi.cli.following import fetch_documents
    from tsunagi.cli.runs import run_facts, run_summary

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        run = fetch_documents(hub, invocation.actor(hub), service)
        if as_json:
            print_json({**run_facts(hub, run), "api_calls": hub.meter.by_service()})
        else:
            out().print(*run_summary(hub, run), sep="\n")
    if run.state != "done":
        raise typer.Exit(ExitCode.FAILED)


def _write(target: Path, content: bytes) -> None:
    try:
        target.write_bytes(content)
    except OSError as error:
        raise ConfigError(
            Text(
                en=f"The file {target} cannot be written: {error.strerror}.",
                ja=f"ファイル {target} に書き込めません: {error.strerror}",
            ),
            hint=Text(en="Name another one with --out.", ja="--out で別のファイルを指定してください。"),
        ) from error


def _facts(mailing: "Mailing") -> dict[str, object]:
    return {
        "id": mailing.id,
        "document": mailing.document,
        "sender": mailing.sender,
        "recipients": mailing.recipients,
        "subject": mailing.subject,
        "through": mailing.through,
        "state": mailing.state,
        "problem": mailing.problem,
        "at": mailing.at,
    }


def _states() -> dict[str, str]:
    return {
        "sending": _("sending"),
        "sent": _("sent"),
        "failed": _("failed"),
        "unknown": _("sent perhaps; the answer was lost"),
    }
