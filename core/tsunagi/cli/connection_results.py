"""The result for each service that was to be connected: for a person, or as data."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tsunagi.cli.currencies import finding_facts, findings_table, is_locked, request_facts, weighty
from tsunagi.cli.failures import ExitCode, error_facts, report
from tsunagi.cli.printing import err, out, plain, print_json, say_aside
from tsunagi.errors import TsunagiError
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.app.connections.organizations import Provisioned
    from tsunagi.cli.invocation import Invocation
    from tsunagi.cli.organizations import Credentials, OrganizationChoice
    from tsunagi.domain.compatibility import Finding, SupportRequest
    from tsunagi.hub import Hub
    from tsunagi.store.connections import Connection

_GOOD = ("connected", "created")


def report_results(
    hub: "Hub",
    invocation: "Invocation",
    settled: Sequence["Provisioned"],
    credentials: "Credentials",
    choice: "OrganizationChoice",
    *,
    show_request: bool,
) -> ExitCode:
    """Print all results; returns the exit code. Raises what prevented connecting, if one service was given."""
    as_json = not choice.interactive
    requests = _requests(hub, invocation, settled, credentials, choice) if show_request else {}
    if len(settled) == 1 and settled[0].error is not None:
        _refused(settled[0].error, requests.get(settled[0].service), as_json=as_json)
        return ExitCode.FAILED
    found = {each.service: _after(hub, each) for each in settled}
    if as_json:
        each_facts = [_facts(hub, each, found[each.service], requests.get(each.service)) for each in settled]
        print_json(each_facts[0] if len(settled) == 1 else {"services": each_facts})
    else:
        for each in settled:
            _print_result(hub, each, found[each.service], requests.get(each.service))
        _print_prevented(hub, settled)
        if any(each.state in _GOOD for each in settled):
            out().print(_("Next: tsunagi sync"))
    return ExitCode.OK if all(each.state in _GOOD for each in settled) else ExitCode.FAILED


def connection_facts(connection: "Connection") -> dict[str, object]:
    from tsunagi.app.connections.fit import prevented_by

    return {
        "service": connection.service,
        "organization": connection.organization,
        "state": connection.state,
        "settings": connection.settings,
        "connected_by": connection.connected_by or None,
        "prevented_by": [finding_facts(finding) for finding in prevented_by(connection)],
    }


def _refused(error: TsunagiError, request: "SupportRequest | None", *, as_json: bool) -> None:
    """Plans and currencies that do not fit are a refusal, not a mistake in the set-up."""
    from tsunagi.app.connections.compatibility import Incompatible

    if not isinstance(error, Incompatible):
        raise error
    more: dict[str, object] = {"findings": [finding_facts(finding) for finding in error.findings]}
    if request is not None:
        more["request"] = request_facts(request)
    if len(weighty(error.findings)) > 1 and not as_json:
        err().print(findings_table(error.findings))
    report(error, as_json=as_json, code=ExitCode.FAILED, more=more)
    if not as_json:
        _print_request(error.findings, request)


def _print_result(
    hub: "Hub", each: "Provisioned", findings: Sequence["Finding"], request: "SupportRequest | None"
) -> None:
    from tsunagi.app.connections.compatibility import Incompatible

    label = say(hub.registry.connector(each.service).label)
    if each.error is not None:
        say_aside(_("{service} was not connected.").format(service=label), style="red")
        report(each.error)
        if isinstance(each.error, Incompatible):
            _print_request(each.error.findings, request)
    elif each.connection is not None:
        message = _("Created and connected {service}: {organization}")
        if each.state == "connected":
            message = _("Connected {service}: {organization}")
        out().print(plain(message.format(service=label, organization=_named(each.connection))))
        if weighty(findings):
            out().print(findings_table(findings))
    elif each.message is not None:
        say_aside(_("{service} is to be set up by hand:").format(service=label), style="yellow")
        say_aside(say(each.message))
        say_aside(_("Then run the same command again; it checks."))


def _print_request(findings: Sequence["Finding"], request: "SupportRequest | None") -> None:
    if request is not None:
        out().print(plain(f"{say(request.subject)}\n\n{say(request.body)}"), soft_wrap=True)
    elif is_locked(findings):
        say_aside(_("The request to the vendor's support, ready to be sent: the same command with --show-request"))


def _print_prevented(hub: "Hub", settled: Sequence["Provisioned"]) -> None:
    """Services that were there before the CRM, and do not fit it."""
    from tsunagi.app.connections.fit import prevented_services

    if not any(each.connection and hub.registry.connector(each.service).is_crm for each in settled):
        return
    for service, findings in prevented_services(hub.context).items():
        label = say(hub.registry.connector(service).label)
        say_aside(_("Nothing is written to {service} while this prevents it:").format(service=label), style="yellow")
        err().print(findings_table(findings))


def _facts(
    hub: "Hub", each: "Provisioned", findings: Sequence["Finding"], request: "SupportRequest | None"
) -> dict[str, object]:
    connected = connection_facts(each.connection) if each.connection else {"service": each.service}
    facts: dict[str, object] = {
        **connected,
        "result": each.state,
        "findings": [finding_facts(finding) for finding in findings],
    }
    if each.connection is not None and hub.registry.connector(each.service).is_crm:
        from tsunagi.app.connections.fit import prevented_services

        facts["prevented"] = {
            service: [finding_facts(finding) for finding in found]
            for service, found in prevented_services(hub.context).items()
        }
    if each.error is not None:
        facts["error"] = error_facts(each.error)
        facts["findings"] = [finding_facts(finding) for finding in getattr(each.error, "findings", ())]
    elif each.message is not None:
        facts["to_do"] = each.message
    if request is not None:
        facts["request"] = request_facts(request)
    return facts


def _after(hub: "Hub", each: "Provisioned") -> Sequence["Finding"]:
    """Plans and currencies as they are now; a connection is kept, whether they can be read again or not."""
    from tsunagi.app.connections.compatibility import findings_of

    if each.connection is None or hub.registry.connector(each.service).is_crm:
        return ()
    try:
        return findings_of(hub.context, each.service)
    except TsunagiError as error:
        say_aside(_("Plans and currencies could not be read again: {reason}").format(reason=say(error.message)))
        return ()


def _requests(
    hub: "Hub",
    invocation: "Invocation",
    settled: Sequence["Provisioned"],
    credentials: "Credentials",
    choice: "OrganizationChoice",
) -> Mapping[str, "SupportRequest"]:
    """For each service whose base currency only the vendor's support can change; not for others' organisations."""
    from tsunagi.app.connections.support_request import support_request

    locked = [each.service for each in settled if is_locked(getattr(each.error, "findings", ()))]
    return {
        service: support_request(
            hub.context,
            invocation.actor(hub),
            service,
            credentials[service],
            organization_id=choice.organization,
        )
        for service in locked
        if service in credentials
    }


def _named(connection: "Connection") -> str:
    organization = connection.organization
    return f"{organization.name} ({organization.id}, {organization.base_currency})"
