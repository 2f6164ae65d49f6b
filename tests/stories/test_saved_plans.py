"""A plan is saved and shown, the world moves on, and it is applied: exactly what it says, where nothing has moved."""

import html
import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from signing_in import form_token

from tsunagi.app.plans import applying, proposing, saved, syncing
from tsunagi.app.plans.files import PlanOvertaken
from tsunagi.store.audit import Audit
from tsunagi.yaml_editing import with_yaml

RULES = Path(__file__).parents[2] / "rules"
COMPANIES = 10
PATIENT_SECONDS = 60.0


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RULES, tmp_path / "rules"))


@pytest.fixture
def office(open_office: Any, rules: Path, clock: Any) -> Any:
    return open_office(listening=False, rules_dir=rules, now=clock)


@pytest.fixture
def companies(office: Any, zoho: Any) -> list[str]:
    """Ten accounts in step, and the phone of each changed since."""
    ids = [zoho.add("Accounts", Account_Name=f"Company {n:02}", Phone=f"03-1000-{n:04}") for n in range(COMPANIES)]
    office.sync()
    later(zoho)
    for n, id in enumerate(ids):
        zoho.change("Accounts", id, Phone=f"03-2000-{n:04}")
    return ids


def later(zoho: Any) -> None:
    zoho.control("POST", "/clock/advance", {"seconds": 3})


def plan_a_sync(office: Any, *pairs: str) -> Any:
    plan = syncing.begin_sync_plan(office.hub.context, office.person(), pairs)
    syncing.make_here(office.hub.context, office.hub.jobs, plan)
    return saved.plan_page(office.hub.context, office.person(), plan.id)


def apply(office: Any, page: Any, **terms: Any) -> Any:
    """Carried out here, as the command line does; returns the plan as it is after."""
    context, person = office.hub.context, office.person()
    run = applying.begin(context, person, page.plan.id, **terms)[1]
    if run:
        syncing.apply_here(context, office.hub.jobs, page.plan, run)
    return saved.plan_page(context, person, page.plan.id)


def left_out(office: Any, page: Any) -> dict[str, str]:
    found = saved.entries(office.hub.context, office.person(), page.plan.id, state="left_out")
    return {str(entry.left and entry.left.id): entry.left_out for entry in found.items}


def phones(zoho: Any) -> dict[str, str]:
    return {
        each["contact_name"]: zoho.books(f"/contacts/{each['contact_id']}")["contact"]["billing_address"]["phone"]
        for each in zoho.customers()
    }


def test_two_of_ten_records_move_and_the_others_are_written_as_planned(
    office: Any, zoho: Any, companies: list[str]
) -> None:
    before = zoho.writes()
    plan = plan_a_sync(office)
    assert zoho.writes() == before, "a plan writes nothing"
    assert (plan.state, plan.changes, dict(plan.counts)) == ("ready", COMPANIES, {"update": {"books.customers": 10}})
    first = saved.entries(office.hub.context, None, plan.plan.id, action="update", limit=3)
    assert [entry.changes["phone"] for entry in first.items] == [
        {"old": f"03-1000-{n:04}", "new": f"03-2000-{n:04}"} for n in range(3)
    ]
    assert first.next, "the rest is on further pages"

    # One is edited in the CRM and one in Books; an eleventh company is none of the plan's.
    later(zoho)
    zoho.change("Accounts", companies[3], Phone="03-9999-0003")
    (seventh,) = [each for each in zoho.customers() if each["contact_name"] == "Company 07"]
    zoho.finance("books", "PUT", f"/contacts/{seventh['contact_id']}", {"notes": "Call after ten."})
    zoho.add("Accounts", Account_Name="Company 11")

    done = apply(office, plan)
    assert done.state == "applied"
    assert dict(done.states) == {"taken": 8, "left_out": 2}
    assert left_out(office, done) == {companies[3]: "record_changed", companies[7]: "record_changed"}
    now = phones(zoho)
    assert (now["Company 03"], now["Company 07"]) == ("03-1000-0003", "03-1000-0007")
    assert [now[f"Company {n:02}"] for n in (0, 1, 9)] == ["03-2000-0000", "03-2000-0001", "03-2000-0009"]
    assert "Company 11" not in now
    assert "変更されました" in office.page(f"/plans/{done.plan.id}?state=left_out", language="ja")

    # Twice is nothing the second time; what was left out and what is new is for the next sync.
    before = zoho.writes()
    again = apply(office, plan)
    assert again.state == "applied"
    assert zoho.writes() == before
    assert office.sync().state == "done"
    assert phones(zoho)["Company 03"] == "03-9999-0003"
    assert "Company 11" in phones(zoho)
    with office.hub.store.read() as session:
        noted = [(entry.action, entry.person) for entry in Audit(session).page().items if entry.subject == plan.plan.id]
    assert noted == [("plans:apply", "hanako.sato@example.com"), ("plans:make", "hanako.sato@example.com")]


