"""`/actions/watch`: which changes are reported to which address, and until when."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from zoho_sandbox import wire
from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.crm import parameters
from zoho_sandbox.crm.errors import Body, RecordProblem, missing_parameter, refused
from zoho_sandbox.crm.fields import ModuleInfo, catalog
from zoho_sandbox.crm.page_tokens import plain_info
from zoho_sandbox.crm.times import parsed, written

_OPERATIONS = ("create", "edit", "delete", "all")
_MAX_TOKEN = 50
_MAX_FIELDS = 10
_DEFAULT_LIFETIME = timedelta(hours=1).total_seconds()
_LONGEST = timedelta(weeks=1).total_seconds()

Channel = dict[str, Any]


def enable(call: Call) -> Answer:
    """`POST /actions/watch`: subscribe channels; a channel that exists is replaced."""

    def subscribe(given: Channel, path: str) -> Body:
        channel = _checked(call, given, path)
        call.sandbox.db.execute("DELETE FROM crm_channel WHERE channel_id = ?", (channel["channel_id"],))
        return _saved(call, channel, "Successfully subscribed for actions-watch of the given module")

    return _each(call, subscribe, 201)


def replace_details(call: Call) -> Answer:
    """`PUT /actions/watch`: what is given stands, the rest of the channel goes."""

    def change(given: Channel, path: str) -> Body:
        _known(call, given, path)
        channel = _checked(call, given, path)
        call.sandbox.db.execute("DELETE FROM crm_channel WHERE channel_id = ?", (channel["channel_id"],))
        return _saved(call, channel, "Successfully updated the subscribe details")

    return _each(call, change, 200)


def change_details(call: Call) -> Answer:
    """`PATCH /actions/watch`: change what is given; with `_delete_events` unsubscribe from the events."""

    def change(given: Channel, path: str) -> Body:
        known = _known(call, given, path)
        if given.get("_delete_events") is True:
            return _without_events(call, given, known)
        return _saved(call, _checked(call, _details(known) | given, path), "Successfully updated the subscribe details")

    return _each(call, change, 200)


def list_channels(call: Call) -> Answer:
    """`GET /actions/watch?channel_id=&module=`; 204 when there is none."""
    page, per_page = parameters.paging(call)
    rows = call.sandbox.db.query(
        "SELECT * FROM crm_channel WHERE expires_at > :now AND (:id IS NULL OR channel_id = :id)"
        " AND (:module IS NULL OR module = :module) ORDER BY channel_id, module LIMIT :limit OFFSET :offset",
        {
            "now": call.sandbox.clock.now().timestamp(),
            "id": call.query.get("channel_id"),
            "module": call.query.get("module"),
            "limit": per_page + 1,
            "offset": (page - 1) * per_page,
        },
    )
    if not rows:
        return Answer(204)
    shown = [_channel_json(call, row) for row in rows[:per_page]]
    info = plain_info(page=page, per_page=per_page, count=len(shown), more=len(rows) > per_page)
    return Answer(200, {"watch": shown, "info": info})


def disable(call: Call) -> Answer:
    """`DELETE /actions/watch?channel_ids=`."""
    ids = [text.strip() for text in call.query.get("channel_ids", "").split(",") if text.strip()]
    if not ids:
        raise missing_parameter("channel_ids")
    outcomes = []
    with call.sandbox.db.transaction():
        for channel_id in ids:
            rows = call.sandbox.db.query("SELECT * FROM crm_channel WHERE channel_id = ?", (channel_id,))
            call.sandbox.db.execute("DELETE FROM crm_channel WHERE channel_id = ?", (channel_id,))
            outcomes += [_removed(call, row) for row in rows] or [_not_subscribed(channel_id)]
    failed = all(outcome["status"] == "error" for outcome in outcomes)
    return Answer(202 if failed else 200, {"watch": outcomes})


def _each(call: Call, write: Callable[[Channel, str], Body], success: int) -> Answer:
    given = call.body.get("watch")
    if not isinstance(given, list) or not given:
        raise refused("MANDATORY_NOT_FOUND", "required field not found", {"api_name": "watch", "json_path": "$.watch"})
    outcomes = []
    with call.sandbox.db.transaction():
        for index, channel in enumerate(given):
            path = f"$.watch[{index}]"
            try:
                outcomes.append(write(channel if isinstance(channel, dict) else {}, path))
            except RecordProblem as problem:
                outcomes.append(problem.body)
    failed = any(outcome["status"] == "error" for outcome in outcomes)
    return Answer(202 if failed else success, {"watch": outcomes})


def _checked(call: Call, given: Channel, path: str) -> Channel:
    for name in ("channel_id", "notify_url", "events"):
        if given.get(name) in (None, "", []):
            raise _problem("MANDATORY_NOT_FOUND", "required field not found", name, path)
    if not str(given["channel_id"]).isdecimal():
        raise _problem("INVALID_DATA", "invalid data", "channel_id", path, expected_data_type="bigint")
    if not str(given["notify_url"]).startswith(("http://", "https://")):
        raise _problem("INVALID_DATA", "invalid data", "notify_url", path, expected_data_type="url")
    if len(str(given.get("token") or "")) > _MAX_TOKEN:
        raise _problem("INVALID_DATA", "invalid data", "token", path, maximum_length=_MAX_TOKEN)
    _check_events(call, given["events"], path)
    return {**given, "channel_id": str(given["channel_id"])}


def _check_events(call: Call, events: Any, path: str) -> None:
    if not isinstance(events, list):
        raise _problem("INVALID_DATA", "invalid data", "events", path, expected_data_type="jsonarray")
    for index, event in enumerate(events):
        module, _, operation = str(event).partition(".")
        if module not in catalog(call.sandbox) or operation not in _OPERATIONS:
            raise _problem("INVALID_DATA", "invalid data", "events", f"{path}.events[{index}]", nested=True)


def _expiry(call: Call, given: Channel) -> float:
    """At most a week; an hour where none, or a longer one, is given."""
    present = call.sandbox.clock.now().timestamp()
    wanted = parsed(str(given.get("channel_expiry") or ""))
    if wanted is None or not present < wanted <= present + _LONGEST:
        return present + _DEFAULT_LIFETIME
    return wanted


def _saved(call: Call, channel: Channel, message: str) -> Body:
    expires = _expiry(call, channel)
    modules: dict[str, list[str]] = {}
    for event in channel["events"]:
        modules.setdefault(event.partition(".")[0], []).append(event)
    told = []
    for module, events in modules.items():
        condition = _condition(channel, module)
        call.sandbox.db.execute(
            "INSERT OR REPLACE INTO crm_channel VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                channel["channel_id"],
                module,
                channel["notify_url"],
                wire.encode(events).decode(),
                channel.get("token"),
                int(channel.get("return_affected_field_values") is True),
                int(channel.get("notify_on_related_action") is True),
                None if condition is None else wire.encode(condition).decode(),
                expires,
                call.grant.user_id,
            ),
        )
        told.append(_resource(call, catalog(call.sandbox)[module], channel["channel_id"], expires, condition))
    return {"code": "SUCCESS", "details": {"events": told}, "message": message, "status": "success"}


def _condition(channel: Channel, module: str) -> Body | None:
    """The field selection of a channel for a module."""
    for condition in channel.get("notification_condition") or ():
        where = condition.get("module") or {}
        if condition.get("type") == "field_selection" and where.get("api_name") == module:
            selection: Body = condition["field_selection"]
            if len(selection.get("group") or ()) > _MAX_FIELDS:
                details = {"api_name": "group", "json_path": "$.watch", "maximum_length": _MAX_FIELDS}
                raise RecordProblem("INVALID_DATA", "invalid data", details)
            return selection
    return None


def _resource(call: Call, info: ModuleInfo, channel_id: str, expires: float, condition: Body | None) -> dict[str, Any]:
    return {
        "channel_expiry": written(call.sandbox, expires),
        "resource_uri": f"{call.sandbox.settings.base_url}/crm/v8/{info.api_name}",
        "resource_id": info.id,
        "resource_name": info.api_name,
        "channel_id": channel_id,
        "notification_condition": _shown_condition(info, condition),
    }


def _shown_condition(info: ModuleInfo, condition: Body | None) -> list[Body]:
    if condition is None:
        return []
    module = {"api_name": info.api_name, "id": info.id}
    return [{"type": "field_selection", "module": module, "field_selection": condition}]


def _channel_json(call: Call, row: sqlite3.Row) -> Body:
    info = catalog(call.sandbox)[row["module"]]
    condition = None if row["condition"] is None else wire.decode(row["condition"])
    return {
        **_resource(call, info, row["channel_id"], row["expires_at"], condition),
        "notify_on_related_action": bool(row["related_action"]),
        "return_affected_field_values": bool(row["return_values"]),
        "notify_url": row["notify_url"],
        "events": wire.decode(row["events"]),
        "token": row["token"],
        "fields": None,
    }


def _known(call: Call, given: Channel, path: str) -> list[sqlite3.Row]:
    channel_id = str(given.get("channel_id", ""))
    rows = call.sandbox.db.query("SELECT * FROM crm_channel WHERE channel_id = ?", (channel_id,))
    if not rows:
        raise _problem("NOT_SUBSCRIBED", "the channel has not been subscribed", "channel_id", path)
    return rows


def _details(rows: list[sqlite3.Row]) -> Channel:
    """A stored channel as it would be submitted again."""
    first = rows[0]
    conditions = [
        {
            "type": "field_selection",
            "module": {"api_name": row["module"]},
            "field_selection": wire.decode(row["condition"]),
        }
        for row in rows
        if row["condition"] is not None
    ]
    return {
        "channel_id": first["channel_id"],
        "notify_url": first["notify_url"],
        "events": [event for row in rows for event in wire.decode(row["events"])],
        "token": first["token"],
        "return_affected_field_values": bool(first["return_values"]),
        "notify_on_related_action": bool(first["related_action"]),
        "notification_condition": conditions,
    }


def _without_events(call: Call, given: Channel, known: list[sqlite3.Row]) -> Body:
    gone = set(given.get("events") or ())
    for row in known:
        left = [event for event in wire.decode(row["events"]) if event not in gone]
        if gone and left:
            call.sandbox.db.execute(
                "UPDATE crm_channel SET events = ? WHERE channel_id = ? AND module = ?",
                (wire.encode(left).decode(), row["channel_id"], row["module"]),
            )
        else:
            call.sandbox.db.execute(
                "DELETE FROM crm_channel WHERE channel_id = ? AND module = ?", (row["channel_id"], row["module"])
            )
    return _removed(call, known[0]) | {"message": "Successfully un-subscribed from actions-watch"}


def _removed(call: Call, row: sqlite3.Row) -> Body:
    info = catalog(call.sandbox)[row["module"]]
    return {
        "code": "SUCCESS",
        "details": {
            "resource_uri": f"{call.sandbox.settings.base_url}/crm/v8/{info.api_name}",
            "resource_id": info.id,
            "channel_id": row["channel_id"],
        },
        "message": "Successfully removed the subscribe details",
        "status": "success",
    }


def _not_subscribed(channel_id: str) -> Body:
    return {
        "code": "NOT_SUBSCRIBED",
        "details": {"channel_id": channel_id},
        "message": "the channel has not been subscribed",
        "status": "error",
    }


def _problem(code: str, message: str, name: str, path: str, *, nested: bool = False, **details: Any) -> RecordProblem:
    where = path if nested else f"{path}.{name}"
    return RecordProblem(code, message, {**details, "api_name": name, "json_path": where})
