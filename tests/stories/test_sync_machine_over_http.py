"""People work in the CRM and in Books at random while calls get lost on the way, and in the end both agree.

The shorter sibling of tests/app/sync/test_sync_machine.py, with the real connectors and everything over HTTP.
`TSUNAGI_MACHINE=100` has it tried with a tenth of so many examples, of twice the length.
"""

import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tsunagi.app import jobs
from tsunagi.domain.records import RecordRef
from tsunagi.store.history import History
from tsunagi.store.links import Link, Links
from tsunagi.store.open_items import OpenItems
from tsunagi.store.records import Records
from tsunagi.store.reviews import Reviews
from tsunagi.yaml_editing import with_yaml

RULES = Path(__file__).parents[2] / "rules"
PAIR = "books.customers"
WANTED = int(os.environ.get("TSUNAGI_MACHINE", "0")) // 10
# How each side calls a field, by the hub's name for it.
IN_CRM = {"phone": "Phone", "website": "Website", "billing_city": "Billing_City"}
FIELD = st.sampled_from(sorted(IN_CRM))
SIDE = st.sampled_from(["crm", "books"])
PATHS = {"crm": "/crm/v8/Accounts*", "books": "/books/v3/contacts*"}
FAULTS: dict[str, dict[str, Any]] = {
    "answer lost": {"kind": "drop_after"},
    "call lost": {"kind": "drop_before"},
    "too many calls": {"kind": "rate_limit", "code": "44"},
    "broken": {"kind": "status", "status": 500},
}


