"""Editing rules by page: the recipe, switching, a draft checked and tried before it is saved, and versions."""

import html
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from filled_hub import STARTER_RULE, connect, filled_hub
from signing_in import CLERK, form_token, let_in, sign_in

from tsunagi.http.server import running
from tsunagi.hub import Hub
from tsunagi.rule_files import fingerprint

FILE = "automations/deal_won_invoice.yaml"


@dataclass
class Editor:
    """Somebody who edits rules, and the files they edit."""

    client: httpx2.Client
    hub: Hub
    rules: Path

    def see(self, path: str, *, expect: int = 200, **parameters: str) -> str:
        answer = self.client.get(path, params=parameters)
        assert answer.status_code == expect, answer.text
        return answer.text

    def send(self, path: str, *, expect: int = 303, **form: Any) -> str:
        token = form_token(self.client.get("/rules").text)
        answer = self.client.post(path, data={**form, "form_token": token})
        assert answer.status_code == expect, answer.text
        return answer.text

    def draft(self, file: str = FILE) -> dict[str, str]:
        """What the editor's form holds."""
        page = self.see("/rules/edit", file=file) if file else self.see("/rules/edit")
        (text,) = re.findall(r'<textarea[^>]* name="text"[^>]*>(.*?)</textarea>', page, flags=re.DOTALL)
        (name,) = re.findall(r'name="file" value="([^"]+)"', page)
        (saved,) = re.findall(r'name="saved" value="([^"]*)"', page)
        return {"file": name, "text": html.unescape(text), "saved": saved}

    def written(self, file: str = FILE) -> str:
        return (self.rules / file).read_text(encoding="utf-8")


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    with filled_hub(tmp_path / "hub") as hub:
        rules = hub.settings.rules_dir
        (rules / "automations").mkdir(parents=True, exist_ok=True)
        shutil.copy(STARTER_RULE, rules / "automations")
        with (
            running(hub, work=False) as served,
            httpx2.Client(base_url=served.base_url, timeout=20) as client,
        ):
            sign_in(client, let_in(hub))
            yield Editor(client, hub, rules)


def test_a_draft_is_checked_by_line_and_saved_only_when_it_is_right(editor: Editor) -> None:
    draft = editor.draft()
    wrong = {**draft, "text": draft["text"].replace("deal.amount", "deal.amuont")}
    page = editor.send("/rules/edit", expect=200, act="check", **wrong)
    line = wrong["text"].split("deal.amuont")[0].count("\n") + 1
    assert f"line {line}" in page
    assert "Did you mean 'amount'?" in html.unescape(page)
    editor.send("/rules/edit", expect=422, act="save", **wrong)
    assert editor.written() == draft["text"]

    # As a browser sends it.
    right = draft["text"].replace("greater_than: 0", "greater_than: 5000").replace("\n", "\r\n")
    assert "nothing to correct" in editor.send("/rules/edit", expect=200, act="check", **{**draft, "text": right})
    editor.send("/rules/edit", act="save", **{**draft, "text": right})
    assert editor.written() == draft["text"].replace("greater_than: 0", "greater_than: 5000")
    assert "Amount is more than 5,000" in editor.see("/rules")


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(editor: Editor) -> None:
    draft = editor.draft()
    theirs = draft["text"].replace("greater_than: 0", "greater_than: 1")
    editor.send("/rules/edit", act="save", **{**draft, "text": theirs})
    mine = {**draft, "text": draft["text"].replace("greater_than: 0", "greater_than: 2")}
    assert "changed by somebody else" in editor.send("/rules/edit", expect=409, act="save", **mine)
    assert editor.written() == theirs


def test_a_rule_is_switched_off_with_its_comments_kept_and_put_back(editor: Editor) -> None:
    before = editor.written()
    editor.see("/rules/history")
    editor.send("/rules/switch", rule="deal_won_invoice", on="false")
    assert "enabled: false" in editor.written()
    assert editor.written().splitlines()[0] == before.splitlines()[0]
    assert not editor.hub.rules.automations["deal_won_invoice"].enabled

    page = editor.see("/rules/history")
    version = re.findall(r'action="/rules/history/(\w+)"', page)[0]
    editor.send(f"/rules/history/{version}")
    assert editor.written() == before
    assert editor.hub.rules.automations["deal_won_invoice"].enabled
    assert "enabled: false" in editor.see(f"/rules/history/{editor.hub.rules.version}")


