"""Callbacks: queued with the write that causes them, delivered in order, a few times if need be."""

import asyncio
import logging
import sqlite3
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx2

from zoho_sandbox import wire
from zoho_sandbox.crm.fields import ModuleInfo
from zoho_sandbox.sandbox import Sandbox

_logger = logging.getLogger(__name__)

_EVENTS = {"insert": "create", "update": "edit", "delete": "delete"}
# Seconds to wait before each further attempt; real time, not the sandbox's clock.
_RETRY_AFTER = (0.2, 1.0, 3.0)
_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """A record that a call touched; `values` are an update's changed fields as the API shows them."""

    record_id: str
    values: dict[str, Any] | None = None


def queue(sandbox: Sandbox, info: ModuleInfo, operation: str, changes: Sequence[Change]) -> None:
    """Queue one callback a channel for `insert`, `update` or `delete`; call inside the write's transaction."""
    if not changes:
        return
    now = sandbox.clock.now().timestamp()
    channels = sandbox.db.query(
        "SELECT * FROM crm_channel WHERE module = ? AND expires_at > ? ORDER BY channel_id", (info.api_name, now)
    )
    event = f"{info.api_name}.{_EVENTS[operation]}"
    for channel in channels:
        if not {event, f"{info.api_name}.all"} & set(wire.decode(channel["events"])):
            continue
        told = [change for change in changes if _meets_condition(channel, operation, change)]
        if told:
            copies = 2 if sandbox.faults.duplicate_callback(f"/crm/v8/{info.api_name}") else 1
            payload = _payload(sandbox, channel, info, operation, told)
            enqueue(sandbox, channel["channel_id"], channel["notify_url"], payload, copies=copies)


def enqueue(sandbox: Sandbox, channel_id: str, notify_url: str, payload: dict[str, Any], *, copies: int = 1) -> None:
    """Queue one callback, `copies` times."""
    text = wire.encode(payload).decode()
    for _ in range(copies):
        sandbox.db.execute(
            "INSERT INTO crm_callback (channel_id, notify_url, payload, state, attempts, queued_at, outcome)"
            " VALUES (?, ?, ?, 'waiting', 0, ?, '')",
            (channel_id, notify_url, text, sandbox.clock.now().timestamp()),
        )
    sandbox.callbacks_due.set()


def _meets_condition(channel: sqlite3.Row, operation: str, change: Change) -> bool:
    """A field selection narrows updates only: created and deleted records are always reported."""
    if operation != "update" or channel["condition"] is None:
        return True
    return _selected(wire.decode(channel["condition"]), set(change.values or ()))


def _selected(selection: dict[str, Any], changed: set[str]) -> bool:
    group = selection.get("group")
    if not group:
        return (selection.get("field") or {}).get("api_name") in changed
    members = [_selected(member, changed) for member in group]
    return any(members) if str(selection.get("group_operator", "and")).lower() == "or" else all(members)


def _payload(
    sandbox: Sandbox, channel: sqlite3.Row, info: ModuleInfo, operation: str, changes: Sequence[Change]
) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "server_time": int(sandbox.clock.now().timestamp() * 1000),
        "query_params": {},
        "module": info.api_name,
        "resource_uri": f"{sandbox.settings.base_url}/crm/v8/{info.api_name}",
        "ids": [change.record_id for change in changes],
        "affected_fields": [{change.record_id: list(change.values)} for change in changes if change.values],
        "operation": operation,
        "channel_id": channel["channel_id"],
        "token": channel["token"],
    }
    if channel["return_values"]:
        payload["affected_values"] = [
            {"record_id": change.record_id, "values": change.values} for change in changes if change.values
        ]
    return payload


async def deliver(sandbox: Sandbox) -> None:
    """Deliver what is queued, until cancelled. A URL's callbacks keep their order."""
    blocked: dict[str, float] = {}
    async with httpx2.AsyncClient(timeout=10, trust_env=False, verify=_trusted()) as client:
        while True:
            waiting = _waiting(sandbox, blocked)
            if waiting is None:
                await _pause(sandbox, blocked)
            else:
                await _attempt(sandbox, client, waiting, blocked)


@cache
def _trusted() -> ssl.SSLContext:
    """Reading all authorities takes longer than anything else at a sandbox's start."""
    return httpx2.create_ssl_context()


def _waiting(sandbox: Sandbox, blocked: dict[str, float]) -> sqlite3.Row | None:
    moment = asyncio.get_running_loop().time()
    for url in [url for url, until in blocked.items() if until <= moment]:
        del blocked[url]
    marks = ",".join("?" * len(blocked))
    sql = f"SELECT * FROM crm_callback WHERE state = 'waiting' AND notify_url NOT IN ({marks}) ORDER BY id LIMIT 1"  # noqa: S608  (question marks only)
    return sandbox.db.one(sql, list(blocked))


async def _pause(sandbox: Sandbox, blocked: dict[str, float]) -> None:
    moment = asyncio.get_running_loop().time()
    patience = min((until - moment for until in blocked.values()), default=None)
    try:
        await asyncio.wait_for(sandbox.callbacks_due.wait(), patience)
    except TimeoutError:
        return  # a blocked URL is due again
    sandbox.callbacks_due.clear()


async def _attempt(sandbox: Sandbox, client: httpx2.AsyncClient, row: sqlite3.Row, blocked: dict[str, float]) -> None:
    delivered, outcome = await _post(client, row)
    attempts = row["attempts"] + 1
    state = "delivered" if delivered else ("waiting" if attempts <= len(_RETRY_AFTER) else "failed")
    if state == "waiting":
        blocked[row["notify_url"]] = asyncio.get_running_loop().time() + _RETRY_AFTER[attempts - 1]
    # Queued anew while it was under way, it goes out once more.
    sandbox.db.execute(
        "UPDATE crm_callback SET state = ?, attempts = ?, answered_at = ?, outcome = ? WHERE id = ? AND queued_at = ?",
        (state, attempts, sandbox.clock.now().timestamp(), outcome, row["id"], row["queued_at"]),
    )
    if row["id"] % _KEPT == 0:
        sandbox.db.execute("DELETE FROM crm_callback WHERE state <> 'waiting' AND id <= ?", (row["id"] - _KEPT,))


async def _post(client: httpx2.AsyncClient, row: sqlite3.Row) -> tuple[bool, str]:
    try:
        answer = await client.post(
            row["notify_url"], content=row["payload"].encode(), headers={"content-type": "application/json"}
        )
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        _logger.warning("callback to %s failed: %r", row["notify_url"], error)
        return False, repr(error)
    return answer.is_success, f"HTTP {answer.status_code}"