class HttpMachine(RuleBasedStateMachine):
    """`companies` are accounts and customers as people entered them; their partners are the hub's doing."""

    def __init__(self, opened: Callable[..., Any]) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.opened = opened
        self.companies: list[RecordRef] = []
        self.binned: list[RecordRef] = []
        self.numbers = 0
        self.failing: dict[str, Any] = {}
        # What people entered last, until they delete the record.
        self.typed: dict[tuple[RecordRef, str], str] = {}

    @initialize(
        conflicts=st.sampled_from(["source_wins", "finance_wins", "newest_wins", "ask"]),
        leaving=st.sampled_from(["ignore", "deactivate", "delete"]),
    )
    def a_company_keeps_both_in_step(self, conflicts: str, leaving: str) -> None:
        self.zoho, self.office = self.stack.enter_context(
            self.opened(
                direction="both", conflicts=conflicts, deletions=leaving, merges=leaving, guard="{always: 1000}"
            )
        )
        # Every notification is delivered twice.
        self.zoho.fault("duplicate_callback", path="/crm/v8/*", count=None)
        for side in ("crm", "books", "crm"):
            self.somebody_enters_a_company(side)
        self.anchors = self.companies[:2]
        self.sync()

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    @invariant()
    def the_hub_has_done_what_it_was_told(self) -> None:
        if hasattr(self, "office"):
            self.office.wait_until(self.is_at_rest)

    def is_at_rest(self) -> bool:
        """Twice: what a notification led to may have led to another one."""
        return self.nothing_is_on_its_way() and self.nothing_is_on_its_way()

    def nothing_is_on_its_way(self) -> bool:
        """In the order in which it goes: delivered, read from the inbox, and worked on."""
        delivered = not self.zoho.control("GET", "/callbacks?state=waiting")["callbacks"]
        return delivered and bool(self.office.quiet()) and not jobs.under_way()

    def sync(self, **options: Any) -> Any:
        return self.office.sync(**options)

    def later(self) -> None:
        """Services date changes to the second."""
        self.zoho.control("POST", "/clock/advance", {"seconds": 3})

    # What people do.

    @rule(side=SIDE)
    def somebody_enters_a_company(self, side: str) -> None:
        name = f"Company {self.number()} of Osaka"
        if side == "crm":
            ref = RecordRef("crm", "account", self.zoho.add("Accounts", Account_Name=name))
        else:
            body = {"contact_name": name, "contact_type": "customer"}
            made = self.zoho.finance("books", "POST", "/contacts", body)
            ref = RecordRef("books", "customer", str(made["contact"]["contact_id"]))
        self.companies.append(ref)

    @rule(data=st.data(), side=SIDE, field=FIELD)
    def somebody_edits_a_field(self, data: st.DataObject, side: str, field: str) -> None:
        """Of a record, or of its partner."""
        ref = data.draw(st.sampled_from(self.companies))
        self.edit(ref if ref.service == side else self.partner(ref), field)

    @rule(data=st.data(), fields=st.tuples(FIELD, FIELD))
    def both_sides_edit_one_company(self, data: st.DataObject, fields: tuple[str, str]) -> None:
        """Books first: it has no preconditions, so what is entered there while the hub writes may be written over."""
        ref = data.draw(st.sampled_from(self.companies))
        ends = sorted((each for each in (ref, self.partner(ref)) if each), key=lambda each: each.service)
        for each, field in zip(ends, fields, strict=False):
            self.edit(each, field)

    @precondition(lambda self: len(self.companies) > len(self.anchors))
    @rule(data=st.data())
    def somebody_deletes_a_company(self, data: st.DataObject) -> None:
        ref = self.taken_away(data)
        if ref.service == "crm" and ref in self.there():
            self.zoho.call("DELETE", "/crm/v8/Accounts", ids=ref.id)
            self.binned.append(ref)
        elif ref in self.there():
            self.zoho.finance("books", "DELETE", f"/contacts/{ref.id}")

    @precondition(lambda self: self.binned)
    @rule()
    def somebody_restores_an_account(self) -> None:
        ref = self.binned.pop()
        self.later()
        self.zoho.control("POST", f"/crm/recycle_bin/{ref.id}/restore")
        self.companies.append(ref)

    @precondition(lambda self: any(each.service == "crm" for each in self.companies if each not in self.anchors))
    @rule(data=st.data())
    def somebody_merges_two_accounts(self, data: st.DataObject) -> None:
        away = self.taken_away(data, "crm")
        into = next(each for each in self.anchors if each.service == "crm")
        if {away, into} <= self.there().keys():
            self.later()
            body = {"merge": [{"data": [{"id": away.id}]}]}
            self.zoho.call("POST", f"/crm/v8/Accounts/{into.id}/actions/merge", body)
            # Which value the survivor has, the CRM decides.
            self.typed = {key: value for key, value in self.typed.items() if key[0] != into}

    def edit(self, ref: RecordRef | None, field: str) -> None:
        if ref is None or ref not in self.there():
            return
        self.later()
        number = self.number()
        value = {"phone": f"03-0000-{number:04}", "website": f"https://{number}.example"}.get(field, f"City {number}")
        try:
            self.write(ref, field, value)
        except AssertionError:
            # The hub may delete it under one's hands.
            if ref in self.there():
                raise
            return
        self.typed[ref, field] = value

    def write(self, ref: RecordRef, field: str, value: str) -> None:
        if ref.service == "crm":
            self.zoho.change("Accounts", ref.id, **{IN_CRM[field]: value})
        else:
            known = self.zoho.books(f"/contacts/{ref.id}")["contact"]
            address = {**known["billing_address"], field.removeprefix("billing_"): value}
            changed = {"website": value} if field == "website" else {"billing_address": address}
            self.zoho.finance("books", "PUT", f"/contacts/{ref.id}", {"contact_name": known["contact_name"], **changed})

    def taken_away(self, data: st.DataObject, service: str = "") -> RecordRef:
        able = [each for each in self.companies if each not in self.anchors and service in ("", each.service)]
        ref: RecordRef = data.draw(st.sampled_from(able))
        self.companies.remove(ref)
        self.typed = {key: value for key, value in self.typed.items() if key[0] != ref}
        return ref

    # What goes wrong on the way, and what the hub does.

    @rule(side=SIDE, method=st.sampled_from(["GET", "POST", "PUT"]), fault=st.sampled_from(sorted(FAULTS)))
    def a_call_is_going_to_fail(self, side: str, method: str, fault: str) -> None:
        self.failing = {**FAULTS[fault], "method": method, "path": PATHS[side], "count": 1}

    @rule(full=st.booleans())
    def a_sync_runs(self, full: bool) -> None:
        if self.failing:
            self.zoho.fault(**self.failing)
        self.failing = {}
        self.sync(full=full)
        self.mend()

    def mend(self) -> None:
        self.zoho.mend()
        self.zoho.fault("duplicate_callback", path="/crm/v8/*", count=None)

    # What is there in the end.

    def there(self) -> dict[RecordRef, dict[str, Any]]:
        """Every account and customer, as its service shows it."""
        asked = ",".join(["Account_Name", *IN_CRM.values()])
        rows = (self.zoho.call("GET", "/crm/v8/Accounts", fields=asked) or {"data": []})["data"]
        found = {
            RecordRef("crm", "account", each["id"]): {
                "name": each["Account_Name"],
                **{field: each[name] or "" for field, name in IN_CRM.items()},
            }
            for each in rows
        }
        for each in self.customers():
            address = each["billing_address"]
            found[RecordRef("books", "customer", each["contact_id"])] = {
                "name": each["contact_name"],
                "phone": address.get("phone") or "",
                "website": each.get("website") or "",
                "billing_city": address.get("city") or "",
            }
        return found

    def customers(self) -> list[dict[str, Any]]:
        """All of Books' customers; the hub may delete one while they are read."""
        while True:
            ids = [row["contact_id"] for row in self.zoho.customers()]
            try:
                return [self.zoho.books(f"/contacts/{id}")["contact"] for id in ids]
            except AssertionError:
                assert ids != [row["contact_id"] for row in self.zoho.customers()], "one that is listed cannot be read"

    def links(self, refs: list[RecordRef]) -> dict[RecordRef, list[Link]]:
        with self.office.hub.store.read() as session:
            return Links(session).of_many(refs)

    def partner(self, ref: RecordRef) -> RecordRef | None:
        return next((link.other(ref) for link in self.links([ref]).get(ref, ()) if link.pair == PAIR), None)

    def spoken(self) -> set[RecordRef]:
        """Of whom somebody can read why they are not in step."""
        with self.office.hub.store.read() as session:
            asked = Reviews(session).items(pair=PAIR, limit=500).items
            items = list(OpenItems(session).all())
        found = {ref for each in asked for ref in (each.left, each.right) if ref}
        return found | {ref for item in items for ref in item.records}

    def writes_of_a_sync(self, **options: Any) -> list[str]:
        self.office.wait_until(self.is_at_rest)
        self.zoho.control("DELETE", "/requests")
        run = self.sync(**options)
        assert run.state == "done", run.problem
        self.office.wait_until(self.is_at_rest)
        written: list[str] = self.zoho.writes()
        return written

    def teardown(self) -> None:
        with self.stack:
            if hasattr(self, "anchors"):
                self.all_is_quiet()

    def all_is_quiet(self) -> None:
        self.mend()
        for _ in range(6):
            self.later()
            if not self.writes_of_a_sync(full=True):
                break
        assert self.writes_of_a_sync() == [], "a second run writes"
        there, spoken = self.there(), self.spoken()
        links = self.links(list(there))
        for ref, fields in there.items():
            own = [link for link in links.get(ref, ()) if link.pair == PAIR]
            assert len(own) == 1 or (not own and ref in spoken), f"{ref} is on {len(own)} links"
            partner = there.get(own[0].other(ref)) if own else None
            if partner is not None and not own[0].orphaned and not spoken & {own[0].left, own[0].right}:
                assert fields == partner
        self.nothing_typed_is_lost(there)

    def nothing_typed_is_lost(self, there: dict[RecordRef, dict[str, Any]]) -> None:
        """It stands where it was entered, or can be read in the record's history."""
        with self.office.hub.store.read() as session:
            known = Records(session).known({ref for ref, _ in self.typed})
            for (ref, field), value in self.typed.items():
                entries = History(session).of_record(ref, limit=500).items
                kept = [each for entry in entries for each in entry.changes.get(field, ())]
                kept += [there.get(ref, {}).get(field), known[ref].fields.get(field) if ref in known else None]
                assert value in kept, f"{value}, typed as {field} of {ref}, is lost"


