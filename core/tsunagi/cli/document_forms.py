"""`tsunagi documents create` and `edit`: what is entered as options becomes a document, or changes one."""

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from tsunagi.cli.failures import ExitCode
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, plain, print_json, say_aside
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.app.documents.creating import Draft
    from tsunagi.app.documents.submitting import Submitted
    from tsunagi.domain.directory import Person
    from tsunagi.domain.records import RecordRef
    from tsunagi.hub import Hub

Kind = Annotated[str, typer.Argument(metavar="KIND", help=_("As service.kind, such as ledger.invoice."))]
Document = Annotated[
    str,
    typer.Argument(metavar="DOCUMENT", help=_("As service:kind:id, or by its number, such as INV-000001.")),
]
Values = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help=_("A field, such as due_date=2026-12-31; repeatable.")),
]
Lines = Annotated[
    list[str] | None,
    typer.Option(
        "--line",
        metavar="LINE",
        help=_("A line, such as \"name='Annual support' quantity=2 rate=100 tax=none\"; repeatable."),
    ),
]
Party = Annotated[str, typer.Option(metavar="NAME", help=_("The service's customer or vendor, by name or id."))]
Key = Annotated[
    str, typer.Option(metavar="KEY", help=_("The same key again gives the same document. Default: a new one."))
]


def create(
    context: typer.Context,
    kind: Kind,
    deal: Annotated[str, typer.Option(metavar="ID", help=_("The deal it is for."))] = "",
    contact: Annotated[str, typer.Option(metavar="ID", help=_("The contact it is for."))] = "",
    account: Annotated[str, typer.Option(metavar="ID", help=_("The account it is for."))] = "",
    party: Party = "",
    set_: Values = None,
    line: Lines = None,
    from_products: Annotated[
        bool, typer.Option("--from-products", help=_("The deal's products are its first lines."))
    ] = False,
    preview: Annotated[bool, typer.Option("--preview", help=_("Only compute what it will come to."))] = False,
    key: Key = "",
    as_json: Json = False,
) -> None:
    from tsunagi.app.documents.creating import Wanted, create_document, preview_document

    service, _dot, entity = kind.partition(".")
    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        about = _about(hub.registry.crm_service(), {"deal": deal, "contact": contact, "account": account})
        wanted = Wanted(_pairs(set_ or (), "--set"), _lines(line), about, party, from_products)
        actor = invocation.actor(hub)
        if preview:
            _print_preview(preview_document(hub.context, actor, service, entity, wanted), as_json=as_json)
            return
        made = create_document(hub.context, actor, service, entity, wanted, key or uuid4().hex)
    _print(made, _("Made {number}: {total}."), as_json=as_json)


def edit(
    context: typer.Context,
    document: Document,
    set_: Values = None,
    line: Lines = None,
    party: Party = "",
    key: Key = "",
    as_json: Json = False,
) -> None:
    from tsunagi.app.documents.creating import Wanted
    from tsunagi.app.documents.editing import edit_document

    wanted = Wanted(_pairs(set_ or (), "--set"), _lines(line) if line else None, None, party)
    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        ref = document_reference(hub, document, invocation.actor(hub))
        made = edit_document(hub.context, invocation.actor(hub), ref, wanted, key or uuid4().hex)
    _print(made, _("Changed {number}: {total}."), as_json=as_json)


def _about(crm: str, named: dict[str, str]) -> "RecordRef | None":
    from tsunagi.domain.records import RecordRef

    given = [RecordRef(crm, entity, id) for entity, id in named.items() if id]
    if len(given) > 1:
        raise ConfigError(
            Text(
                en="Name one of --deal, --contact and --account.",
                ja="--deal、--contact、--account のいずれか1つを指定してください。",
            )
        )
    return given[0] if given else None


def _lines(given: Sequence[str] | None) -> list[dict[str, str]]:
    return [_pairs(_words(line), "--line") for line in given or ()]


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        raise _misspelt("--line", line) from None


def _pairs(given: Sequence[str], option: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in given:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise _misspelt(option, word)
        found[name.strip()] = value
    return found


def _misspelt(option: str, word: str) -> ConfigError:
    return ConfigError(
        Text(
            en=f"{option} takes FIELD=VALUE, received '{word}'.",
            ja=f"{option} は 項目=値 の形で指定します。指定: '{word}'",
        )
    )


def document_reference(hub: "Hub", asked: str, viewer: "Person | None") -> "RecordRef":
    """A document by its number, or as service:kind:id. Raises ConfigError."""
    from tsunagi.app.views.why import document_named
    from tsunagi.domain.records import RecordRef

    try:
        return RecordRef.parse(asked)
    except ValueError:
        return document_named(hub.context, asked, viewer)


def _print(made: "Submitted", words: str, *, as_json: bool) -> None:
    from tsunagi.app.views import formats

    document = made.document
    if as_json:
        print_json(
            {
                "state": made.state,
                "document": made.ref,
                "number": document.number if document else None,
                "status": document.status if document else None,
                "total": document.total if document else None,
                "problem": made.problem,
            }
        )
    elif document is not None:
        out().print(plain(words.format(number=document.number, total=formats.money(document.total))))
    else:
        problem = say(made.problem) if made.problem else ""
        say_aside(_("It waits, and is made as soon as the service answers: {problem}").format(problem=problem))
    if made.state == "waiting":
        raise typer.Exit(ExitCode.UNAVAILABLE)


def _print_preview(draft: "Draft", *, as_json: bool) -> None:
    from tsunagi.app.views import formats

    found = draft.estimate
    if as_json:
        amounts = {"subtotal": found.subtotal, "tax": found.tax, "total": found.total} if found else None
        print_json({"party": draft.party.ref, "currency": draft.currency, "estimate": amounts})
        return
    total = formats.money(found.total) if found else _("only the service can tell")
    text = _("For {party}, an estimate: {total}. Nothing was made.")
    out().print(plain(text.format(party=draft.party.name, total=total)))
