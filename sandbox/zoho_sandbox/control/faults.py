"""The faults over HTTP."""

from zoho_sandbox import wire
from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.control.pages import html_answer, prefers_html, table
from zoho_sandbox.faults import KINDS, InvalidFaultError

_EXAMPLE = (
    "<p>Add one: <code>curl -X POST /_sandbox/faults -d "
    '\'{"kind": "drop_after", "method": "POST", "path": "/books/v3/invoices", "count": 1}\'</code>. '
    f"Kinds: {', '.join(KINDS)}.</p>"
)


def listed(call: Call) -> Answer:
    """`GET /_sandbox/faults`."""
    faults = [fault.as_json() for fault in call.sandbox.faults]
    if not prefers_html(call.headers):
        return Answer(200, {"faults": faults})
    head = ("id", "kind", "method", "path", "count", "hits", "details")
    rows = [(*(f[name] for name in head[:-1]), wire.encode(f).decode()) for f in faults]
    return html_answer("Faults", _EXAMPLE + table(head, rows))


def add(call: Call) -> Answer:
    """`POST /_sandbox/faults`: one fault; see zoho_sandbox.faults.Fault for its keys."""
    try:
        fault = call.sandbox.faults.add(call.body)
    except InvalidFaultError as error:
        return Answer(400, {"message": f"The fault cannot be added: {error}"})
    return Answer(201, {"fault": fault.as_json()})


def remove(call: Call) -> Answer:
    """`DELETE /_sandbox/faults/{id}`."""
    if call.sandbox.faults.remove(call.path["id"]):
        return Answer(204)
    return Answer(404, {"message": f"There is no fault {call.path['id']}."})


def clear(call: Call) -> Answer:
    """`DELETE /_sandbox/faults`."""
    call.sandbox.faults.clear()
    return Answer(204)
