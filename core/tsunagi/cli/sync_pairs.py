"""`tsunagi sync pairs`, `settings`, `set`, `check` and `try`: what a sync does with each pair."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tsunagi.cli.failures import ExitCode
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, plain, print_json, say_aside, table
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.app.sync.pair_files import PairFile, Trial
    from tsunagi.domain.records import Fields
    from tsunagi.errors import RuleFileError

_Pair = Annotated[str, typer.Argument(metavar="PAIR", help=_("A pair, as 'tsunagi sync pairs' names it."))]


def pairs(context: typer.Context, as_json: Json = False) -> None:
    from tsunagi.app.sync.pair_files import pair_files

    with Invocation.of(context).hub() as hub:
        found = pair_files(hub.context)
    if as_json:
        print_json([pair_facts(each) for each in found])
        return
    shown = table(_("Pair"), _("State"), _("Direction"), _("Fields"), _("File"))
    for each in found:
        fields = str(len(each.pair.mapping.fields)) if each.pair else "-"
        direction = each.direction or "-"
        style = "red" if each.state == "broken" else None
        shown.add_row(each.name, _state(each.state), direction, fields, plain(each.file or "-"), style=style)
    out().print(shown)


def settings(context: typer.Context, pair: _Pair, as_json: Json = False) -> None:
    from tsunagi.app.sync.pair_files import pair_file

    with Invocation.of(context).hub() as hub:
        found = pair_file(hub.context, pair)
    if as_json:
        print_json({**pair_facts(found), "text": found.text})
        return
    out().print(plain(found.text or _("No file: the pair is synced as its plugin sets it up.")), soft_wrap=True)
    _print_problems(found.problems)


def set_values(
    context: typer.Context,
    pair: _Pair,
    values: Annotated[
        list[str],
        typer.Argument(metavar="PATH=VALUE...", help=_("Such as direction=both or fields.phone.owner=crm.")),
    ],
    as_json: Json = False,
) -> None:
    from tsunagi.app.sync.pair_files import change_settings
    from tsunagi.errors import ConfigError
    from tsunagi.text import Text

    changes: dict[str, str] = {}
    for each in values:
        path, given, value = each.partition("=")
        if not given:
            raise ConfigError(
                Text(en=f"'{each}' is not of the form PATH=VALUE.", ja=f"「{each}」は PATH=VALUE の形ではありません。")
            )
        changes[path] = value
    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        changed = change_settings(hub.context, invocation.actor(hub), pair, changes)
    if as_json:
        print_json({**pair_facts(changed), "text": changed.text})
        return
    out().print(plain(_("{file} was changed; the next sync follows it.").format(file=changed.file)))


def check(context: typer.Context, as_json: Json = False) -> None:
    from tsunagi.app.sync.pair_files import check_files

    with Invocation.of(context).hub() as hub:
        problems = check_files(hub.context)
        count = len(hub.registry.pairs)
    if as_json:
        print_json({"pairs": count, "errors": [_problem_facts(each) for each in problems]})
    else:
        _print_problems(problems)
        said = _("Pairs in force: {pairs}, mistakes: {errors}")
        say_aside(said.format(pairs=count, errors=len(problems)))
    if problems:
        raise typer.Exit(ExitCode.FAILED)


def try_record(
    context: typer.Context,
    pair: _Pair,
    record: Annotated[
        str, typer.Argument(metavar="RECORD", help=_("Its ID or exact name, or such as crm:account:123."))
    ],
    file: Annotated[
        Path | None, typer.Option("--file", help=_("Settings that are not in the rules folder yet."), exists=True)
    ] = None,
    as_json: Json = False,
) -> None:
    from tsunagi.app.sync.pair_files import try_mapping

    invocation = Invocation.of(context)
    text = file.read_text(encoding="utf-8-sig") if file else None
    with invocation.hub() as hub:
        trial = try_mapping(hub.context, invocation.actor(hub), pair, record, text)
    if as_json:
        print_json(trial_facts(trial))
        return
    shown = table(_("Field"), _("Read"), _("Compared"), _("Written"), _("Note"))
    for each in trial.fields:
        note = say(each.note) if each.note else ""
        shown.add_row(
            each.name, plain(_values(each.given)), plain(_value(each.compared)), plain(_values(each.written)), note
        )
    out().print(shown)
    linked = _("It is linked with {record}.").format(record=trial.partner)
    say_aside(linked if trial.partner else _("It is not linked yet."))
    say_aside(_("Nothing was written."))


def pair_facts(found: "PairFile") -> dict[str, object]:
    pair = found.pair
    fields = (
        {fm.name: {"crm": fm.names("left"), "finance": fm.names("right")} for fm in pair.mapping.fields} if pair else {}
    )
    return {
        "pair": found.name,
        "state": found.state,
        "label": pair.label if pair else None,
        "direction": found.direction,
        "fields": fields,
        "file": found.file,
        "errors": [_problem_facts(each) for each in found.problems],
    }


def trial_facts(trial: "Trial") -> dict[str, object]:
    return {
        "pair": trial.pair,
        "record": trial.record.ref,
        "partner": trial.partner,
        "fields": [
            {
                "field": each.name,
                "read": each.given,
                "compared": each.compared,
                "written": each.written,
                "note": each.note,
            }
            for each in trial.fields
        ],
        "missing": trial.missing,
    }


def _state(state: str) -> str:
    return {"on": _("on"), "off": _("off"), "broken": _("broken"), "unused": _("not in use")}[state]


def _values(fields: "Fields") -> str:
    return "\n".join(f"{name}: {_value(value)}" for name, value in fields.items())


def _value(value: object) -> str:
    return "-" if value is None else str(value)


def _print_problems(problems: "Sequence[RuleFileError]") -> None:
    for error in problems:
        out().print(plain(str(error)), soft_wrap=True)


def _problem_facts(error: "RuleFileError") -> dict[str, object]:
    return {
        "file": error.path,
        "line": error.line,
        "column": error.column,
        "field": error.field,
        "message": error.reason,
    }