def test_a_draft_is_tried_on_one_deal_and_on_the_history(editor: Editor) -> None:
    draft = editor.draft()
    tried = editor.send("/rules/edit", expect=200, act="simulate", record="3001", **draft)
    assert 'class="trace"' in tried
    unknown = editor.send("/rules/edit", expect=409, act="simulate", record="999", **draft)
    assert "crm:deal:999" in unknown
    assert "crm:deal:a:b" in editor.send("/rules/edit", expect=409, act="simulate", record="a:b", **draft)

    never = {**draft, "text": draft["text"].replace("greater_than: 0", "greater_than: 100000000000")}
    compared = editor.send("/rules/edit", expect=200, act="backtest", since="2020-01-01", **never)
    assert "Records that differ: 1 of 1" in compared
    assert "fewer" in compared
    assert editor.written() == draft["text"]


def test_a_new_rule_begins_from_one_that_is_right(editor: Editor) -> None:
    draft = editor.draft("")
    assert "nothing to correct" in editor.send("/rules/edit", expect=200, act="check", **draft)
    editor.send("/rules/edit", act="save", **draft)
    assert "my_rule" in editor.hub.rules.automations
    for name in ("../outside.yaml", "automations/../../x.yaml", "automations/notes.txt", "automations/my_test.yaml"):
        refused = editor.send("/rules/edit", expect=422, act="save", **{**draft, "file": name})
        assert "cannot be the name of a rule file" in html.unescape(refused)


def test_the_recipe_of_what_deals_make_is_chosen(editor: Editor) -> None:
    # Rules that make up no recipe are shown for what they are, and stay so.
    assert re.search(
        r'value="" checked>\s*<span[^>]*>Single rules[^/]*</span>\s*<span[^>]*>Invoice a won deal</span>',
        editor.see("/rules"),
    )
    editor.send("/rules/recipe", recipe="")
    assert [rule.id for rule in editor.hub.rules.automations.values() if rule.enabled] == ["deal_won_invoice"]
    editor.send("/rules/recipe", recipe="none")
    assert not any(rule.enabled for rule in editor.hub.rules.automations.values())
    assert re.search(r'value="none" required checked', editor.see("/rules"))


def test_who_may_not_edit_sees_the_rules_alone(editor: Editor) -> None:
    with httpx2.Client(base_url=editor.client.base_url, timeout=20) as clerk:
        sign_in(clerk, let_in(editor.hub, CLERK))
        page = clerk.get("/rules").text
        assert "/rules/edit" not in page
        assert "/rules/recipe" not in page
        assert clerk.get("/rules/edit").status_code == 403
        sent = {"rule": "deal_won_invoice", "on": "false", "form_token": form_token(page)}
        assert clerk.post("/rules/switch", data=sent).status_code == 403


TABLE = STARTER_RULE.with_name("deal_won_invoice_test.yaml").read_text(encoding="utf-8")
TABLE_FILE = "automations/deal_won_invoice_test.yaml"


def test_a_table_somebody_else_saved_meanwhile_is_not_overwritten(editor: Editor) -> None:
    page = editor.see("/rules/edit", file=FILE)
    (saved_table,) = re.findall(r'name="saved_table" value="([^"]*)"', page)
    assert saved_table == ""
    mine = {**editor.draft(), "cases": TABLE + "# mine\n", "saved_table": saved_table}
    editor.send("/rules/edit", act="save", **{**mine, "cases": TABLE})
    refused = html.unescape(editor.send("/rules/edit", expect=409, act="save", **mine))
    assert f"'{TABLE_FILE}' was changed by somebody else" in refused
    # What was typed is still there, and would be refused again.
    assert "# mine" in refused
    assert 'name="saved_table" value=""' in refused
    assert editor.written(TABLE_FILE) == TABLE

    # Begun from what is there now, it is saved.
    (saved_table,) = re.findall(r'name="saved_table" value="([^"]+)"', editor.see("/rules/edit", file=FILE))
    editor.send("/rules/edit", act="save", **{**mine, "saved_table": saved_table})
    assert editor.written(TABLE_FILE) == TABLE + "# mine\n"

    # Whoever changes the rule alone leaves a table alone that changed meanwhile.
    changed = {**mine, "cases": TABLE, "saved_table": fingerprint(TABLE)}
    changed["text"] = mine["text"].replace("greater_than: 0", "greater_than: 1")
    editor.send("/rules/edit", act="save", **changed)
    assert editor.written(TABLE_FILE) == TABLE + "# mine\n"
    assert "greater_than: 1" in editor.written()


def test_a_recipe_is_put_in_the_service_chosen_on_the_page(editor: Editor) -> None:
    assert 'id="recipe-service"' not in editor.see("/rules")
    connect(editor.hub, "invoice")
    page = editor.see("/rules")
    assert re.findall(r'<option value="(\w+)"( selected)?>', page.partition('id="recipe-service"')[2]) == [
        ("books", " selected"),
        ("invoice", ""),
    ]
    editor.send("/rules/recipe", recipe="invoices", service="invoice")
    assert "action: invoice.invoice.create" in editor.written()
    assert '<option value="invoice" selected>' in editor.see("/rules")
