"""Comments on documents and contacts: what users wrote, the latest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zoho_sandbox.calls import Answer
from zoho_sandbox.finance.errors import does_not_exist
from zoho_sandbox.finance.listing import Listing, equal, page_of
from zoho_sandbox.finance.operations import FinanceCall, Offer, offer, page_answer, resource_answer, success

_LISTING = Listing(
    report_name="Comments",
    filters=(),
    sort_columns={"date": "at"},
    key="comment_id",
    default_sort="date",
    default_order="D",
)
_LONGEST = 2000


def comment_offers(
    path: str, id_key: str, kind: str, scope: str, check: Callable[[FinanceCall], object], plural: str = "comments"
) -> tuple[Offer, ...]:
    """The comments on what `path` names: a document or contact, which `check` finds or refuses."""
    made = 201 if kind in ("purchaseorder", "bill") else 200
    added = "The comment has been added." if kind == "contact" else "Comments added."

    def shown(call: FinanceCall, row: Any) -> dict[str, Any]:
        return {id_key: row["owner_id"], **_shown(call, row), "transaction_type": kind}

    def listed(call: FinanceCall) -> Answer:
        check(call)
        page = page_of(_LISTING, call.query, equal({"owner_id": call.id(id_key)}))
        found = page.rows(call.db, "SELECT * FROM finance_comments")
        return page_answer(plural, [shown(call, row) for row in found], page)

    def add(call: FinanceCall) -> Answer:
        check(call)
        comment_id = _add(call, call.id(id_key))
        return resource_answer("comment", shown(call, _find(call, call.id(id_key), comment_id)), added, status=made)

    def change(call: FinanceCall) -> Answer:
        row = _find(call, call.id(id_key), call.id("comment_id"))
        columns = {"description": _text(call)}
        call.db.update("finance_comments", columns, "comment_id", row["comment_id"])
        changed = _find(call, row["owner_id"], row["comment_id"])
        return resource_answer("comment", shown(call, changed), "Comment has been updated.")

    def remove(call: FinanceCall) -> Answer:
        row = _find(call, call.id(id_key), call.id("comment_id"))
        call.db.execute("DELETE FROM finance_comments WHERE comment_id = ?", (row["comment_id"],))
        return success("The comment has been deleted.")

    all_of, one = f"{path}/comments", f"{path}/comments/{{comment_id}}"
    return (
        offer("GET", all_of, listed, scope=f"{scope}.READ"),
        offer("POST", all_of, add, scope=f"{scope}.CREATE"),
        offer("PUT", one, change, scope=f"{scope}.UPDATE"),
        offer("DELETE", one, remove, scope=f"{scope}.DELETE"),
    )


def _text(call: FinanceCall) -> str:
    return call.fields.required_text("description", _LONGEST)


def _add(call: FinanceCall, owner_id: str) -> str:
    comment_id = call.sandbox.new_id()
    columns = {
        "comment_id": comment_id,
        "ledger": call.ledger,
        "owner_id": owner_id,
        "description": _text(call),
        "user_id": call.user.user_id,
        "user_name": call.user.name,
        "at": call.now(),
    }
    call.db.insert("finance_comments", columns)
    return comment_id


def _find(call: FinanceCall, owner_id: str, comment_id: str) -> Any:
    row = call.db.one(
        "SELECT * FROM finance_comments WHERE comment_id = ? AND owner_id = ? AND ledger = ?",
        (comment_id, owner_id, call.ledger),
    )
    if row is None:
        raise does_not_exist("Comment")
    return row


def _shown(call: FinanceCall, row: Any) -> dict[str, Any]:
    written = call.organization.written(row["at"])
    return {
        "comment_id": row["comment_id"],
        "description": row["description"],
        "commented_by_id": row["user_id"],
        "commented_by": row["user_name"],
        "comment_type": "internal",
        "date": written[:10],
        "date_description": "",
        "time": written[11:16],
        "operation_type": "Added",
        "transaction_id": "",
    }