@pytest.fixture
def opened(new_company: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    wait = jobs.sleep
    # A service is away for a call, not for minutes.
    monkeypatch.setattr(jobs, "sleep", lambda seconds: wait(min(seconds, 0.05)))

    def open_one(**values: str) -> Any:
        rules = Path(shutil.copytree(RULES, tmp_path / "rules", dirs_exist_ok=True))
        path = rules / "sync" / "books_customers.yaml"
        text = path.read_text(encoding="utf-8")
        for name, value in values.items():
            text = with_yaml(text, (name,), value)
        path.write_text(text, encoding="utf-8")
        return new_company(rules_dir=rules)

    return open_one


@pytest.mark.timeout(0 if WANTED else 300)
# The engine's queue jitters by the module `random`, in a thread of its own, perhaps while an example is drawn.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning")
def test_over_http_too_both_sides_agree_in_the_end(opened: Callable[..., Any]) -> None:
    run_state_machine_as_test(
        lambda: HttpMachine(opened),
        settings=settings(
            # The same ones each time, so that a failure is of the change; the environment asks for others, and more.
            derandomize=not WANTED,
            max_examples=WANTED or 3,
            stateful_step_count=20 if WANTED else 10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # What the threads of hub and services do is no example's own doing: none is made smaller.
            phases=(Phase.generate,),
            print_blob=True,
        ),
    )
