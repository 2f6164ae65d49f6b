"""The CRM's callbacks over HTTP: what was sent where, and with which result."""

import sqlite3
from typing import Any

from zoho_sandbox import wire
from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.control.pages import html_answer, prefers_html, table

_SHOWN = 200


def listed(call: Call) -> Answer:
    """`GET /_sandbox/callbacks?state=waiting|delivered|failed`, newest first, with counts by state."""
    rows = call.sandbox.db.query(
        "SELECT * FROM crm_callback WHERE :state IS NULL OR state = :state ORDER BY id DESC LIMIT :limit",
        {"state": call.query.get("state"), "limit": _SHOWN},
    )
    counts = call.sandbox.db.query("SELECT state, count(*) AS number FROM crm_callback GROUP BY state")
    if not prefers_html(call.headers):
        return Answer(
            200,
            {
                "callbacks": [_callback_json(row) for row in rows],
                "counts": {row["state"]: row["number"] for row in counts},
            },
        )
    head = ("#", "State", "Attempts", "Outcome", "To", "Payload")
    body = table(
        head, ([row[c] for c in ("id", "state", "attempts", "outcome", "notify_url", "payload")] for row in rows)
    )
    return html_answer("Callbacks", table(("State", "Callbacks"), counts) + body)


def redeliver(call: Call) -> Answer:
    """`POST /_sandbox/callbacks/{id}/redeliver`: send a callback once more."""
    now = call.sandbox.clock.now().timestamp()
    changed = call.sandbox.db.execute(
        "UPDATE crm_callback SET state = 'waiting', attempts = 0, queued_at = ? WHERE id = ?", (now, call.path["id"])
    ).rowcount
    if not changed:
        return Answer(404, {"message": f"There is no callback {call.path['id']}."})
    call.sandbox.callbacks_due.set()
    return Answer(202)


def _callback_json(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "channel_id": row["channel_id"],
        "notify_url": row["notify_url"],
        "state": row["state"],
        "attempts": row["attempts"],
        "outcome": row["outcome"],
        "payload": wire.decode(row["payload"]),
    }