def test_all_or_nothing_writes_nothing_where_one_record_moved(office: Any, zoho: Any, companies: list[str]) -> None:
    plan = plan_a_sync(office)
    later(zoho)
    zoho.change("Accounts", companies[3], Phone="03-9999-0003")
    before = zoho.writes()
    refused = apply(office, plan, whole=True)
    assert zoho.writes() == before
    assert refused.applied.state == "refused"
    assert "records that moved since: 1" in refused.problem.en
    assert left_out(office, refused) == {companies[3]: "record_changed"}

    # Without it, the nine others are written.
    done = apply(office, refused)
    assert (done.state, dict(done.states)) == ("applied", {"taken": 9, "left_out": 1})
    assert phones(zoho)["Company 04"] == "03-2000-0004"


def test_a_first_match_with_contact_persons_is_applied_as_it_was_shown(office: Any, zoho: Any) -> None:
    account = zoho.add("Accounts", Account_Name="青葉商事")
    zoho.add("Contacts", Last_Name="佐藤", First_Name="花子", Account_Name={"id": account})
    zoho.add("Contacts", Last_Name="鈴木", First_Name="一郎", Account_Name={"id": account})
    plan = plan_a_sync(office)
    assert dict(plan.counts) == {"create": {"books.customers": 1, "books.contact_persons": 2}}
    later(zoho)
    done = apply(office, plan, first=True)
    assert (done.state, dict(done.states)) == ("applied", {"taken": 3})
    (customer,) = zoho.customers()
    people = zoho.books(f"/contacts/{customer['contact_id']}")["contact"]["contact_persons"]
    assert {each["last_name"] for each in people} >= {"佐藤", "鈴木"}
    assert plan_a_sync(office).changes == 0


def test_what_was_deleted_in_the_crm_is_in_the_plan(office: Any, zoho: Any, companies: list[str]) -> None:
    zoho.call("DELETE", "/crm/v8/Accounts", ids=companies[3])
    plan = plan_a_sync(office)
    assert dict(plan.counts) == {"update": {"books.customers": 9}, "unlink": {"books.customers": 1}}
    later(zoho)
    assert dict(apply(office, plan).states) == {"taken": 10}
    assert phones(zoho)["Company 03"] == "03-1000-0003"
    assert plan_a_sync(office).changes == 0


def test_a_plan_expires_and_is_kept(office: Any, zoho: Any, companies: list[str], clock: Any) -> None:
    plan = plan_a_sync(office)
    clock.pass_(days=8)
    with pytest.raises(applying.NotApplicable, match="expired"):
        apply(office, plan)
    assert saved.plan_page(office.hub.context, None, plan.plan.id).state == "expired"


def test_a_settings_change_leaves_out_what_would_be_written_differently(
    office: Any, zoho: Any, companies: list[str], rules: Path
) -> None:
    plan = plan_a_sync(office)
    path = rules / "sync" / "books_customers.yaml"
    path.write_text(with_yaml(path.read_text("utf-8"), ("fields", "phone", "crm"), "description"), encoding="utf-8")
    office.hub.context.pair_settings.refresh()
    done = apply(office, plan)
    assert set(left_out(office, done).values()) <= {"planned_otherwise", "no_longer_wanted", "record_changed"}
    assert done.states["left_out"] == COMPANIES


