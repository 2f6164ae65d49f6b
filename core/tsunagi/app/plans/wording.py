"""Saved plans in words: kinds, states and what entries do, and a plan as rows of a file."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tsunagi.app.sync.saved_units import LEFT_OUT
from tsunagi.domain.records import RecordRef
from tsunagi.store.saved_plans import PlanEntry
from tsunagi.text import Text
from tsunagi.translation import say

KINDS: Mapping[str, Text] = {
    "sync": Text(en="Sync", ja="同期"),
    "rules": Text(en="Rules", ja="ルール"),
    "permissions": Text(en="Permissions", ja="権限"),
    "sync_settings": Text(en="Sync settings", ja="同期の設定"),
    "services": Text(en="Services", ja="サービス"),
}
STATES: Mapping[str, Text] = {
    "being_made": Text(en="being made", ja="作成中"),
    "failed": Text(en="could not be made", ja="作成できませんでした"),
    "ready": Text(en="ready to be applied", ja="適用できます"),
    "expired": Text(en="expired", ja="期限切れ"),
    "applying": Text(en="being applied", ja="適用中"),
    "partly_applied": Text(en="applied in part", ja="一部適用済み"),
    "applied": Text(en="applied", ja="適用済み"),
}
# What entries do, in the order they are listed.
ACTIONS: Mapping[str, Text] = {
    "create": Text(en="create", ja="作成"),
    "update": Text(en="update", ja="更新"),
    "deactivate": Text(en="deactivate", ja="無効化"),
    "delete": Text(en="delete", ja="削除"),
    "link": Text(en="link", ja="リンク"),
    "unlink": Text(en="no longer keep in step", ja="同期の終了"),
    "note": Text(en="note that both agree", ja="一致の記録"),
    "ask": Text(en="ask a person", ja="担当者に確認"),
    "wait": Text(en="wait", ja="待機"),
    "skip": Text(en="leave as it is", ja="対象外"),
    "rule_added": Text(en="new rule", ja="ルールの追加"),
    "rule_changed": Text(en="changed rule", ja="ルールの変更"),
    "rule_removed": Text(en="rule that goes", ja="ルールの削除"),
    "more": Text(en="more in the history", ja="過去の記録で増えるもの"),
    "fewer": Text(en="fewer in the history", ja="過去の記録で減るもの"),
    "different": Text(en="different in the history", ja="過去の記録で変わるもの"),
    "add_file": Text(en="new file", ja="ファイルの追加"),
    "change_file": Text(en="changed file", ja="ファイルの変更"),
    "remove_file": Text(en="file that goes", ja="ファイルの削除"),
    "gain": Text(en="gains", ja="できるようになる"),
    "lose": Text(en="loses", ja="できなくなる"),
    "setting": Text(en="changed setting", ja="設定の変更"),
    "then": Text(en="the next sync would", ja="次回の同期"),
    "switch_on": Text(en="switch on", ja="有効化"),
    "switch_off": Text(en="switch off", ja="無効化"),
    "consequence": Text(en="consequence", ja="影響"),
}
ENTRY_STATES: Mapping[str, Text] = {
    "planned": Text(en="not applied", ja="未適用"),
    "taken": Text(en="applied", ja="適用済み"),
    "left_out": Text(en="left out", ja="除外"),
}
COLUMNS = (
    *("action", "pair", "subject", "crm", "crm_name", "finance", "finance_name"),
    *("field", "old", "new", "reason", "state", "left_out"),
)
_VALUES = {
    "permitted": Text(en="may", ja="可"),
    "denied": Text(en="may not", ja="不可"),
    "depends": Text(en="depends", ja="条件付き"),
    "on": Text(en="on", ja="有効"),
    "off": Text(en="off", ja="無効"),
}


def action_text(action: str) -> str:
    return say(ACTIONS[action]) if action in ACTIONS else action


def in_order(actions: Iterable[str]) -> list[str]:
    order = list(ACTIONS)
    return sorted(actions, key=lambda action: order.index(action) if action in order else len(order))


def changes_of(entry: PlanEntry) -> Iterator[tuple[str, Any, Any]]:
    """By field, its value before and after; a permission or a switch in words."""
    worded = entry.action in {"gain", "lose", "switch_on", "switch_off"}
    for name, change in entry.changes.items():
        if isinstance(change, Mapping):
            old, new = change.get("old", change.get("crm")), change.get("new", change.get("finance"))
            if worded:
                old, new = (say(_VALUES[str(each)]) if str(each) in _VALUES else each for each in (old, new))
            yield name, old, new
        else:
            yield name, None, say(ACTIONS[str(change)]) if str(change) in ACTIONS else change


def reason_of(entry: PlanEntry) -> str:
    """Why it is planned; of one that was left out, why that is."""
    if entry.left_out:
        return say(LEFT_OUT[entry.left_out]) if entry.left_out in LEFT_OUT else entry.left_out
    return say(entry.reason) if entry.reason else ""


def records_of(entries: Iterable[PlanEntry]) -> list[RecordRef]:
    return [ref for entry in entries for ref in (entry.left, entry.right) if ref is not None]


def file_rows(
    entries: Iterable[PlanEntry], names: Mapping[RecordRef, str], shown: Callable[[Any], str]
) -> Iterator[list[str]]:
    """A row for each field that would change, one for an entry without any; no cell is taken for a formula."""
    for entry in entries:
        ends = [text for ref in (entry.left, entry.right) for text in _end(ref, names)]
        for field, old, new in list(changes_of(entry)) or [("", None, None)]:
            cells = [entry.action, entry.pair, entry.subject, *ends, field, shown(old), shown(new), reason_of(entry)]
            yield [_inert(cell) for cell in (*cells, entry.state, entry.left_out)]


def _end(ref: RecordRef | None, names: Mapping[RecordRef, str]) -> tuple[str, str]:
    return (str(ref), names.get(ref, "")) if ref else ("", "")


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
