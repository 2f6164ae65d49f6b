"""What switching a service off would mean, as tables for people and as facts for scripts."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tsunagi.cli.failures import report
from tsunagi.cli.findings import finding_facts, findings_table
from tsunagi.cli.printing import facts, plain, table
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from rich.table import Table

    from tsunagi.app.connections.services import Consequences, EverythingNotConfirmed, NotConfirmed


def consequence_tables(known: "Consequences", *, forget: bool) -> Iterator[Any]:
    """To be printed one below the other."""
    yield facts([(_("Service"), f"{say(known.label)} ({known.service})"), (_("Organisation"), known.organization)])
    yield _affected(known)
    yield _kept(known, forget=forget)
    if known.findings:
        yield findings_table(known.findings, title=_("Currencies"))
    for text in known.unsure:
        yield plain(_("Could not be asked: {reason}").format(reason=say(text)))
    if forget:
        yield plain(say(_cost(known)))


def consequence_facts(known: "Consequences", *, forget: bool) -> dict[str, object]:
    return {
        "service": known.service,
        "label": known.label,
        "organization": known.organization,
        "panels": known.panels,
        "features": known.features,
        "rules": known.rules,
        "pairs": known.pairs,
        "permissions": known.permissions,
        "traces": known.traces,
        "findings": [finding_facts(finding) for finding in known.findings],
        "unsure": known.unsure,
        "forget": _cost(known) if forget else None,
    }


def not_confirmed(error: "NotConfirmed", *, forget: bool, as_json: bool) -> int:
    """Tell that nothing was changed, and how to confirm; returns the exit code."""
    known = consequence_facts(error.consequences, forget=forget)
    return _unconfirmed(error, known, as_json=as_json)


def everything_not_confirmed(error: "EverythingNotConfirmed", *, as_json: bool) -> int:
    """The same for all services at once."""
    known = [consequence_facts(each, forget=False) for each in error.consequences]
    return _unconfirmed(error, known, as_json=as_json)


def _unconfirmed(error: ConfigError, known: object, *, as_json: bool) -> int:
    hinted = ConfigError(
        error.message,
        hint=Text(
            en="Type it when asked, or add --yes; --plan only tells what it would mean.",
            ja="確認の入力をするか、--yes を付けてください。--plan は影響の表示だけを行います。",
        ),
    )
    return report(hinted, as_json=as_json, more={"type": type(error).__name__, "consequences": known})


def _affected(known: "Consequences") -> "Table":
    """What disappears or stands still, in numbers and names."""
    made = table(_("What stops"), (_("Count"), "right"), _("Which"))
    rows: list[tuple[str, Sequence[str]]] = [
        (_("panels and tabs"), [say(text) for text in known.panels]),
        (_("features"), [say(text) for text in known.features]),
        (_("rules"), known.rules),
        (_("syncs"), known.pairs),
        (_("permissions"), known.permissions),
    ]
    for label, names in rows:
        made.add_row(label, str(len(names)), plain(", ".join(names)))
    return made


def _kept(known: "Consequences", *, forget: bool) -> "Table":
    """What the hub has of the service, and what becomes of it."""
    made = table(_("In the hub"), (_("Count"), "right"), _("What becomes of it"))
    hidden = _("erased") if forget else _("no longer shown, kept")
    rows = [
        (_("records"), known.traces.records, hidden),
        (_("documents"), known.traces.documents, hidden),
        (_("links"), known.traces.links, _("erased") if forget else _("kept, so that nothing is made twice")),
        (_("planned writes"), known.traces.planned_writes, _("given up; one under way is finished")),
        (_("notifications"), known.traces.notifications, _("erased") if forget else _("wait")),
    ]
    for label, count, becomes in rows:
        made.add_row(label, str(count), becomes)
    return made


def _cost(known: "Consequences") -> Text:
    count = known.traces.links
    return Text(
        en=f"Forgetting cannot be undone: {count} links, the settings and the secrets are erased. Connecting again "
        "matches records by name anew, and creates what does not match. Nothing is deleted at the service itself.",
        ja=f"消去は取り消せません。リンク {count} 件と設定、認証情報が消去されます。"
        "再接続時はレコードを名前で照合し直し、"
        "一致しないものは新たに作成されます。サービス側のデータは削除されません。",
    )
