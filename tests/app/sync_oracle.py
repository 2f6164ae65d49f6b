"""What has to hold once the hub has been let finish, and what people typed, so that none of it is lost unseen."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sync_world import COMPANY, SIDES, World
from two_sides import PAIR, PEOPLE_PAIR

from tsunagi.app.sync.links import References
from tsunagi.app.sync.plan_pages import build_plan
from tsunagi.domain.mapping import FieldMap, Side, other
from tsunagi.domain.records import Fields, Record, RecordRef, Value
from tsunagi.store.baselines import Baselines
from tsunagi.store.history import History
from tsunagi.store.intents import Intents
from tsunagi.store.links import Link
from tsunagi.store.open_items import OpenItems
from tsunagi.store.records import Records
from tsunagi.store.reviews import Reviews
from tsunagi.store.sync_runs import SyncRuns
from tsunagi.sync.merge import ways

Ends = tuple[RecordRef, RecordRef]


@dataclass
class Spoken:
    """Of which records, and which of their fields, somebody can read why they are not in step; "" is the record."""

    fields: set[tuple[RecordRef, str]] = field(default_factory=set)

    def of(self, ref: RecordRef, name: str = "") -> bool:
        return (ref, "") in self.fields or (bool(name) and (ref, name) in self.fields)

    def about(self, ref: RecordRef) -> bool:
        return any(ref == each for each, _ in self.fields)


class Oracle:
    """Watches both services. `typed` is what a person entered last, while the hub has not written over it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.typed: dict[tuple[RecordRef, str], Value] = {}
        self.typed_at: dict[RecordRef, dt.datetime] = {}
        self.overwritten: list[tuple[RecordRef, str, Value]] = []
        # Since all was quiet: whom people edited, by canonical field, and couples that something else happened to.
        self.edited: dict[tuple[RecordRef, str], Value] = {}
        self.shuffled: set[RecordRef] = set()
        self.couples: dict[Ends, dict[Side, Fields]] = {}
        # Nothing but edits by people happened since all was quiet: then the policy alone decides.
        self.only_edits = False
        for shelf in world.shelves.values():
            shelf.writes, shelf.deletes = self.hub_writes, self.hub_deletes

    def canonical(self, record: Record) -> Fields:
        return self.world.pair.mapping.canonical(self.world.side_of(record.ref), record.fields)

    # What happens.

    def types(self, ref: RecordRef, **fields: Any) -> None:
        """Somebody enters or changes a record."""
        before = self.world.record(ref)
        known = self.canonical(before) if before else {}
        self.world.shelves[self.world.side_of(ref)].put(ref.entity, ref.id, **fields)
        self.typed |= {(ref, name): value for name, value in fields.items()}
        now = self.world.record(ref)
        assert now is not None
        self.typed_at[ref] = self.world.house.clock()
        self.edited |= {(ref, name): value for name, value in self.canonical(now).items() if value != known.get(name)}

    def hub_writes(self, ref: RecordRef, fields: Fields) -> None:
        before = self.world.shelves[self.world.side_of(ref)].begun.get(ref)
        for name, value in fields.items():
            lost = self.typed.pop((ref, name), None)
            # What is entered while a call is under way no look beforehand can see; where the service takes no
            # precondition, the call goes over it, and nobody ever read it.
            seen = before is not None and before.fields.get(name) == lost
            if seen and lost not in (None, "", value):
                self.overwritten.append((ref, name, lost))

    def hub_deletes(self, ref: RecordRef) -> None:
        for key in [key for key in self.typed if key[0] == ref]:
            self.hub_writes(ref, {key[1]: None})

    def forgets(self, ref: RecordRef) -> None:
        """A person has deleted it, with all that was typed there."""
        self.typed = {key: value for key, value in self.typed.items() if key[0] != ref}
        self.shuffles(ref)

    def shuffles(self, *refs: RecordRef | None) -> None:
        self.shuffled |= {ref for ref in refs if ref is not None}

    # What holds.

    def all_is_quiet(self, run: str) -> None:
        """Everything is in its place; from here on anything may happen again."""
        links, spoken = self.world.links(), self.spoken(run)
        self.nothing_was_made_twice()
        self.nothing_typed_is_lost()
        self.nothing_is_left_to_be_made()
        self.each_record_has_one_place(links, spoken)
        self.each_record_is_planned_once(spoken)
        for link in links:
            left, right = self.world.record(link.left), self.world.record(link.right)
            if link.orphaned:
                assert not (left and right), f"{link.left} and {link.right} are both there, and not linked"
            elif left and right:
                self.both_agree(link, left, right, spoken)
                self.edits_survive(link, left, right, spoken)
            else:
                assert spoken.about(link.left) or spoken.about(link.right), f"{link.left}, {link.right}: one is gone"
        self.people_are_in_their_place(spoken)
        self.begin_again(links)

    def begin_again(self, links: list[Link]) -> None:
        self.edited, self.shuffled, self.couples, self.only_edits = {}, set(), {}, True
        for link in links:
            left, right = self.world.record(link.left), self.world.record(link.right)
            if left and right and not link.orphaned:
                self.couples[link.left, link.right] = {"left": self.canonical(left), "right": self.canonical(right)}

    def spoken(self, run: str) -> Spoken:
        """On the review list or the standing list with a reason, or left as it is on purpose, with a reason."""
        found = Spoken()
        with self.world.house.hub.store.read() as session:
            items = list(OpenItems(session).all())
            questions = Reviews(session).items(limit=500).items
            runs = SyncRuns(session)
            notes = [each for kind in ("one_way", "skipped") for each in runs.outcomes(run, kind, limit=500).items]
            decided = [one for pair in (PAIR, PEOPLE_PAIR) for one in Reviews(session).decisions(pair)]
            alone = [one for one in decided if one.decision in ("alone", "undone") and not one.field]
        for item in items:
            assert item.text.en, item.key
            assert item.text.ja, item.key
            name = str(item.parameters.get("field") or "") if item.kind == "parked" else ""
            found.fields |= {(ref, name) for ref in item.records}
        for question in questions:
            assert question.reason.en, question.id
            found.fields |= {(ref, question.field) for ref in (question.left, question.right) if ref}
        for note in notes:
            assert note.reason.en, note.outcome
            found.fields |= {(ref, "") for ref in (note.left, note.right) if ref}
        found.fields |= {(ref, "") for one in alone for ref in (one.left, one.right) if ref}
        return found

    def nothing_was_made_twice(self) -> None:
        assert not [shelf.repeated for shelf in self.world.shelves.values() if shelf.repeated], "one key, two records"
        made = {ref: key for shelf in self.world.shelves.values() for key, ref in shelf.made.items()}
        alive = {ref: key for ref, key in made.items() if self.world.record(ref)}
        with self.world.house.hub.store.read() as session:
            intents = Intents(session).get_many(list(alive.values()))
            # Somebody wanted one more: what had been made before is another's partner.
            decided = [one for pair in (PAIR, PEOPLE_PAIR) for one in Reviews(session).decisions(pair)]
            apart = [{one.left, one.right} for one in decided if one.decision == "apart"]
        sources = [
            (source, intent.write.entity)
            for ref, key in alive.items()
            if (intent := intents.get(key))
            if {source := intent.plan["left"] or intent.plan["right"], ref} not in apart
            # What somebody has restored may have been made anew by then, or parted from what was made for it.
            if not {source, ref} & self.world.restored
        ]
        assert len(sources) == len(set(sources)), f"two partners for one record: {sources}"

    def nothing_typed_is_lost(self) -> None:
        """What the hub wrote over can be read in the record's history, or in the deleted record as it was."""
        refs = {ref for ref, _, _ in self.overwritten}
        with self.world.house.hub.store.read() as session:
            known = Records(session).known(refs)
            entries = {ref: History(session).of_record(ref, limit=500).items for ref in refs}
        for ref, name, value in self.overwritten:
            kept = [each for entry in entries[ref] for each in entry.changes.get(name, ())]
            kept += [known[ref].fields.get(name)] if ref in known else []
            assert value in kept, f"{value!r}, typed as {name} of {ref}, was written over and is in no history"

    def nothing_is_left_to_be_made(self) -> None:
        with self.world.house.hub.store.read() as session:
            assert Intents(session).count_states().get("planned", 0) == 0

    def each_record_has_one_place(self, links: list[Link], spoken: Spoken) -> None:
        """In step with a partner, alone since its partner is gone, asked about, or left out by direction."""
        for side in SIDES:
            wanted = self.world.pair.direction.into(other(side))
            for ref in self.world.refs(side):
                own = [link for link in links if ref in (link.left, link.right)]
                assert len(own) <= 1, f"{ref} is on {len(own)} links"
                assert own or spoken.about(ref) or not wanted, f"{ref} was forgotten"

    def people_are_in_their_place(self, spoken: Spoken) -> None:
        """Each is linked once, under one name and at one company, unless somebody can read why not."""
        links = self.world.links(PEOPLE_PAIR)
        for ref in (ref for side in SIDES for ref in self.world.people(side)):
            own = [link for link in links if ref in (link.left, link.right)]
            assert len(own) == 1 or spoken.about(ref), f"{ref} is on {len(own)} links"
        for link in links:
            left, right = self.world.record(link.left), self.world.record(link.right)
            if link.orphaned or not (left and right) or spoken.about(link.left) or spoken.about(link.right):
                continue
            assert left.text("name") == right.text("name"), f"{left} and {right} have two names"
            company = left.fields[COMPANY["left"]]
            partner = self.world.partner(company) if isinstance(company, RecordRef) else None
            assert partner == right.fields[COMPANY["right"]], f"{left} and {right} are of two companies"

    def each_record_is_planned_once(self, spoken: Spoken) -> None:
        """A sync would do one thing with each record: nothing but what a person knows of, since it was refused."""
        plan = build_plan(self.world.context, self.world.pair, References(self.world.context), every=True)
        units = Counter(ref for unit in plan.steps.units() for ref in (unit[0].left, unit[0].right) if ref)
        assert not [ref for ref, times in units.items() if times > 1], f"planned more than once: {units}"
        for step in plan.steps.writes:
            refs = [ref for ref in (step.left, step.right) if ref]
            assert any(map(spoken.about, refs)), f"neither done nor spoken of: {step}"

    def both_agree(self, link: Link, left: Record, right: Record, spoken: Spoken) -> None:
        ours, theirs = self.canonical(left), self.canonical(right)
        for fm in self.world.pair.mapping.fields:
            name = fm.name
            if ours[name] == theirs[name] or spoken.of(left.ref, name) or spoken.of(right.ref, name):
                continue
            assert self.is_its_own(link, fm), f"{left.ref} and {right.ref} differ in {name}: {ours} {theirs}"

    def is_its_own(self, link: Link, fm: FieldMap) -> bool:
        """A field that travels one way and came empty belongs to the other side; one that travels no way, to both."""
        into = ways(self.world.pair, fm)
        with self.world.house.hub.store.read() as session:
            baseline = Baselines(session).get(link.id)
        return len(into) == 0 or (len(into) == 1 and baseline is not None and baseline.agreed.get(fm.name) is None)

    def edits_survive(self, link: Link, left: Record, right: Record, spoken: Spoken) -> None:
        """Of two that were in step before and still are: an edit of one side arrives, of two the policy's wins."""
        before = self.couples.get((link.left, link.right))
        if before is None or {left.ref, right.ref} & self.shuffled:
            return
        now = self.canonical(left)
        for fm in self.world.pair.mapping.fields:
            name = fm.name
            if before["left"][name] != before["right"][name] or len(ways(self.world.pair, fm)) != 2:
                continue
            if spoken.of(left.ref, name) or spoken.of(right.ref, name):
                continue
            entered = {
                side: self.edited[ref, name]
                for side, ref in (("left", left.ref), ("right", right.ref))
                if (ref, name) in self.edited and self.edited[ref, name] != before["left"][name]
            }
            expected = list(entered.values()) or [before["left"][name]]
            if self.only_edits and len({*entered.values()}) > 1:
                expected = [entered[self.winner(fm, left, right)]]
            assert now[name] in expected or not self.is_certain(entered), f"{name} of {left.ref}: {now}, not {expected}"

    def is_certain(self, entered: dict[Any, Value]) -> bool:
        """An edit back to what it was, after others were carried over, leaves open which of them counts."""
        return bool(entered) or self.only_edits

    def winner(self, fm: FieldMap, left: Record, right: Record) -> Side:
        """Whose value wins; who asks or skips speaks of it."""
        if fm.owner:
            return fm.owner
        policy = self.world.terms.conflicts
        if policy == "newest_wins":
            return "left" if self.typed_at[left.ref] > self.typed_at[right.ref] else "right"
        return "right" if policy == "finance_wins" else "left"
