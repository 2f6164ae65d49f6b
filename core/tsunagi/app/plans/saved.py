"""Saved plans as people look at them: which there are, what each would do, and how far it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy.orm import Session

from tsunagi.app.access.auditing import note
from tsunagi.app.access.permissions import decide, require, require_administrator
from tsunagi.app.context import Context
from tsunagi.domain.directory import Person
from tsunagi.errors import ConfigError
from tsunagi.store.paging import Slice
from tsunagi.store.saved_plans import PlanEntry, PlanKind, SavedPlan, SavedPlans
from tsunagi.store.sync_runs import SyncRun, SyncRuns
from tsunagi.text import Text

PlanState = Literal["being_made", "failed", "ready", "expired", "applying", "partly_applied", "applied"]
# What somebody has to be permitted to see plans of a kind.
SEEN_WITH: Mapping[str, str] = {
    "sync": "sync:run",
    "rules": "rules:edit",
    "permissions": "permissions:view",
    "sync_settings": "sync:run",
    "services": "services:disable",
}
# Of these kinds only administrators of the CRM make and apply plans, as they alone make such changes.
_OF_ADMINISTRATORS = {
    "permissions": "permissions:edit",
    "sync_settings": "sync:settings",
    "services": "services:disable",
}
_PAGE = 500


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A plan, its state, how many entries by action and pair, and how many of its records were or were not applied.

    `made` and `applied` are the runs that made and applied the plan of a sync.
    """

    plan: SavedPlan
    state: PlanState
    counts: Mapping[str, Mapping[str, int]]
    states: Mapping[str, int]
    made: SyncRun | None
    applied: SyncRun | None

    @property
    def changes(self) -> int:
        """How many entries the plan would change, or has changed; what is left to somebody is none."""
        return sum(sum(pairs.values()) for action, pairs in self.counts.items() if action not in UNCHANGING)

    @property
    def problem(self) -> Text | None:
        run = self.applied or self.made
        return run.problem if run else None


# Entries that tell something and change nothing.
UNCHANGING = frozenset({"ask", "wait", "skip", "more", "fewer", "different", "consequence", "then"})


class NoSuchPlan(ConfigError):
    """There is no plan of this id."""

    def __init__(self, id: str) -> None:
        super().__init__(
            Text(en=f"There is no saved plan '{id}'.", ja=f"保存された計画「{id}」はありません。"),
            hint=Text(en="See: tsunagi plan list", ja="確認: tsunagi plan list"),
        )


def require_for(context: Context, actor: Person | None, kind: str) -> None:
    """Who makes and applies plans of this kind. Raises PermissionDenied."""
    require(context, actor, SEEN_WITH[kind])
    if kind in _OF_ADMINISTRATORS:
        require_administrator(context, actor, _OF_ADMINISTRATORS[kind])


def new_plan(
    context: Context, actor: Person | None, kind: PlanKind, wanted: Mapping[str, Any], shown: Mapping[str, Any]
) -> SavedPlan:
    """A plan as it is saved; it can be applied for so many days as the setting `plan_days` says."""
    now = context.now()
    return SavedPlan(
        id=f"plan-{uuid4().hex[:10]}",
        kind=kind,
        made_by=actor.email if actor else "hub",
        made_at=now,
        expires_at=now + timedelta(days=context.plan_days),
        wanted=dict(wanted),
        shown=dict(shown),
    )


def save(
    context: Context, session: Session, actor: Person | None, plan: SavedPlan, entries: Sequence[PlanEntry] = ()
) -> None:
    """Together with its entries, and a line in the audit log."""
    SavedPlans(session).add(plan)
    SavedPlans(session).add_entries(plan.id, entries)
    note(context, session, actor, "plans:make", plan.id, kind=plan.kind)


def plans(context: Context, actor: Person | None, *, after: str | None = None, limit: int = 20) -> Slice[PlanPage]:
    """The latest first, without those of kinds this person may not see. Raises NoSuchPlace."""
    with context.store.read() as session:
        found = SavedPlans(session).latest(after=after, limit=limit)
        seen = [plan for plan in found.items if decide(context, actor, SEEN_WITH[plan.kind]).allowed]
        return Slice(tuple(_page(context, session, plan) for plan in seen), found.next)


def plan_page(context: Context, actor: Person | None, id: str) -> PlanPage:
    """Raises NoSuchPlan, PermissionDenied."""
    with context.store.read() as session:
        plan = SavedPlans(session).get(id)
        if plan is None:
            raise NoSuchPlan(id)
        require(context, actor, SEEN_WITH[plan.kind])
        return _page(context, session, plan)


def entries(
    context: Context,
    actor: Person | None,
    id: str,
    *,
    action: str = "",
    pair: str = "",
    state: str = "",
    after: str | None = None,
    limit: int = 50,
) -> Slice[PlanEntry]:
    """What a plan would do, in its order. Raises as `plan_page`, and NoSuchPlace."""
    plan_page(context, actor, id)
    with context.store.read() as session:
        return SavedPlans(session).entries(id, action=action, pair=pair, state=state, after=after, limit=limit)


def entry_pages(context: Context, actor: Person | None, id: str, **chosen: str) -> Iterator[Sequence[PlanEntry]]:
    """Every entry, a page at a time: for a file."""
    after: str | None = None
    while True:
        page = entries(context, actor, id, after=after, limit=_PAGE, **chosen)
        yield page.items
        if page.next is None:
            return
        after = page.next


def _page(context: Context, session: Session, plan: SavedPlan) -> PlanPage:
    runs = SyncRuns(session)
    made, applied = (runs.get(id) if id else None for id in (plan.made_run, plan.run))
    counts, states = SavedPlans(session).count(plan.id), SavedPlans(session).count_states(plan.id)
    return PlanPage(plan, _state(context, plan, made, applied, states), counts, states, made, applied)


def _state(
    context: Context, plan: SavedPlan, made: SyncRun | None, applied: SyncRun | None, states: Mapping[str, int]
) -> PlanState:
    if plan.applied_at is not None:
        return "applied"
    if applied is not None and applied.state in {"running", "paused"}:
        return "applying"
    if states.get("planned", 0) == 0 and (states.get("taken") or states.get("left_out")):
        return "applied"
    if made is not None and made.state == "running":
        return "being_made"
    if made is not None and made.state == "failed" and not states:
        return "failed"
    if context.now() > plan.expires_at:
        return "expired"
    return "partly_applied" if states.get("taken") else "ready"
