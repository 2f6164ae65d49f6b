"""`tsunagi history`, `why` and `why-not`: what happened to a record, and why it has a document or none."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import moment, out, plain, print_json, say_aside, table
from tsunagi.translation import gettext as _

if TYPE_CHECKING:
    from datetime import datetime

    from tsunagi.app.views.explanations import Reading
    from tsunagi.app.views.history import HistoryLine
    from tsunagi.app.views.why import Proof, Why


_MARKS = {"holds": "✓", "does_not": "✗", "cannot_tell": "?", "": "·"}


def history(
    context: typer.Context,
    record: Annotated[
        str,
        typer.Argument(metavar="RECORD", help=_("As service:kind:id, or the ID of an account, contact or deal.")),
    ],
    limit: Annotated[int, typer.Option(min=1, max=500, help=_("How many at most."))] = 50,
    as_json: Json = False,
) -> None:
    from tsunagi.app.views import history as views

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        ref = views.resolve(hub.context, record)
        found = views.history(hub.context, invocation.actor(hub), ref, limit=limit)
    if as_json:
        print_json([entry_facts(line) for line in found.items])
        return
    if not found.items:
        say_aside(_("Nothing has happened to this record since the hub has known it."))
        return
    shown = table(_("Time"), _("Who"), _("Change"), _("Before"), _("After"), (_("Run"), "whole"))
    for line in found.items:
        head = (moment(line.entry.at), plain(line.who))
        if not line.fields:
            shown.add_row(*head, line.what, "", "", line.run)
        for number, each in enumerate(line.fields):
            when, who = head if number == 0 else ("", "")
            run = line.run if number == 0 else ""
            shown.add_row(when, who, plain(each.label), plain(each.before) or "-", plain(each.after) or "-", run)
    out().print(shown)
    if found.next:
        say_aside(_("There are more."))


def entry_facts(line: "HistoryLine") -> dict[str, object]:
    entry = line.entry
    return {
        "record": entry.ref,
        "at": entry.at,
        "what": entry.what,
        "cause": entry.cause,
        "by": entry.by,
        "run": entry.run,
        "changes": {name: {"before": before, "after": after} for name, (before, after) in entry.changes.items()},
    }


def why(
    context: typer.Context,
    document: Annotated[
        str, typer.Argument(metavar="DOCUMENT", help=_("As service:kind:id, or by its number, such as INV-000001."))
    ],
    as_json: Json = False,
) -> None:
    from tsunagi.app.views import why as proofs

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        _print_reasons(proofs.why(hub.context, document, invocation.actor(hub)), hub.context.now(), as_json)


def why_not(
    context: typer.Context,
    record: Annotated[
        str, typer.Argument(metavar="DEAL", help=_("The ID of a deal, or a record such as crm:deal:123."))
    ],
    rule: Annotated[str, typer.Argument(help=_("The rule in question; default: each that waits for its events."))] = "",
    as_json: Json = False,
) -> None:
    from tsunagi.app.views import why as proofs

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        _print_reasons(proofs.why_not(hub.context, record, rule, invocation.actor(hub)), hub.context.now(), as_json)


def proof_lines(proof: "Proof", now: "datetime") -> Iterator[str]:
    name = f"{proof.rule} ({proof.title}): " if proof.rule else ""
    yield f"{name}{proof.sentence}  {proof.place}".rstrip()
    if proof.conditional and proof.conditions:
        yield "  " + _("If it happened now:")
    for reading in proof.conditions:
        yield from (f"  {line}" for line in _reading_lines(reading, now))
    yield from (f"  ! {problem}" for problem in proof.problems)
    yield from (f"  → {write}" for write in proof.writes)
    if proof.changes:
        yield "  " + _("It would be otherwise if:")
        yield from (f"    {change}" for change in proof.changes)


def facts_of(found: "Why") -> dict[str, object]:
    return {
        "record": found.ref,
        "title": found.title,
        "rules": [
            {
                "rule": proof.rule,
                "title": proof.title,
                "state": proof.state,
                "sentence": proof.sentence,
                "event": proof.event,
                "at": proof.at,
                "place": proof.place,
                "conditional": proof.conditional,
                "conditions": [_reading_facts(reading) for reading in proof.conditions],
                "changes": proof.changes,
                "problems": proof.problems,
                "writes": proof.writes,
            }
            for proof in found.proofs
        ],
    }


def _print_reasons(found: "Why", now: "datetime", as_json: bool) -> None:
    if as_json:
        print_json(facts_of(found))
        return
    out().print(plain(f"{found.title} ({found.ref})"), soft_wrap=True)
    if not found.proofs:
        out().print("  " + _("No rule waits for this."))
    for proof in found.proofs:
        for line in proof_lines(proof, now):
            out().print(plain(f"  {line}"), soft_wrap=True)


def _reading_lines(reading: "Reading", now: "datetime") -> Iterator[str]:
    parts = [_("it was {value}").format(value=reading.seen)] if reading.seen is not None else []
    parts += [part for part in (reading.origin, _age(reading, now)) if part and reading.verdict]
    seen = f" ({', '.join(parts)})" if parts else ""
    reason = f": {reading.reason}" if reading.reason else ""
    yield f"{_MARKS[reading.verdict]} {reading.text}{seen}{reason}  {reading.place}".rstrip()
    for part in reading.parts:
        yield from (f"  {line}" for line in _reading_lines(part, now))


def _age(reading: "Reading", now: "datetime") -> str:
    from tsunagi.app.views import formats

    return formats.age(reading.known_at, now) if reading.known_at else ""


def _reading_facts(reading: "Reading") -> dict[str, object]:
    return {
        "text": reading.text,
        "verdict": reading.verdict,
        "seen": reading.seen,
        "origin": reading.origin,
        "known_at": reading.known_at,
        "reason": reading.reason,
        "place": reading.place,
        "parts": [_reading_facts(part) for part in reading.parts],
    }