def rule_plan(office: Any, rules: Path, **changes: Any) -> Any:
    text = (rules / "automations" / "deal_won_invoice.yaml").read_text("utf-8")
    for path, value in changes.items():
        text = with_yaml(text, (path,), value)
    files = {"automations/deal_won_invoice.yaml": text}
    plan = proposing.propose(office.hub.context, office.person(), "rules", files=files)
    return saved.plan_page(office.hub.context, office.person(), plan.id)


def test_a_plan_of_rules_is_refused_once_a_file_was_edited(office: Any, zoho: Any, rules: Path) -> None:
    office.sync()
    path = rules / "automations" / "deal_won_invoice.yaml"
    plan = rule_plan(office, rules, enabled="false")
    assert dict(plan.counts) == {"rule_changed": {"": 1}}
    assert any(line.startswith("+enabled: false") for line in plan.plan.shown["difference"])
    other = rules / "automations" / "deal_amount_changed_estimate.yaml"
    kept = other.read_text("utf-8")
    other.write_text(kept + "# edited by hand\n", encoding="utf-8")
    with pytest.raises(PlanOvertaken, match="deal_amount_changed_estimate") as refused:
        apply(office, plan)
    assert "tsunagi plan rules" in refused.value.hint.en
    assert "enabled: false" not in path.read_text("utf-8")

    other.write_text(kept, encoding="utf-8")
    assert apply(office, plan).state == "applied"
    assert "enabled: false" in path.read_text("utf-8")
    assert apply(office, plan).state == "applied", "twice is nothing"


def test_a_change_of_permissions_is_reviewed_cell_by_cell(office: Any, rules: Path) -> None:
    text = """version: 1
permissions: more
title: {en: More, ja: 追加}
policies:
  - policy: no_invoices
    effect: forbid
    who: {profiles: [Standard]}
    actions: [view]
    on: [books.invoice]
"""
    files = {"permissions/more.yaml": text}
    plan = proposing.propose(office.hub.context, office.person(), "permissions", files=files)
    found = saved.entries(office.hub.context, office.person(), plan.id, action="lose").items
    assert {entry.subject for entry in found} == {"Standard"}
    assert "books.invoice:view" in {name for entry in found for name in entry.changes}
    shown = office.page(f"/plans/{plan.id}")
    assert "loses" in shown
    apply(office, saved.plan_page(office.hub.context, office.person(), plan.id))
    assert (rules / "permissions" / "more.yaml").read_text("utf-8") == text


def test_settings_of_a_pair_show_what_the_next_sync_would_do(
    office: Any, zoho: Any, companies: list[str], rules: Path
) -> None:
    office.sync()
    path = rules / "sync" / "books_customers.yaml"
    text = with_yaml(path.read_text("utf-8"), ("fields", "phone", "crm"), "description")
    files = {"sync/books_customers.yaml": text}
    plan = proposing.propose(office.hub.context, office.person(), "sync_settings", files=files)
    page = saved.plan_page(office.hub.context, office.person(), plan.id)
    assert page.counts["setting"] == {"": 1}
    assert page.changes == 2, "a file and a setting; what the next sync would do is told, and not done"
    assert apply(office, page).state == "applied"
    assert path.read_text("utf-8") == text


def test_switching_off_is_planned_with_what_it_means(office: Any, zoho: Any) -> None:
    office.sync()
    form = {"kind": "services", "form_token": form_token(office.page("/plans"))}
    address = f"{office.page_url}/plans"
    nothing = office.client.post(address, data=form)
    assert nothing.status_code == 422
    assert "Nothing was given to plan." in nothing.text
    both = office.client.post(
        address, data={**form, "disable": "books", "features_off": ["books.estimates", "books.bill"]}
    )
    assert "There is no feature" in html.unescape(both.text)
    done = office.client.post(address, data={**form, "disable": "books", "features_off": "books.estimates"})
    shown = office.page(done.headers["location"])
    assert "Syncs that stop: books." in shown
    assert office.page("/plans", "ja").count("無効") >= 2
    plan = saved.plans(office.hub.context, None).items[0].plan
    page = saved.plan_page(office.hub.context, office.person(), plan.id)
    assert page.changes == 2
    reasons = [entry.reason.en for entry in saved.entries(office.hub.context, None, plan.id).items if entry.reason]
    assert any(reason.startswith("Syncs that stop: books.") for reason in reasons)
    assert apply(office, page).state == "applied"
    assert [each.service for each in office.hub.connectors.active()] == ["crm"]
    assert apply(office, page).state == "applied"


