"""Plans of what somebody hands over as texts or names, by whichever face: one door for every kind but a sync."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path

from tsunagi.app.context import Context
from tsunagi.app.plans.files import FOLDERS, read_texts
from tsunagi.app.plans.rules import plan_rules
from tsunagi.app.plans.settings import plan_permissions, plan_sync_settings
from tsunagi.app.plans.switching import Switches, plan_services
from tsunagi.app.views.overview import organization_zone
from tsunagi.domain.directory import Person
from tsunagi.errors import ConfigError
from tsunagi.store.saved_plans import SavedPlan
from tsunagi.text import Text


def propose(
    context: Context,
    actor: Person | None,
    kind: str,
    *,
    files: Mapping[str, str] | None = None,
    complete: bool = False,
    since: date | None = None,
    switches: Switches | None = None,
    again: str = "",
) -> SavedPlan:
    """Plan changed texts by file name, where `complete` in place of all there are, or switches.

    `again` is the command that makes the plan once more. Raises as the plan of each kind does, ConfigError where
    nothing is given.
    """
    if kind == "services":
        wanted = switches or Switches()
        if not wanted.any:
            raise _nothing()
        return plan_services(context, actor, wanted)
    if kind not in FOLDERS:
        raise ConfigError(Text(en=f"There are no plans of '{kind}'.", ja=f"「{kind}」の計画はありません。"))
    if not files:
        raise _nothing()
    if kind == "rules":
        from_day = first_moment(context, since) if since else None
        return plan_rules(context, actor, files, complete=complete, since=from_day, again=again)
    plan = plan_permissions if kind == "permissions" else plan_sync_settings
    return plan(context, actor, files, complete=complete, again=again)


def propose_path(
    context: Context, actor: Person | None, kind: str, path: Path, *, since: date | None = None
) -> SavedPlan:
    """The same for a file, or a rules folder in place of all files there are. Raises ConfigError as well."""
    again = f"tsunagi plan {kind.replace('_', '-')} {path}"
    texts = read_texts(path, kind)
    return propose(context, actor, kind, files=texts, complete=path.is_dir(), since=since, again=again)


def first_moment(context: Context, day: date) -> datetime:
    """Midnight of the day, where the organisation is."""
    return datetime.combine(day, time(), organization_zone(context) or UTC)


def _nothing() -> ConfigError:
    return ConfigError(
        Text(en="Nothing was given to plan.", ja="計画する内容が指定されていません。"),
        hint=Text(
            en="Give the files that would change, or what to switch on or off.",
            ja="変更するファイル、または有効・無効にするものを指定してください。",
        ),
    )
