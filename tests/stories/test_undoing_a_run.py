"""A run that did harm is taken back: record by record, where nobody has changed anything since."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tsunagi.app.access.auditing import audit_log
from tsunagi.app.sync import undo_runs

RULES = Path(__file__).parents[2] / "rules"
COMPANIES = 20


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RULES, tmp_path / "rules"))


@pytest.fixture
def office(open_office: Any, rules: Path) -> Any:
    return open_office(listening=False, rules_dir=rules)


def map_phone_from(rules: Path, field: str) -> None:
    from tsunagi.yaml_editing import with_yaml

    path = rules / "sync" / "books_customers.yaml"
    text = with_yaml(path.read_text(encoding="utf-8"), ("fields", "phone", "crm"), field)
    path.write_text(text, encoding="utf-8")


def later(zoho: Any) -> None:
    zoho.control("POST", "/clock/advance", {"seconds": 3})


def phones(zoho: Any) -> dict[str, str]:
    """By name, as Books has them."""
    return {
        each["contact_name"]: zoho.books(f"/contacts/{each['contact_id']}")["contact"]["billing_address"]["phone"]
        for each in zoho.customers()
    }


def undo(office: Any, run: str, **options: Any) -> Any:
    """Carried out here, as the command line does; returns the run's page by the API."""
    made = undo_runs.start_undo(office.hub.context, run, plan=options.pop("plan", False))
    ended = undo_runs.run_undo(office.hub.context, office.hub.jobs, made, **options)
    answer = office.client.get(f"{office.page_url}/api/sync-runs/{ended.id}", params={"limit": 100})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_mapping_mistake_is_taken_back_and_not_made_again(office: Any, zoho: Any, rules: Path) -> None:
    ids = [
        zoho.add("Accounts", Account_Name=f"Company {n:02}", Phone=f"03-1000-{n:04}", Description=f"03-9999-{n:04}")
        for n in range(COMPANIES)
    ]
    first = office.sync()
    good = phones(zoho)
    map_phone_from(rules, "description")
    later(zoho)
    bad = office.sync()
    assert set(phones(zoho).values()) == {f"03-9999-{n:04}" for n in range(COMPANIES)}

    # Somebody corrected one by hand meanwhile, and another one in the CRM is nobody's business here.
    later(zoho)
    (edited,) = [each for each in zoho.customers() if each["contact_name"] == "Company 07"]
    zoho.finance(
        "books",
        "PUT",
        f"/contacts/{edited['contact_id']}",
        {"contact_name": "Company 07", "billing_address": {"phone": "03-7777-7777"}},
    )
    before = zoho.writes()
    plan = undo(office, bad.id, plan=True)
    assert zoho.writes() == before, "a plan writes nothing"
    assert (plan["kind"], plan["undoes"]) == ("undo_plan", bad.id)
    assert plan["outcome_counts"] == {"undone": COMPANIES - 1, "undo_refused": 1}
    shown = office.page(f"/sync-runs/{plan['id']}", language="ja")
    assert "同期を取り消す" in shown
    assert "その後" in shown
    (refused,) = [each for each in plan["outcomes"] if each["outcome"] == "undo_refused"]
    assert "Zoho Books changed it since" in refused["reason"]

    done = undo(office, bad.id, by="hanako.sato@example.com")
    assert done["state"] == "done"
    assert phones(zoho) == {**good, "Company 07": "03-7777-7777"}
    (customer,) = [each for each in zoho.customers() if each["contact_name"] == "Company 03"]
    history = office.client.get(f"{office.page_url}/api/records/books:customer:{customer['contact_id']}/history")
    assert history.json()["items"][0]["who"] == "Undone by hanako.sato@example.com"

    # Twice is nothing; and the next sync does not do the harm again, though the mapping is still wrong.
    before = zoho.writes()
    again = undo(office, bad.id)
    assert again["outcome_counts"] == {"undo_refused": 1}
    assert office.sync().state == "done"
    assert zoho.writes() == before

    # An undo is a run like any other: taken back, and its own undo again.
    back = undo(office, done["id"])
    assert back["outcome_counts"] == {"undone": COMPANIES - 1}
    assert phones(zoho)["Company 03"] == "03-9999-0003"
    undo(office, back["id"])
    assert phones(zoho)["Company 03"] == "03-1000-0003"

    # With the mapping mended all is quiet, and changes travel again.
    map_phone_from(rules, "phone")
    office.sync()
    later(zoho)
    zoho.change("Accounts", ids[3], Phone="03-1000-9999")
    office.sync()
    assert phones(zoho)["Company 03"] == "03-1000-9999"
    assert first.id != bad.id


def test_what_a_run_created_is_kept_put_out_of_use_or_deleted(office: Any, zoho: Any) -> None:
    for name in ("青葉商事", "港物流"):
        zoho.add("Accounts", Account_Name=name)
    first = office.sync()
    kept = undo(office, first.id)
    assert kept["outcome_counts"] == {"not_undoable": 2}

    undo(office, first.id, created="deactivate")
    assert {each["status"] for each in zoho.books("/contacts", filter_by="Status.All")["contacts"]} == {"inactive"}
    before = zoho.writes()
    office.sync()
    assert zoho.writes() == before, "what was undone is not done again"

    undo(office, first.id, created="delete")
    assert zoho.customers() == []
    office.sync()
    assert zoho.customers() == []
    acts = audit_log(office.hub.context, None, action="sync:undo").entries.items
    assert [(each.person, each.subject) for each in acts] == [("hub", first.id)] * 3
    asked = office.client.post(f"{office.page_url}/api/sync-runs/{first.id}/undo", json={"plan": False})
    assert asked.status_code == 202
    (latest, *_) = audit_log(office.hub.context, None, action="sync:undo").entries.items
    assert (latest.person, latest.subject) == (office.person().email, first.id)
    answer = office.client.post(f"{office.page_url}/api/sync-runs/nothing/undo", json={"plan": True})
    assert answer.status_code == 404
