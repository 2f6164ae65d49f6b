"""`tsunagi currencies`: do plans and currencies of both sides fit, and where do their rates differ?"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from tsunagi.cli.failures import ExitCode, error_facts, exit_code_of, report
from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json, service_names
from tsunagi.cli.printing import out, plain, print_json, say_aside, table
from tsunagi.errors import TsunagiError
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from rich.table import Table

    from tsunagi.domain.compatibility import Finding, SupportRequest
    from tsunagi.domain.rates import Rate, RateDifference
    from tsunagi.hub import Hub


T = TypeVar("T")

currencies = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)

Service = Annotated[
    str | None,
    typer.Argument(
        metavar="SERVICE", autocompletion=service_names, help=_("This one only; default: every service that is on.")
    ),
]


@currencies.command(help=_("Check whether plans and currencies fit; exit code 1 where something prevents it."))
def check(context: typer.Context, service: Service = None, as_json: Json = False) -> None:
    from tsunagi.app.connections.compatibility import findings_of
    from tsunagi.domain.compatibility import refusals

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        actor = invocation.actor(hub)
        found, failed = _asked(hub, service, lambda name: findings_of(hub.context, name, actor=actor))
        labels = _labels(hub, found)
    if as_json:
        print_json(
            [
                *({"service": name, "findings": [finding_facts(each) for each in found[name]]} for name in found),
                *({"service": name, "error": error_facts(error)} for name, error in failed.items()),
            ]
        )
    else:
        for name, findings in found.items():
            out().print(findings_table(findings, title=labels[name]))
        _report_failures(failed, found)
    refused = any(refusals(findings) for findings in found.values())
    _end(failed, refused=refused)


@currencies.command(help=_("Show both sides' exchange rates beside each other, and where they differ."))
def rates(context: typer.Context, service: Service = None, as_json: Json = False) -> None:
    from tsunagi.app.connections.compatibility import rate_differences

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        actor = invocation.actor(hub)
        found, failed = _asked(hub, service, lambda name: rate_differences(hub.context, name, actor=actor))
        labels = _labels(hub, found)
    if as_json:
        print_json(
            [
                *({"service": name, "rates": [_facts(each) for each in found[name]]} for name in found),
                *({"service": name, "error": error_facts(error)} for name, error in failed.items()),
            ]
        )
    else:
        for name, rows in found.items():
            if rows:
                out().print(_rates_table(rows, labels[name]))
            else:
                out().print(
                    _("{service}: neither side has a foreign currency with a rate.").format(service=labels[name])
                )
        _report_failures(failed, found)
    _end(failed, refused=False)


def _asked(hub: "Hub", service: str | None, ask: Callable[[str], T]) -> tuple[dict[str, T], dict[str, TsunagiError]]:
    """The answers by service; one that cannot be reached does not prevent the others from being shown."""
    if service is not None:
        return {service: ask(service)}, {}
    found: dict[str, T] = {}
    failed: dict[str, TsunagiError] = {}
    for connection in hub.connectors.active():
        kind = hub.registry.connectors.get(connection.service)
        if kind is None or kind.is_crm:
            continue
        try:
            found[connection.service] = ask(connection.service)
        except TsunagiError as error:
            failed[connection.service] = error
    return found, failed


def _labels(hub: "Hub", found: dict[str, T]) -> dict[str, str]:
    return {
        name: f"{say(hub.registry.connector(name).label)} · {plain(hub.connectors.connection(name).organization.name)}"
        for name in found
    }


def _report_failures(failed: dict[str, TsunagiError], found: dict[str, T]) -> None:
    for error in failed.values():
        report(error)
    if not found and not failed:
        say_aside(_("No finance service is connected and on."))


def _end(failed: dict[str, TsunagiError], *, refused: bool) -> None:
    codes = [exit_code_of(error) for error in failed.values()] or ([ExitCode.FAILED] if refused else [])
    if codes:
        raise typer.Exit(codes[0])


def _rates_table(rows: Sequence["RateDifference"], title: str) -> "Table":
    from tsunagi.domain.rates import LABELS

    made = table(
        (_("Currency"), "whole"),
        _("The CRM says"),
        _("The service says"),
        (_("Difference"), "right"),
        _("Verdict"),
        title=title,
    )
    for row in rows:
        made.add_row(
            row.currency, _rate_text(row.crm), _rate_text(row.finance), _percent(row), say(LABELS[row.severity])
        )
    return made


def _rate_text(rate: "Rate | None") -> str:
    return str(rate) if rate else ""


def _percent(row: "RateDifference") -> str:
    """As a part of the larger rate, cut where nobody reads on."""
    if row.relative is None:
        return ""
    percent = row.relative * 100
    return "< 0.0001 %" if 0 < percent < Decimal("0.0001") else f"{percent:.4f} %"


def _facts(row: "RateDifference") -> dict[str, object]:
    return {
        "currency": row.currency,
        "crm": _rate_facts(row.crm),
        "finance": _rate_facts(row.finance),
        "direction": row.direction.value,
        "crm_value": row.crm_value,
        "finance_value": row.finance_value,
        "relative": row.relative,
        "verdict": row.severity.value,
    }


def _rate_facts(rate: "Rate | None") -> dict[str, object] | None:
    if rate is None:
        return None
    return {"base": rate.base, "foreign": rate.foreign, "value": rate.value, "direction": rate.direction.value}


def findings_table(findings: Sequence["Finding"], *, title: str = "") -> "Table":
    """What was found, with what to do below it."""
    made = table((_("Weight"), "whole"), _("Found"), title=title)
    for finding in findings:
        advice = f"\n→ {say(finding.what_to_do)}" if finding.what_to_do else ""
        made.add_row(_weights()[finding.severity.value], plain(say(finding.message) + advice))
    return made


def weighty(findings: Sequence["Finding"]) -> Sequence["Finding"]:
    """Those that ask for more than a nod."""
    return [finding for finding in findings if finding.severity.value != "fine"]


def finding_facts(finding: "Finding") -> dict[str, object]:
    return {
        "kind": str(finding.kind),
        "severity": finding.severity.value,
        "side": finding.side,
        "currency": finding.currency,
        "message": finding.message,
        "what_to_do": finding.what_to_do,
    }


def request_facts(request: "SupportRequest") -> dict[str, object]:
    return {"subject": request.subject, "body": request.body}


def is_locked(findings: Sequence["Finding"]) -> bool:
    """Can only the vendor's support change the finance side's base currency?"""
    return any(finding.needs_support for finding in findings)


def _weights() -> dict[str, str]:
    return {
        "refuses": _("prevents it"),
        "acts": _("will be done"),
        "tells": _("to know"),
        "fine": _("fine"),
    }
