"""The request log over HTTP: pages for people, JSON for programs."""

from html import escape

from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.control.pages import html_answer, link, prefers_html, table


def latest(call: Call) -> Answer:
    """`GET /_sandbox/requests?service=&method=&path=&status=&after=&limit=&bodies=true`, newest first."""
    query = call.query
    found = call.sandbox.log.latest(
        service=query.get("service"),
        method=query.get("method"),
        path=query.get("path"),
        status=int(query["status"]) if query.get("status", "").isdigit() else None,
        after=int(query["after"]) if query.get("after", "").isdigit() else 0,
        limit=int(query["limit"]) if query.get("limit", "").isdigit() else 200,
    )
    if not prefers_html(call.headers):
        bodies = query.get("bodies") == "true"
        return Answer(200, {"requests": [entry.as_json(bodies=bodies) for entry in found]})
    rows = (
        (
            link(f"/_sandbox/requests/{entry.id}", entry.id),
            entry.time,
            entry.method,
            entry.path + ("?" + "&".join(f"{k}={v}" for k, v in entry.query.items()) if entry.query else ""),
            entry.status or "dropped",
            entry.milliseconds,
            ", ".join(entry.faults),
        )
        for entry in found
    )
    head = ("#", "Time", "Method", "Path", "Status", "ms", "Faults")
    return html_answer("Requests", _totals(call) + table(head, rows))


def one(call: Call) -> Answer:
    """`GET /_sandbox/requests/{id}` with both bodies (the first 4 KiB)."""
    entry = call.sandbox.log.find(int(call.path["id"])) if call.path["id"].isdigit() else None
    if entry is None:
        return Answer(404, {"message": f"Request {call.path['id']} is not (or no longer) in the log."})
    if not prefers_html(call.headers):
        return Answer(200, entry.as_json(bodies=True))
    shown = entry.as_json(bodies=True)
    request, response = shown.pop("request_body"), shown.pop("response_body")
    body = table(("", ""), shown.items())
    body += f"<h2>Request</h2><pre>{escape(request)}</pre><h2>Response</h2><pre>{escape(response)}</pre>"
    return html_answer(f"Request {entry.id}", body)


def counts(call: Call) -> Answer:
    """`GET /_sandbox/requests/counts`: totals by service and method, status and route, and handler seconds."""
    return Answer(200, call.sandbox.log.counts())


def clear(call: Call) -> Answer:
    """`DELETE /_sandbox/requests`: forget the requests and their counts."""
    call.sandbox.log.clear()
    return Answer(204)


def _totals(call: Call) -> str:
    services = call.sandbox.log.counts()["services"]
    rows = [(name, method, number) for name, methods in services.items() for method, number in methods.items()]
    return table(("Service", "Method", "Requests"), rows) + "<h2>Latest</h2>"
