"""Rule and permission files over the API with odd names, folders and texts: refused in words, nothing half done."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.http.api.test_files import NEW, PERMISSIONS, RULE, SALES, TEXT, tag

CREATED = {"If-None-Match": "*"}
MATRIX = "permissions/files/permissions/matrix.yaml"


@pytest.mark.parametrize("spelt", ["%20automations/lost_estimates.yaml", "automations/./lost_estimates.yaml"])
def test_a_file_has_one_name_however_it_is_spelt(desk: Any, spelt: str) -> None:
    made = desk.api.put(f"/api/rules/files/{spelt}", json={"text": TEXT}, headers=CREATED)
    assert (made.status_code, made.headers.get("location")) == (201, f"/api/{NEW}")
    assert desk.ask("GET", f"rules/files/{spelt}")["file"] == "automations/lost_estimates.yaml"
    desk.ask("PUT", f"rules/files/{spelt}", {"text": TEXT}, headers=CREATED, expect=412)
    desk.ask("DELETE", f"rules/files/{spelt}", headers={"If-Match": made.headers["etag"]}, expect=204)


def test_a_file_may_have_a_japanese_name(desk: Any) -> None:
    named = {"rules/files/automations/失注.yaml": TEXT, "permissions/files/permissions/営業.yaml": PERMISSIONS}
    for path, text in named.items():
        made = desk.api.put(f"/api/{path}", json={"text": text}, headers=CREATED)
        assert (made.status_code, made.headers["location"]) == (201, f"/api/{quote(path)}")
        desk.ask("DELETE", path, headers={"If-Match": made.headers["etag"]}, expect=204)


def test_a_name_that_no_disk_takes_is_refused(desk: Any) -> None:
    long = "失" * 90
    for path in (f"rules/files/automations/{long}.yaml", f"permissions/files/permissions/{long}.yaml"):
        problem = desk.ask("PUT", path, {"text": TEXT}, headers=CREATED, expect=422)
        assert problem["type"].endswith("FileNameInvalid")


def test_nothing_is_written_through_a_link_to_another_folder(desk: Any, tmp_path: Path) -> None:
    before = desk.ask("GET", "rules/files")["items"]
    link = Path(desk.hub.settings.rules_dir, "automations", "elsewhere")
    link.symlink_to(tmp_path, target_is_directory=True)
    try:
        assert desk.ask("GET", "rules/files")["items"] == before
        desk.ask("PUT", "rules/files/automations/elsewhere/x.yaml", {"text": TEXT}, headers=CREATED, expect=409)
        assert not list(tmp_path.iterdir())
    finally:
        link.unlink()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("title", "\u0007"),
        ("title", "[" * 5000),
        ("title", '"\\U00110000"'),
        ("title", "a: [b"),
        ("title", "x\ny"),
        ("version.deeper", "1"),
        ("conditions.9.field", "x"),
        ("9" * 5000, "1"),
        ("conditions.0.is_set", "true, x: 1"),
        ("conditions.0.is_set", "true}, {field: deal.amount"),
        ("title", "y" * 9000 + ": &z [*z]"),
    ],
)
def test_a_value_that_cannot_be_is_refused(desk: Any, path: str, value: str) -> None:
    text = desk.ask("GET", RULE)["text"]
    desk.ask("PATCH", RULE, {"values": {path: value}}, headers={"If-Match": "*"}, expect=422)
    assert desk.ask("GET", RULE)["text"] == text


@pytest.mark.parametrize("text", ["title: [", "conditions: &all\n  - *all\n", "", "a: \u0007\n"])
def test_a_file_with_a_mistake_is_not_changed_by_value(desk: Any, text: str) -> None:
    name = "automations/broken.yaml"
    path = Path(desk.hub.settings.rules_dir, name)
    path.write_text(text, encoding="utf-8")
    try:
        for body in ({"values": {"conditions.0": "x", "title": "y"}}, {"enabled": False}):
            refused = desk.ask("PATCH", f"rules/files/{name}", body, headers={"If-Match": "*"}, expect=422)
            assert refused["errors"][0]["file"] == name
        assert path.read_text(encoding="utf-8") == text
    finally:
        path.unlink()


@pytest.mark.parametrize("text", ["title: \ud800", "a: " + "[" * 5000, "&a [*a]", "x" * 399_999])
def test_a_text_that_is_none_is_refused(desk: Any, text: str) -> None:
    for path in (NEW, SALES):
        body = json.dumps({"text": text})
        headers = {**CREATED, "Content-Type": "application/json"}
        assert desk.api.put(f"/api/{path}", content=body, headers=headers).status_code == 422
        desk.ask("GET", path, expect=404)


def test_a_matrix_that_somebody_wrote_by_hand_is_not_written_over(desk: Any) -> None:
    text = PERMISSIONS.replace("permissions: sales", "permissions: matrix").replace(
        "{profiles: [Standard]}", "everyone"
    )
    made = desk.api.put(f"/api/{MATRIX}", json={"text": text}, headers=CREATED)
    assert made.status_code == 201, made.text
    cell = {"cells": {"Standard": {"books.invoice:create": True}}}
    desk.ask("PATCH", "permissions/matrix", cell, headers=tag(desk, "permissions/matrix"), expect=422)
    assert desk.ask("GET", MATRIX)["text"] == text
    desk.ask("DELETE", MATRIX, headers={"If-Match": "*"}, expect=204)


def test_of_several_who_take_a_file_away_at_once_one_does(desk: Any) -> None:
    made = desk.api.put(f"/api/{NEW}", json={"text": TEXT}, headers=CREATED)
    headers = {"If-Match": made.headers["etag"]}
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: desk.api.delete(f"/api/{NEW}", headers=headers).status_code, range(5)))
    assert answers.count(204) == 1
    assert set(answers) <= {204, 404, 412}


def test_a_folder_that_is_gone_is_made_anew_with_what_was_in_force(desk: Any) -> None:
    folder = desk.hub.settings.rules_dir
    away = folder.rename(folder.with_name("away"))
    try:
        names = [each["file"] for each in desk.ask("GET", "rules/files")["items"]]
        assert RULE.removeprefix("rules/files/") in names
        # Something else is where the folder was: nothing can be written.
        folder.write_text("", encoding="utf-8")
        refused = desk.ask("DELETE", RULE, headers={"If-Match": "*"}, expect=409)
        assert str(folder) in refused["title"]
        folder.unlink()
        desk.ask("DELETE", RULE, headers={"If-Match": "*"}, expect=204)
        left = [each["file"] for each in desk.ask("GET", "rules/files")["items"]]
        assert left == [each for each in names if each not in RULE]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        away.rename(folder)
