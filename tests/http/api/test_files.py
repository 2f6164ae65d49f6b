"""Rule and permission files over the API: read, written whole or by value, made, taken away; never over another's."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

RULE = "rules/files/automations/deal_won_invoice.yaml"
NEW = "rules/files/automations/lost_estimates.yaml"
SALES = "permissions/files/permissions/sales.yaml"
TEXT = """\
# Kept as it is.
version: 1
automation: lost_estimates
title: {en: Lost, ja: 失注}
trigger: {event: deal.lost}
conditions:
  - {field: deal.amount, greater_than: 100}  # in the deal's currency
actions:
  - action: books.estimate.create
repeat: once_per_record
"""
TABLE = """\
version: 1
automation: lost_estimates
cases:
  - case: a large deal is lost
    event: deal.lost
    facts: {deal: {outcome: lost, amount: 120000 JPY, account: "crm:account:1"}}
    expect: [{action: books.estimate.create}]
"""
PERMISSIONS = """\
# For sales.
version: 1
permissions: sales
title: Sales
policies:
  - {policy: sales_mail, effect: permit, who: {profiles: [Standard]}, actions: [email], on: [documents]}
"""


def tag(desk: Any, path: str) -> dict[str, str]:
    return {"If-Match": desk.api.get(f"/api/{path}").headers["etag"]}


def written(desk: Any, path: str) -> str:
    return Path(desk.hub.settings.rules_dir, path.split("/", 2)[2]).read_text(encoding="utf-8")


def acts(desk: Any, action: str) -> list[dict[str, Any]]:
    return list(desk.ask("GET", f"audit?action={action}")["items"])


NOTHING: dict[str, str] = {}


@pytest.mark.parametrize("path", ["tokens", "rules/files", "rules/versions"])
def test_lists_are_read_to_their_end_and_no_cursor_of_another_list_is_taken(desk: Any, path: str) -> None:
    for label in ("one", "two"):
        desk.ask("POST", "tokens", {"user": "hanako.sato@example.com", "label": label}, expect=201)
    whole = desk.ask("GET", path)
    assert whole["next"] is None
    pages, after = [], ""
    while after is not None:
        page = desk.ask("GET", f"{path}?limit=1" + (f"&after={after}" if after else ""))
        pages += page["items"]
        after = page["next"]
    assert pages == whole["items"]
    desk.ask("GET", f"{path}?after=nothing", expect=422)


@pytest.mark.parametrize("path", [RULE, "permissions/files/permissions/starter.yaml"])
def test_a_change_says_what_it_was_begun_from(desk: Any, path: str) -> None:
    text = desk.ask("GET", path)["text"]
    for method, body in (("PUT", {"text": "x"}), ("DELETE", None)):
        for headers, status in ((NOTHING, 428), ({"If-Match": '"other"'}, 412)):
            problem = desk.ask(method, path, body, headers=headers, expect=status)
            assert problem["type"].endswith("PreconditionRequired" if status == 428 else "PreconditionFailed")
    assert desk.ask("PUT", path, {"text": "x"}, headers={"If-None-Match": "*"}, expect=412)["etag"]
    assert desk.ask("GET", path)["text"] == text


def test_a_rule_is_switched_and_changed_by_value_and_its_comments_stay(desk: Any) -> None:
    before = desk.ask("GET", RULE)
    assert (before["rule"], before["enabled"], before["errors"]) == ("deal_won_invoice", True, [])
    read = tag(desk, RULE)
    answer = desk.api.patch(f"/api/{RULE}", json={"enabled": False}, headers=read)
    assert (answer.status_code, answer.json()["enabled"]) == (200, False)
    assert [rule["enabled"] for rule in desk.ask("GET", "rules")["automations"]] == [False]
    # Its ETag is that of the next change; the one before has passed.
    desk.ask("PATCH", RULE, {"enabled": True}, headers=read, expect=412)
    back = desk.ask("PATCH", RULE, {"enabled": True}, headers={"If-Match": answer.headers["etag"]})
    assert "#" in back["text"] or back["text"].count("\n") == before["text"].count("\n") + 1
    wrong = desk.ask("PATCH", RULE, {"values": {"trigger.event": "deal.wno"}}, headers=tag(desk, RULE), expect=422)
    (mistake,) = wrong["errors"]
    assert (mistake["file"], mistake["field"]) == ("automations/deal_won_invoice.yaml", "trigger.event")
    assert back["text"].splitlines()[mistake["line"] - 1].strip().startswith("trigger")
    assert desk.ask("PATCH", RULE, {}, headers=tag(desk, RULE))["text"] == back["text"]


def test_a_rule_file_is_made_once_changed_and_taken_away(desk: Any) -> None:
    new, body = {"If-None-Match": "*"}, {"text": TEXT, "table": TABLE}
    desk.ask("PUT", NEW, body, headers={"If-Match": '"any"'}, expect=412)
    desk.ask("GET", NEW, expect=404)
    broken = desk.ask("PUT", NEW, {"text": TEXT.replace("deal.amount", "deal.amuont")}, headers=new, expect=422)
    assert broken["type"] == "urn:tsunagi:problem:FileRefused"
    assert [(each["line"], each["file"]) for each in broken["errors"]] == [(7, "automations/lost_estimates.yaml")]
    desk.ask("PUT", NEW, {"text": TEXT, "table": TABLE.replace("lost_est", "no")}, headers=new, expect=422)
    # Two rules of one name, wherever the second one is.
    same = TEXT.replace("lost_estimates", "deal_won_invoice")
    twice = desk.ask("PUT", "rules/files/automations/a.yaml", {"text": same}, headers=new, expect=422)
    assert "deal_won_invoice" in twice["errors"][0]["message"]

    made = desk.api.put(f"/api/{NEW}", json=body, headers=new)
    assert (made.status_code, made.headers["location"]) == (201, f"/api/{NEW}")
    assert (made.json()["text"], made.json()["table"], written(desk, NEW)) == (TEXT, TABLE, TEXT)
    assert desk.api.get(f"/api/{NEW}").headers["etag"] == made.headers["etag"]
    desk.ask("PUT", NEW, body, headers=new, expect=412)
    assert desk.ask("GET", "rules/files?limit=1")["items"][0]["problems"] == 0

    changed = {"values": {"conditions.0.greater_than": "900"}}
    after = desk.ask("PATCH", NEW, changed, headers={"If-Match": made.headers["etag"]})
    assert after["text"] == TEXT.replace("100", "900")
    desk.ask("DELETE", NEW, headers={"If-Match": made.headers["etag"]}, expect=412)
    desk.ask("DELETE", NEW, headers=tag(desk, NEW), expect=204)
    desk.ask("GET", NEW, expect=404)
    desk.ask("DELETE", NEW, headers={"If-Match": "*"}, expect=404)
    names = [each["file"] for each in desk.ask("GET", "rules/files")["items"]]
    assert names == ["automations/deal_won_invoice.yaml"]
    assert not list(Path(desk.hub.settings.rules_dir).rglob("lost_estimates*"))
    # Each version can be put back, that with the rule too.
    assert desk.ask("GET", "rules/versions")["items"][0]["removed"] == ["automations/lost_estimates.yaml"]
    removed, *_rest, first = [each for each in acts(desk, "rules:edit") if "lost_estimates" in each["subject"]]
    assert (removed["details"], first["person"]) == ({"removed": True}, "hanako.sato@example.com")


def test_of_several_who_write_at_once_one_does_and_the_others_are_told(desk: Any) -> None:
    headers, text = tag(desk, RULE), desk.ask("GET", RULE)["text"]
    texts = [f"{text}# {number}\n" for number in range(6)]

    def write(one: str) -> int:
        return int(desk.api.put(f"/api/{RULE}", json={"text": one}, headers=headers).status_code)

    with ThreadPoolExecutor(len(texts)) as pool:
        answers = list(pool.map(write, texts))
    assert sorted(answers) == [200, *[412] * 5]
    assert written(desk, RULE) == texts[answers.index(200)]


def test_whoever_may_not_edit_neither_reads_nor_writes_files(desk: Any) -> None:
    token = desk.ask("POST", "tokens", {"user": "ichiro.suzuki@example.com"}, expect=201)["text"]
    theirs = {"Authorization": f"Bearer {token}", "If-Match": "*"}
    for path in (RULE, "permissions/files/permissions/starter.yaml"):
        for method, body in (("GET", None), ("PUT", {"text": "x"}), ("DELETE", None)):
            refused = desk.ask(method, path, body, headers=theirs, expect=403)
            assert refused["type"] == "urn:tsunagi:problem:PermissionDenied"
    cells = {"cells": {"Standard": {"books.invoice:email": True}}}
    desk.ask("PATCH", "permissions/matrix", cells, headers=theirs, expect=403)


@pytest.mark.parametrize(
    "name", ["notes.txt", "automations/x_test.yaml", "automations/..%2F..%2Fx.yaml", "sync/x.yaml"]
)
def test_nothing_is_written_beside_the_rules(desk: Any, name: str) -> None:
    problem = desk.ask("PUT", f"rules/files/{name}", {"text": TEXT}, headers={"If-None-Match": "*"}, expect=422)
    assert problem["type"] == "urn:tsunagi:problem:FileNameInvalid"


def test_a_file_that_is_no_text_is_not_written_over(desk: Any) -> None:
    name, new = "automations/latin.yaml", {"If-None-Match": "*"}
    path = Path(desk.hub.settings.rules_dir, name)
    path.write_bytes(b"title: \xe9\n")
    try:
        refused = desk.ask("PUT", f"rules/files/{name}", {"text": TEXT}, headers=new, expect=409)
        assert refused["errors"][0]["line"] == 1
        assert path.read_bytes() == b"title: \xe9\n"
    finally:
        path.unlink()


def test_permission_files_are_made_changed_and_taken_away(desk: Any) -> None:
    desk.ask("DELETE", "permissions/files/permissions/starter.yaml", headers={"If-Match": "*"}, expect=409)
    new = {"If-None-Match": "*"}
    wrong = desk.ask("PUT", SALES, {"text": PERMISSIONS.replace("email]", "mial]")}, headers=new, expect=422)
    assert [(each["line"], each["file"]) for each in wrong["errors"]] == [(6, "permissions/sales.yaml")]
    shut = PERMISSIONS.replace(
        "permit, who: {profiles: [Standard]}, actions: [email], on: [documents]",
        "forbid, who: everyone, actions: all, on: all",
    )
    assert "lock out" in desk.ask("PUT", SALES, {"text": shut}, headers=new, expect=422)["errors"][0]["message"]

    made = desk.api.put(f"/api/{SALES}", json={"text": PERMISSIONS}, headers=new)
    assert made.status_code == 201, made.text
    assert {(each["profile"], each["after"]) for each in made.json()["changes"]} == {("Standard", "permitted")}
    assert made.headers["etag"] == desk.api.get(f"/api/{SALES}").headers["etag"]
    more = PERMISSIONS.replace("[email]", "[email, create]")
    desk.ask("PUT", SALES, {"text": more}, headers={"If-Match": made.headers["etag"]})
    desk.ask("PUT", SALES, {"text": PERMISSIONS}, headers={"If-Match": made.headers["etag"]}, expect=412)
    assert written(desk, SALES) == more
    names = [each["file"] for each in desk.ask("GET", "permissions/files")["items"]]
    assert names == ["permissions/sales.yaml", "permissions/starter.yaml"]
    desk.ask("DELETE", SALES, headers=tag(desk, SALES), expect=204)
    desk.ask("GET", SALES, expect=404)
    assert [each["details"] for each in acts(desk, "permissions:edit")] == [{"removed": True}, {}, {}]


def test_cells_of_the_matrix_are_changed_all_or_none(desk: Any) -> None:
    cell = {"cells": {"Standard": {"books.invoice:email": True}}}
    desk.ask("PATCH", "permissions/matrix", cell, expect=428)
    read = tag(desk, "permissions/matrix")
    unknown = {
        "cells": {
            "Standard": {"books.invoice:email": True, "books.invoice:eat": True},
            "Nobody": {"books.invoice:email": True},
        }
    }
    refused = desk.ask("PATCH", "permissions/matrix", unknown, headers=read, expect=422)
    assert [each["field"] for each in refused["errors"]] == [
        "cells.Nobody.books.invoice:email",
        "cells.Standard.books.invoice:eat",
    ]
    assert tag(desk, "permissions/matrix") == read
    done = desk.api.patch("/api/permissions/matrix", json=cell, headers=read)
    assert ("Standard", "books.invoice:email", "permitted") in {
        (each["profile"], each["action"], each["after"]) for each in done.json()["changes"]
    }
    assert done.headers["etag"] == tag(desk, "permissions/matrix")["If-Match"]
    desk.ask("PATCH", "permissions/matrix", cell, headers=read, expect=412)