def _command(home: Path, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", "from tsunagi.cli import main; main()", "--home", str(home), *arguments]
    environment = {**os.environ, "TSUNAGI_RULES_DIR": str(RULES)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def _answer(home: Path, *arguments: str) -> tuple[int, Any]:
    with _command(home, *arguments, "--json") as process:
        said = process.communicate(timeout=PATIENT_SECONDS)[0]
    return process.returncode, json.loads(said) if said.startswith(("{", "[")) else said


def test_an_apply_that_is_killed_goes_on_and_writes_each_record_once(open_desk: Any, zoho: Any, tmp_path: Path) -> None:
    open_desk("crm", "books")
    home = tmp_path / "hub"
    for n in range(3 * COMPANIES):
        zoho.add("Accounts", Account_Name=f"Company {n:02}")
    code, plan = _answer(home, "plan", "sync", "--exit-code")
    assert (code, plan["state"], plan["changes"]) == (2, "ready", 3 * COMPANIES)
    assert _answer(home, "plan", "sync", "--threshold", "5")[0] == 1
    assert _answer(home, "apply", plan["plan"])[0] == 2, "nobody has started the first sync"

    zoho.fault("delay", method="POST", seconds=0.05, count=None)
    begun = len(zoho.writes())
    with _command(home, "apply", plan["plan"], "--start", "--json") as process:
        deadline = monotonic() + PATIENT_SECONDS
        while len(zoho.writes()) < begun + 12 and process.poll() is None:
            assert monotonic() < deadline, Counter(zoho.writes())
            sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert len(zoho.customers()) < 3 * COMPANIES

    code, done = _answer(home, "apply", plan["plan"])
    assert (code, done["state"], done["records"]) == (0, "applied", {"taken": 3 * COMPANIES})
    assert sorted(each["contact_name"] for each in zoho.customers()) == [f"Company {n:02}" for n in range(30)]
    assert _answer(home, "apply", plan["plan"])[0] == 0
    assert _answer(home, "plan", "sync", "--exit-code")[0] == 0, "nothing is left"


def test_by_api_a_plan_is_made_browsed_and_applied(office: Any, zoho: Any, companies: list[str]) -> None:
    api = f"{office.page_url}/api/plans"
    made = office.client.post(api, json={"kind": "sync"})
    assert made.status_code == 201, made.text
    address = f"{api}/{made.json()['id']}"
    office.wait_until(lambda: office.client.get(address).json()["state"] == "ready")
    page = office.client.get(f"{address}/entries", params={"limit": 4}).json()
    assert [entry["changes"]["phone"]["new"] for entry in page["items"]] == [f"03-2000-{n:04}" for n in range(4)]
    rest = office.client.get(f"{address}/entries", params={"limit": 200, "after": page["next"]}).json()
    assert (len(rest["items"]), rest["next"]) == (COMPANIES - 4, None)
    csv = office.client.get(f"{office.page_url}/plans/{made.json()['id']}/entries.csv").text
    assert "Company 03" in csv
    assert "'03-" not in csv

    assert office.client.post(f"{address}/apply", json={}).status_code == 202
    office.wait_until(lambda: office.client.get(address).json()["state"] == "applied")
    assert phones(zoho)["Company 05"] == "03-2000-0005"
    assert office.client.get(f"{api}/plan-none").status_code == 404
    traversal = {"kind": "rules", "files": {"automations/../../x.yaml": "version: 1\n"}}
    assert office.client.post(api, json=traversal).status_code == 422

    # Who may not sync sees no plans of syncs, and may not apply one.
    office.sign_in("ichiro.suzuki@example.com")
    assert office.client.get(address).status_code == 403
    assert office.client.post(f"{address}/apply", json={}).status_code == 403
    assert office.client.get(api).json()["items"] == []
