"""`tsunagi rules simulate` and `backtest`: what rules would do with a deal, or would have done with the history."""

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tsunagi.cli.failures import ExitCode
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import money, out, plain, print_json, say_aside, shown, table
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import language, say

if TYPE_CHECKING:
    from tsunagi.app.automation.trials import Replayed, Simulated
    from tsunagi.domain.records import RecordRef
    from tsunagi.hub import Hub
    from tsunagi.rules.backtest import Difference
    from tsunagi.store.intents import NewIntent


def simulate(
    context: typer.Context,
    record: Annotated[
        str, typer.Argument(metavar="DEAL", help=_("The ID of a deal, or a record such as crm:deal:123."))
    ],
    event: Annotated[
        str, typer.Option(help=_("What happens, such as deal.won; default: each that rules wait for."))
    ] = "",
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help=_("With this value in place of the record's; repeatable.")),
    ] = None,
    as_json: Json = False,
) -> None:
    from tsunagi.app.access.permissions import require_seen
    from tsunagi.app.automation import trials
    from tsunagi.domain.records import RecordRef

    values = dict(_pair(each) for each in given or ())
    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        ref = _reference(record) or RecordRef(hub.registry.crm_service(), "deal", record)
        require_seen(hub.context, invocation.actor(hub), ref)
        found = trials.simulate(hub.context, ref, event=event, given=values)
        if as_json:
            print_json([_simulated_facts(each) for each in found])
            return
        for each in found:
            for line in _lines(hub, each):
                out().print(plain(line), soft_wrap=True)
    say_aside(_("Nothing was written."))


def backtest(
    context: typer.Context,
    changed: Annotated[Path, typer.Argument(metavar="FILE", help=_("A changed rule file, or a rules folder."))],
    since: Annotated[str, typer.Option(metavar="DATE", help=_("The first day that is replayed, such as 2026-04-01."))],
    threshold: Annotated[
        int | None, typer.Option(min=0, help=_("Exit code 1 where more records than this differ."))
    ] = None,
    as_csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help=_("Write every difference to this file."))
    ] = None,
    as_json: Json = False,
) -> None:
    from tsunagi.app.automation import trials

    with Invocation.of(context).hub() as hub:
        done = trials.backtest(hub.context, changed, since=_moment(hub, since), rules_dir=hub.settings.rules_dir)
        differences = list(done.backtest.differences())
        if as_csv is not None:
            _write_csv(hub, as_csv, differences)
    records = len({each.ref for each in differences})
    if as_json:
        print_json(_facts(done, differences))
    else:
        _show(done, differences, records)
    if threshold is not None and records > threshold:
        raise typer.Exit(ExitCode.FAILED)


def _show(done: "Replayed", differences: "Sequence[Difference]", records: int) -> None:
    from tsunagi.domain.money import Money
    from tsunagi.rules.backtest import sums

    replay = done.backtest
    if differences:
        lines = table(_("Action"), _("Difference"), (_("Count"), "right"), (_("Amount"), "right"))
        for each in sums(differences):
            amounts = ", ".join(money(Money(amount, currency)) for currency, amount in sorted(each.money.items()))
            lines.add_row(each.action, _kinds()[each.kind], str(each.count), amounts)
        out().print(lines)
    out().print(
        _("Records that differ: {records} of {all}; events replayed: {events}.").format(
            records=records, all=replay.records, events=replay.events
        )
    )
    if replay.undecided:
        say_aside(_("Events that can no longer be decided: {count}.").format(count=replay.undecided), style="yellow")
    if done.assumed:
        say_aside(
            _("Events no rule waited for then: {count}; records they refer to are taken as they are today.").format(
                count=done.assumed
            )
        )


def _kinds() -> dict[str, str]:
    return {"more": _("more"), "fewer": _("fewer"), "different": _("different")}


def _facts(done: "Replayed", differences: "Sequence[Difference]") -> dict[str, object]:
    from tsunagi.rules.backtest import sums

    return {
        "events": done.backtest.events,
        "records": done.backtest.records,
        "differ": len({each.ref for each in differences}),
        "undecided": done.backtest.undecided,
        "assumed": done.assumed,
        "actions": [
            {"action": each.action, "difference": each.kind, "count": each.count, "money": each.money}
            for each in sums(differences)
        ],
        "differences": [_difference_facts(each) for each in differences],
    }


