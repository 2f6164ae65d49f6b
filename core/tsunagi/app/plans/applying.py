"""Applying a saved plan: once, in time, and only where the world is as it was planned against."""

from collections.abc import Callable, Mapping

from tsunagi.app.access.auditing import note
from tsunagi.app.context import Context
from tsunagi.app.plans import files, rules, settings, switching, syncing
from tsunagi.app.plans.saved import PlanPage, plan_page, require_for
from tsunagi.domain.directory import Person
from tsunagi.errors import ConfigError
from tsunagi.store.saved_plans import SavedPlan, SavedPlans
from tsunagi.text import Text

_APPLY: Mapping[str, Callable[[Context, Person | None, SavedPlan], None]] = {
    "rules": rules.apply_rules,
    "permissions": settings.apply_permissions,
    "sync_settings": settings.apply_sync_settings,
    "services": switching.apply_services,
}


class NotApplicable(ConfigError):
    """The plan cannot be applied: it expired, is being made, or could not be made."""


def begin(
    context: Context, actor: Person | None, id: str, *, whole: bool = False, first: bool = False
) -> tuple[PlanPage, str]:
    """Apply a plan, or begin to: returns the plan, and the id of the run that applies a plan of a sync.

    The id is empty where everything is done by now, and where it was before: a plan is applied once. Raises
    PermissionDenied, NoSuchPlan, NotApplicable, PlanOvertaken, ConfigError; FirstSyncPending where the plan writes to
    services nobody has started the first sync of.
    """
    page = plan_page(context, actor, id)
    plan = page.plan
    require_for(context, actor, plan.kind)
    if page.state == "applied":
        return page, ""
    if page.state == "applying":
        return page, plan.run
    _refuse(page)
    if plan.kind == "sync":
        if not page.changes:
            _close(context, actor, plan)
            return plan_page(context, actor, id), ""
        return page, syncing.begin_apply(context, actor, plan, whole=whole, first=first)
    if plan.kind == "services" or files.require_unmoved(context, plan):
        _APPLY[plan.kind](context, actor, plan)
    _close(context, actor, plan)
    return plan_page(context, actor, id), ""


def _close(context: Context, actor: Person | None, plan: SavedPlan) -> None:
    with context.store.write() as session:
        if SavedPlans(session).applied(plan.id, actor.email if actor else "hub", context.now()):
            note(context, session, actor, "plans:apply", plan.id, kind=plan.kind)


def _refuse(page: PlanPage) -> None:
    again = Text(en="Make a new plan: tsunagi plan", ja="計画を作り直してください: tsunagi plan")
    if page.state == "expired":
        until = page.plan.expires_at.date().isoformat()
        said = Text(en=f"The plan expired on {until}.", ja=f"計画は {until} に期限切れとなりました。")
        raise NotApplicable(said, hint=again)
    if page.state == "being_made":
        raise NotApplicable(
            Text(en="The plan is still being made.", ja="計画はまだ作成中です。"),
            hint=Text(
                en=f"See how it goes: tsunagi runs show {page.plan.made_run}",
                ja=f"状況の確認: tsunagi runs show {page.plan.made_run}",
            ),
        )
    if page.state == "failed":
        problem = page.problem or Text.same("")
        said = Text(en=f"The plan could not be made. {problem.en}", ja=f"計画を作成できませんでした。{problem.ja}")
        raise NotApplicable(said, hint=again)
