"""`tsunagi sync review` and `tsunagi reconcile`: what a sync was not sure of, and where both sides differ."""

from typing import TYPE_CHECKING, Annotated

import typer

from tsunagi.cli.failures import ExitCode
from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, plain, print_json, say_aside, table
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.app.sync.reconciling import Difference
    from tsunagi.app.sync.reviewing import Question
    from tsunagi.domain.records import RecordRef


review = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)

_Id = Annotated[str, typer.Argument(metavar="ID", help=_("A question, as 'tsunagi sync review list' names it."))]


@review.command("list", help=_("List what waits for a person: uncertain matches, conflicts, deletions."))
def list_questions(
    context: typer.Context,
    pair: Annotated[str, typer.Option(help=_("Of this pair only."))] = "",
    limit: Annotated[int, typer.Option(min=1, max=500, help=_("How many at most."))] = 50,
    as_json: Json = False,
) -> None:
    from tsunagi.app.sync.reviewing import questions

    with Invocation.of(context).hub() as hub:
        found = questions(hub.context, pair=pair, limit=limit)
    if as_json:
        print_json([question_facts(each) for each in found.items])
        return
    if not found.items:
        say_aside(_("Nothing waits for a person."))
        return
    shown = table((_("ID"), "whole"), _("Pair"), _("Records"), _("Question"), _("Answers"))
    for each in found.items:
        item = each.item
        shown.add_row(item.id, item.pair, plain(_records(each)), plain(_asked(each)), ", ".join(each.answers))
    out().print(shown)
    if found.next:
        say_aside(_("There are more."))
    say_aside(_("Answer one: tsunagi sync review link|create|skip ID, tsunagi sync review take crm|finance ID"))


@review.command("link", help=_("The two records are one."))
def link(
    context: typer.Context,
    id: _Id,
    record: Annotated[
        str, typer.Argument(metavar="[RECORD]", help=_("Which one, by its ID, where several may be."))
    ] = "",
    as_json: Json = False,
) -> None:
    _answer(context, id, "link", as_json=as_json, record=record)


@review.command("create", help=_("They are two: each is made on the other side where changes travel there."))
def create(context: typer.Context, id: _Id, as_json: Json = False) -> None:
    _answer(context, id, "create", as_json=as_json)


@review.command("skip", help=_("Leave them alone."))
def skip(context: typer.Context, id: _Id, as_json: Json = False) -> None:
    _answer(context, id, "skip", as_json=as_json)


@review.command("take", help=_("For a field edited on both sides: whose value wins."))
def take(
    context: typer.Context,
    side: Annotated[str, typer.Argument(metavar="crm|finance", help=_("Whose value."))],
    id: _Id,
    as_json: Json = False,
) -> None:
    _answer(context, id, side, as_json=as_json)


@review.command("decide", help=_("Of a record whose other half was deleted: keep, delete or deactivate."))
def decide(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="keep|delete|deactivate", help=_("What becomes of it."))],
    id: _Id,
    as_json: Json = False,
) -> None:
    _answer(context, id, what, as_json=as_json)


def _answer(context: typer.Context, id: str, word: str, *, as_json: bool, record: str = "") -> None:
    from tsunagi.app.sync.reviewing import answer

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        item = answer(hub.context, invocation.actor(hub), id, word, record=record)
    if as_json:
        print_json({"id": item.id, "pair": item.pair, "answer": word})
        return
    out().print(_("Noted; the next sync does so."))


def question_facts(each: "Question") -> dict[str, object]:
    item = each.item
    return {
        "id": item.id,
        "pair": item.pair,
        "kind": item.kind,
        "left": item.left,
        "right": item.right,
        "candidates": item.candidates,
        "titles": {str(ref): title for ref, title in each.titles.items()},
        "field": item.field,
        "compared": item.compared,
        "reason": item.reason,
        "since": item.since,
        "answers": each.answers,
    }


def _records(each: "Question") -> str:
    item = each.item
    return "\n".join(_named(each, ref) for ref in (item.left, item.right, *item.candidates) if ref)


def _named(each: "Question", ref: "RecordRef") -> str:
    return f"{each.titles.get(ref, '')} ({ref})"


def _asked(each: "Question") -> str:
    said = say(each.item.reason)
    if not each.item.field:
        return said
    values = ", ".join(
        f"{side}: {each.item.compared.get(key)}" for key, side in (("left", "crm"), ("right", "finance"))
    )
    return f"{each.item.field} ({values}). {said}"


def reconcile(
    context: typer.Context,
    pair: Annotated[list[str] | None, typer.Option(help=_("Of this pair only; may be given several times."))] = None,
    fetch: Annotated[
        bool, typer.Option("--fetch", help=_("Read what changed on both sides first, and ask for exchange rates."))
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help=_("How many of each cause at most."))] = 20,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help=_("End with exit code 1 where there are differences."))
    ] = False,
    as_json: Json = False,
) -> None:
    from tsunagi.app.sync import reconciliation
    from tsunagi.app.views import formats, records
    from tsunagi.cli.following import carry_out_plan

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        if fetch:
            carry_out_plan(hub, pair or ())
        viewer = invocation.viewer(hub)
        found = reconciliation.reconcile(hub.context, viewer, pairs=pair or (), limit=limit, ask=fetch)
        names = records.titles(hub.context, found.refs(), viewer)
    if as_json:
        facts = [difference_facts(each) for each in found.differences]
        print_json({"counts": found.counts, "differences": facts, "not_compared": found.problems})
    else:
        for cause, label in reconciliation.cause_labels().items():
            if cause not in found.counts:
                continue
            shown = table(_("Record"), _("Reason"), _("How to fix it"), title=f"{label}: {found.counts[cause]}")
            for each in found.of(cause):
                ends = " ↔ ".join(names.get(ref, str(ref)) for ref in (each.left, each.right) if ref)
                shown.add_row(plain(ends or each.field), plain(say(each.reason)), each.command)
            if found.counts[cause] > limit:
                more = formats.number(found.counts[cause] - limit)
                shown.add_row("...", _("and {count} more").format(count=more), "")
            out().print(shown)
        for name, problem in found.problems.items():
            say_aside(f"{name}: {say(problem)}", style="yellow")
        if not found.counts:
            say_aside(_("Both sides agree."))
    if exit_code and (found.counts or found.problems):
        raise typer.Exit(ExitCode.FAILED)


def difference_facts(each: "Difference") -> dict[str, object]:
    return {
        "cause": each.cause,
        "pair": each.pair,
        "crm": each.left,
        "finance": each.right,
        "field": each.field,
        "values": {"crm": each.crm, "finance": each.finance},
        "reason": each.reason,
        "command": each.command,
    }