def _difference_facts(each: "Difference") -> dict[str, object]:
    return {
        "record": each.ref,
        "difference": each.kind,
        "action": each.action,
        "rule_before": each.before.rule if each.before else None,
        "rule_after": each.after.rule if each.after else None,
        "amount": each.amount,
    }


def _write_csv(hub: "Hub", path: Path, differences: "Sequence[Difference]") -> None:
    from tsunagi.app.views.records import titles

    named = titles(hub.context, [each.ref for each in differences])
    try:
        # With a mark that spreadsheets know UTF-8 by.
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(
                ["record", "title", "difference", "action", "rule_before", "rule_after", "amount", "currency"]
            )
            for each in differences:
                amount = each.amount
                rules = each.before.rule if each.before else "", each.after.rule if each.after else ""
                figures = (str(amount.amount), amount.currency) if amount else ("", "")
                title = _inert(named.get(each.ref, ""))
                writer.writerow([str(each.ref), title, each.kind, each.action, *rules, *figures])
    except OSError as error:
        raise ConfigError(
            Text(
                en=f"'{path}' cannot be written: {error.strerror}.",
                ja=f"「{path}」に書き込めません: {error.strerror}。",
            )
        ) from error


def _inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _lines(hub: "Hub", simulated: "Simulated") -> Iterator[str]:
    from tsunagi.app.views.explanations import event_label

    event, evaluated = simulated.event, simulated.evaluated
    yield f"{event_label(hub.context, event.name)} ({event.name}): {event.ref}"
    if not simulated.traces:
        yield "  " + _("No rule waits for this.")
    for trace in simulated.traces:
        yield from (f"  {line}" for line in trace.lines(language()))
        problem = evaluated.problems.get(trace.rule)
        if problem is not None:
            yield f"    ! {say(problem)}"
        for intent in evaluated.intents:
            if intent.rule == trace.rule:
                yield f"    → {_write(hub, intent)}"


def _write(hub: "Hub", intent: "NewIntent") -> str:
    from tsunagi.app.views.explanations import action_label

    write = intent.write
    what = write.verb or write.operation
    fields = ", ".join(f"{name}: {shown(value)}" for name, value in write.fields.items())
    target = f" {write.target}" if write.target else ""
    return f"{action_label(hub.context, intent.action)}: {what} {write.service}.{write.entity}{target} ({fields})"


def _simulated_facts(simulated: "Simulated") -> dict[str, object]:
    event, evaluated = simulated.event, simulated.evaluated
    return {
        "event": event.name,
        "record": event.ref,
        "rules": [{**trace.as_json(), "blocked": evaluated.problems.get(trace.rule)} for trace in simulated.traces],
        "writes": [
            {
                "rule": intent.rule,
                "action": intent.action,
                "operation": intent.write.operation,
                "service": intent.write.service,
                "entity": intent.write.entity,
                "target": intent.write.target,
                "verb": intent.write.verb,
                "fields": intent.write.fields,
            }
            for intent in evaluated.intents
        ],
    }


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ConfigError(
            Text(en=f"'{text}' is not FIELD=VALUE.", ja=f"「{text}」は FIELD=VALUE の形ではありません。"),
            hint=Text(en="Such as --set amount='120000 JPY'.", ja="例: --set amount='120000 JPY'"),
        )
    return name.removeprefix("deal."), value


def _moment(hub: "Hub", text: str) -> datetime:
    """Midnight of the day, where the organisation is."""
    from tsunagi.app.views.overview import organization_zone

    return datetime.combine(day_named(text), time(), organization_zone(hub.context) or UTC)


def day_named(text: str) -> date:
    """Raises ConfigError for what is no day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            Text(en=f"'{text}' is not a day.", ja=f"「{text}」は日付ではありません。"),
            hint=Text(en="Write it as 2026-04-01.", ja="2026-04-01 の形で指定してください。"),
        ) from None


def _reference(text: str) -> "RecordRef | None":
    from tsunagi.domain.records import RecordRef

    try:
        return RecordRef.parse(text)
    except ValueError:
        return None
