"""Permissions edited by page: cells of the matrix and files, each change seen before it is made."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from filled_hub import empty_hub
from signing_in import form_token, sign_in

from tsunagi.app.access.permissions import decide, person_named
from tsunagi.app.access.tokens import create_token
from tsunagi.app.connections.connecting import connect
from tsunagi.http.server import running
from tsunagi.hub import Hub
from zoho_sandbox.server import running as sandbox_running
from zoho_sandbox.settings import SandboxSettings

CLERK = "ichiro.suzuki@example.com"
MATRIX = "permissions/matrix.yaml"


@dataclass
class Editor:
    client: httpx2.Client
    hub: Hub

    @property
    def rules(self) -> Path:
        return self.hub.settings.rules_dir

    def send(self, path: str, *, expect: int = 200, **form: Any) -> str:
        token = form_token(self.client.get("/permissions").text)
        answer = self.client.post(path, data={**form, "form_token": token})
        assert answer.status_code == expect, answer.text
        return html.unescape(answer.text)

    def cells(self, **changed: bool) -> dict[str, Any]:
        """The form of the matrix with some cells of the clerk's profile changed ("books_invoice_create")."""
        page = html.unescape(self.client.get("/permissions").text)
        shown = re.findall(r'name="shown" value="([^"]+)"', page)
        ticked = set(re.findall(r'name="cell" value="([^"]+)" checked', page))
        profile = person_named(self.hub.context, CLERK).profile
        for name, want in changed.items():
            service, kind, verb = name.split("_")
            cell = f"{profile}|{service}.{kind}:{verb}"
            assert cell in shown
            ticked = ticked | {cell} if want else ticked - {cell}
        return {"shown": shown, "cell": sorted(ticked)}

    def may(self, action: str) -> bool:
        return decide(self.hub.context, person_named(self.hub.context, CLERK), action).allowed


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    settings = SandboxSettings(data=tmp_path / "sandbox.db", seed_data="empty")
    with sandbox_running(settings) as sandbox, empty_hub(tmp_path / "hub", rules_dir=tmp_path / "rules") as hub:
        entered = {
            "base_url": sandbox.base_url,
            "client_id": "1000.SANDBOX",
            "client_secret": "sandbox-secret",
            "refresh_token": "1000.sandbox-refresh",
        }
        made = connect(hub.context, "crm", entered)
        token = create_token(hub.context, None, made.connected_by).text
        with running(hub, work=False) as served, httpx2.Client(base_url=served.base_url, timeout=20) as client:
            sign_in(client, token)
            yield Editor(client, hub)


def test_cells_of_the_matrix_are_changed_after_the_change_was_seen(editor: Editor) -> None:
    form = editor.cells(books_invoice_create=True, books_estimate_view=False)
    page = editor.send("/permissions", act="check", **form)
    assert "Zoho Books · Invoice: create" in page
    assert not (editor.rules / MATRIX).exists()
    assert not editor.may("books.invoice:create")

    editor.send("/permissions", expect=303, act="save", **form)
    assert editor.may("books.invoice:create")
    assert not editor.may("books.estimate:view")
    assert editor.may("invoice.estimate:view")
    # The starter file goes along: without it nobody else might do anything.
    assert (editor.rules / "permissions" / "starter.yaml").exists()

    # Back to what the other files say: nothing is left of it.
    editor.send(
        "/permissions", expect=303, act="save", **editor.cells(books_invoice_create=False, books_estimate_view=True)
    )
    assert not (editor.rules / MATRIX).exists()
    assert editor.may("books.estimate:view")


def test_a_cell_that_another_file_forbids_says_so(editor: Editor) -> None:
    text = (
        "version: 1\npermissions: strict\ntitle: {en: Strict, ja: 厳格}\npolicies:\n"
        "  - {policy: no_invoices, effect: forbid, who: everyone, actions: [create], on: [books.invoice]}\n"
    )
    draft = {"file": "permissions/strict.yaml", "text": text, "saved": ""}
    editor.send("/permissions/edit", expect=303, act="save", **draft)
    page = editor.send("/permissions", act="check", **editor.cells(books_invoice_create=True))
    assert "another file decides this" in page


def test_a_file_is_checked_previewed_and_saved(editor: Editor) -> None:
    page = html.unescape(editor.client.get("/permissions/edit?file=permissions/starter.yaml").text)
    (text,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, flags=re.DOTALL)
    (saved,) = re.findall(r'name="saved" value="([^"]*)"', page)
    draft = {"file": "permissions/starter.yaml", "text": text, "saved": saved}

    wrong = editor.send(
        "/permissions/edit", act="check", **{**draft, "text": text.replace("effect: permit", "effect: permitt", 1)}
    )
    assert "To correct:" in wrong
    locked = text.replace("effect: permit\n    who: {administrators: true}", "effect: forbid\n    who: everyone")
    assert locked != text
    editor.send("/permissions/edit", expect=422, act="save", **{**draft, "text": locked})
    assert not (editor.rules / "permissions").exists()

    less = text.replace("on: [hub, tabs, documents, receivables]", "on: [hub, tabs, documents]")
    preview = editor.send("/permissions/edit", act="check", **{**draft, "text": less})
    assert "Receivables and payables: view" in preview
    editor.send("/permissions/edit", expect=303, act="save", **{**draft, "text": less.replace("\n", "\r\n")})
    assert not editor.may("receivables:view")
    # Somebody who began from the text before does not undo it.
    assert "changed by somebody else" in editor.send("/permissions/edit", expect=409, act="save", **draft)
    for name in ("../starter.yaml", "permissions/deep/er.yaml", "permissions/x.txt"):
        assert "cannot be the name" in editor.send(
            "/permissions/edit", expect=422, act="check", **{**draft, "file": name}
        )
