"""A saved plan beside the plan that would be made now: what is still as planned is carried out, the rest is left out.

A sync that applies a saved plan is an ordinary run, confined to the plan's units: each pair is planned anew, and a unit
is carried out where it was made from the same state of both records and would write the same. So a saved plan has no
way of its own to write anything.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.app.sync.links import References
from tsunagi.domain.mapping import SyncPair
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.store.records import Records
from tsunagi.store.saved_plans import PlanEntry, SavedPlans
from tsunagi.sync.steps import (
    Adopt,
    Agree,
    Create,
    Deactivate,
    Delete,
    Ends,
    Note,
    Park,
    Step,
    SyncPlan,
    Unlink,
    Update,
)
from tsunagi.text import Text

# Why an entry was left out, as reason codes.
RECORD_CHANGED, NOT_WANTED, PLANNED_OTHERWISE = "record_changed", "no_longer_wanted", "planned_otherwise"
LEFT_OUT: Mapping[str, Text] = {
    RECORD_CHANGED: Text(
        en="One of the two records was changed since the plan was made.",
        ja="計画の作成後、いずれかのレコードが変更されました。",
    ),
    NOT_WANTED: Text(
        en="There is nothing to do about it any more: it was done, removed or linked otherwise meanwhile.",
        ja="処理済み、削除、別のレコードとのリンクなどにより、必要なくなりました。",
    ),
    PLANNED_OTHERWISE: Text(
        en="The same records would be written differently now: settings, links or answers have changed since.",
        ja="設定・リンク・回答が変わったため、同じレコードへの書き込み内容が計画と異なります。",
    ),
}
# What an entry does, by the first of its steps that writes or links.
_ACTIONS: Mapping[type[object], str] = {
    Create: "create",
    Update: "update",
    Deactivate: "deactivate",
    Delete: "delete",
    Adopt: "link",
    Unlink: "unlink",
    Agree: "note",
}
_ASKED = ("match", "conflict", "deletion")


def entries_of(pair: SyncPair, plan: SyncPlan, known: "Seen") -> Iterator[PlanEntry]:
    """A plan as entries to be saved, in its order; what it does, then what it leaves to somebody or as it is."""
    for unit in plan.units():
        acting = _acting(unit)
        if acting:
            yield _entry(pair, plan, unit, acting, known)
        for step in unit:
            if isinstance(step, Park | Note):
                yield _left(pair, step)


def _entry(pair: SyncPair, plan: SyncPlan, unit: Sequence[Step], acting: Sequence[Step], known: "Seen") -> PlanEntry:
    main = min(acting, key=lambda step: list(_ACTIONS).index(type(step)))
    side = getattr(main, "side", None)
    return PlanEntry(
        pair=pair.name,
        left=main.left,
        right=main.right,
        action=_ACTIONS[type(main)],
        service=pair.end(side).service if side else "",
        changes=_changes(acting, known),
        reason=main.reason,
        made_from=plan.made_from.get((unit[0].left, unit[0].right), ""),
        work=work_of(pair, acting, known.references),
    )


def _left(pair: SyncPair, step: Park | Note) -> PlanEntry:
    action = "ask" if step.kind in _ASKED else "skip" if isinstance(step, Note) else "wait"
    found = step.conflict if isinstance(step, Park) else None
    changes: dict[str, Value] = {}
    if found is not None:
        changes[step.field] = {"crm": found.left, "finance": found.right}
    elif step.field:
        changes[step.field] = {}
    return PlanEntry(
        pair=pair.name, left=step.left, right=step.right, action=action, changes=changes, reason=step.reason
    )


def _acting(unit: Sequence[Step]) -> list[Step]:
    return [step for step in unit if not isinstance(step, Park | Note)]


@dataclass(frozen=True, slots=True)
class Seen:
    """What entries are worded from: references, and the records before they are written to."""

    references: References
    records: Mapping[RecordRef, Fields] = field(default_factory=dict)

    @classmethod
    def of(cls, context: Context, plan: SyncPlan, references: References) -> "Seen":
        targets = [step.ref for step in plan.steps if isinstance(step, Update | Deactivate)]
        with context.store.read() as session:
            known = Records(session).get_many(targets)
        return cls(references, {ref: record.fields for ref, record in known.items()})


def _changes(acting: Sequence[Step], known: Seen) -> dict[str, Value]:
    """By field of the side that is written to, its value now and as it would be."""
    changes: dict[str, Value] = {}
    for step in acting:
        if isinstance(step, Create):
            changes |= {name: {"old": None, "new": value} for name, value in step.fields.items()}
        elif isinstance(step, Update | Deactivate):
            before = known.records.get(step.ref, {})
            changes |= {name: {"old": before.get(name), "new": value} for name, value in step.fields.items()}
    return changes


def work_of(pair: SyncPair, acting: Sequence[Step], references: References) -> str:
    """A digest of what is written and linked, the same before and after the records it refers to were made."""
    named = {
        name: fm.reference for fm in pair.mapping.references for side in ("left", "right") for name in fm.names(side)
    }
    lines: list[str] = []
    for step in acting:
        lines.append(f"{type(step).__name__} {getattr(step, 'side', '')} {step.left} {step.right}")
        if isinstance(step, Create | Adopt):
            lines.append(f"replaces {step.replaces}")
        if isinstance(step, Unlink):
            lines.append(f"keep {step.keep}")
        if isinstance(step, Create | Update | Deactivate):
            lines += [f"{name}={_named(named, name, value, references)}" for name, value in sorted(step.fields.items())]
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


def _named(named: Mapping[str, str], name: str, value: Value, references: References) -> str:
    """A record by the one it is kept in step with: that one has its id already, when it is planned and when made."""
    if isinstance(value, RecordRef) and name in named:
        return str(references(named[name], value) or value)
    return repr(value)


@dataclass(frozen=True, slots=True)
class Confined:
    """The units a run may carry out, since it applies a saved plan."""

    plan: str
    run: str
    whole: bool

    @classmethod
    def of_run(cls, context: Context, run: str) -> "Confined | None":
        """None for a run that applies no saved plan."""
        with context.store.read() as session:
            found = SavedPlans(session).applied_by_run(run)
        return cls(found.id, run, found.whole) if found else None

    def select(self, context: Context, pair: SyncPair, plan: SyncPlan, references: References) -> "Selected":
        """Of a plan made now, the units that are as saved; and the saved entries that are not, with why."""
        with context.store.read() as session:
            saved = SavedPlans(session).work_of(self.plan, pair.name, self.run)
        units = {(unit[0].left, unit[0].right): unit for unit in plan.units() if _acting(unit)}
        taken: dict[Ends, int] = {}
        left_out: dict[str, list[int]] = {}
        for each in saved:
            ends = (each.left, each.right)
            why = _moved(pair, plan, ends, units.get(ends, ()), (each.made_from, each.work), references)
            if not why:
                taken[ends] = each.id
            elif each.state == "planned":
                left_out.setdefault(why, []).append(each.id)
        kept = tuple(step for ends, unit in units.items() if ends in taken for step in unit)
        return Selected(self, SyncPlan(plan.pair, kept, plan.made_from), tuple(taken.values()), left_out)

    def take_carried(self, session: Session, pair: str, lefts: Sequence[RecordRef]) -> None:
        """Entries of another pair whose writes go in the calls of this one."""
        SavedPlans(session).take_of(self.plan, pair, lefts, self.run)


def _moved(
    pair: SyncPair, plan: SyncPlan, ends: Ends, unit: Sequence[Step], saved: tuple[str, str], references: References
) -> str:
    """Why this unit is not as saved: a reason code, empty where it is."""
    made_from, work = saved
    if not unit and ends not in plan.made_from:
        return NOT_WANTED
    if plan.made_from.get(ends, "") != made_from:
        return RECORD_CHANGED
    return "" if unit and work_of(pair, _acting(unit), references) == work else PLANNED_OTHERWISE


@dataclass(frozen=True, slots=True)
class Selected:
    """What a run carries out of a pair's plan, as entries and steps; `left_out` are entries by reason code."""

    confined: Confined
    steps: SyncPlan
    taken: Sequence[int]
    left_out: Mapping[str, Sequence[int]]

    def note(self, session: Session) -> None:
        """In the transaction of the intents: an entry is in the run's hands together with its writes."""
        SavedPlans(session).take(self.taken, self.confined.run)
        self.note_left_out(session)

    def note_left_out(self, session: Session) -> None:
        for reason, ids in self.left_out.items():
            SavedPlans(session).leave_out(ids, reason, self.confined.run)
