"""Rules leave tasks and notes in the CRM and change its records: each once, for whom it is meant."""

from datetime import date
from pathlib import Path
from typing import Any

from tsunagi.app.automation.trials import simulate
from tsunagi.domain.records import RecordRef

TASK = """version: 1
automation: follow_up
title: Ask after a lost deal
trigger: {event: deal.lost}
actions:
  - action: crm.task.create
    parameters:
      subject: "Ask again: ${deal.name}"
      due_date: "${today.plus_30_days}"
      priority: High
      %s
  - action: crm.note.create
    parameters: {title: Lost, content: "Lost at ${deal.amount}"}
  - action: crm.account.update
    parameters: {description: "A deal was lost"}
  - action: crm.contact.update
    parameters: {department: Winback}
"""
AS_SOMEBODY = TASK + "run_as: %s\n"


def folder_with(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "rules"
    (folder / "automations").mkdir(parents=True, exist_ok=True)
    (folder / "automations" / "follow_up.yaml").write_text(text, encoding="utf-8")
    return folder


def tasks(zoho: Any) -> list[dict[str, Any]]:
    names = "Subject,Due_Date,Priority,Status,What_Id,Who_Id,Owner,Created_Time"
    return (zoho.call("GET", "/crm/v8/Tasks", fields=names) or {"data": []})["data"]


def notes(zoho: Any, deal: str) -> list[dict[str, Any]]:
    answer = zoho.call("GET", f"/crm/v8/Deals/{deal}/Notes", fields="Note_Title,Note_Content,Parent_Id")
    return (answer or {"data": []})["data"]


def lose(zoho: Any, deal: str) -> None:
    zoho.change("Deals", deal, Stage="Closed Lost")


def settled(office: Any, times: int = 3) -> None:
    for _ in range(times):
        assert office.sync().state == "done"


def test_a_task_and_a_note_are_left_once_whatever_gets_lost(open_office: Any, zoho: Any, tmp_path: Path) -> None:
    office = open_office(listening=False, rules_dir=folder_with(tmp_path, TASK % "owner: ichiro.suzuki@example.com"))
    account, deal = zoho.account_and_deal()
    contact = zoho.add("Contacts", Last_Name="森", Account_Name={"id": account})
    zoho.change("Deals", deal, Contact_Name={"id": contact})
    office.sync()
    (simulated,) = simulate(office.hub.context, RecordRef("crm", "deal", deal), event="deal.lost")
    assert [each.action for each in simulated.evaluated.intents] == [
        "crm.task.create",
        "crm.note.create",
        "crm.account.update",
        "crm.contact.update",
    ]
    zoho.fault("drop_after", path="/crm/v8/Tasks", method="POST")
    zoho.fault("drop_after", path="/crm/v8/Notes", method="POST")
    lose(zoho, deal)
    settled(office)
    (task,) = tasks(zoho)
    assert task["Subject"].startswith("Ask again: ")
    ahead = date.fromisoformat(task["Due_Date"]) - office.hub.context.now().date()
    assert 29 <= ahead.days <= 31
    assert (task["Priority"], task["Status"]) == ("High", "Not Started")
    assert (task["What_Id"]["id"], task["$se_module"], task["Who_Id"]["id"]) == (deal, "Deals", contact)
    assert task["Owner"]["email"] == "ichiro.suzuki@example.com"
    (note,) = notes(zoho, deal)
    assert (note["Note_Title"], note["Note_Content"]) == ("Lost", "Lost at 120000 JPY")
    shown = zoho.call("GET", f"/crm/v8/Accounts/{account}", fields="Description")["data"][0]
    assert shown["Description"] == "A deal was lost"
    shown = zoho.call("GET", f"/crm/v8/Contacts/{contact}", fields="Department")["data"][0]
    assert shown["Department"] == "Winback"
    # Reopened and lost again: once a deal.
    zoho.change("Deals", deal, Stage="Negotiation/Review")
    settled(office, 1)
    lose(zoho, deal)
    settled(office)
    assert (len(tasks(zoho)), len(notes(zoho, deal))) == (1, 1)


def test_nobody_to_give_the_task_to_is_said(open_office: Any, zoho: Any, tmp_path: Path) -> None:
    text = (TASK % "owner: nobody@example.com").replace(
        "  - action: crm.contact.update\n    parameters: {department: Winback}\n", ""
    )
    office = open_office(listening=False, rules_dir=folder_with(tmp_path, text))
    _, deal = zoho.account_and_deal()
    office.sync()
    lose(zoho, deal)
    settled(office)
    assert tasks(zoho) == []
    assert len(notes(zoho, deal)) == 1
    assert "nobody@example.com" in office.page("/open-items")


def test_who_may_not_change_the_crm_does_not_by_a_rule(open_office: Any, zoho: Any, tmp_path: Path) -> None:
    """The starter permissions let administrators change records of the CRM by rules, and nobody else."""
    text = AS_SOMEBODY % ("status_of_nothing: x", "ichiro.suzuki@example.com")
    text = text.replace("      status_of_nothing: x\n", "")
    office = open_office(listening=False, rules_dir=folder_with(tmp_path, text))
    account, deal = zoho.account_and_deal()
    zoho.change("Deals", deal, Contact_Name={"id": zoho.add("Contacts", Last_Name="森", Account_Name={"id": account})})
    office.sync()
    assert "crm.task:create" in office.page("/open-items")
    folder_with(tmp_path, text.replace("ichiro.suzuki", "hanako.sato"))
    office.wait_until(lambda: "follow_up" in office.hub.context.rules.automations)
    lose(zoho, deal)
    settled(office)
    (task,) = tasks(zoho)
    # Nobody was named: it is for the deal's owner.
    assert task["Owner"]["email"] == "hanako.sato@example.com"
