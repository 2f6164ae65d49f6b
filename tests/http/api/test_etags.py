"""What has not changed is not sent again; a change of what somebody else has changed since is refused."""

from typing import Any

import httpx2
import pytest
from filled_hub import AOZORA

READ = ["accounts", f"accounts/{AOZORA.id}", "sync-pairs/books.customers", "rules/recipe", "features", "rules"]


@pytest.mark.parametrize("path", READ)
def test_what_is_known_is_not_sent_again(api: httpx2.Client, path: str) -> None:
    first = api.get(f"/api/{path}")
    tag = first.headers["etag"]
    assert "no-store" not in first.headers["cache-control"]
    for known in (tag, f'"other", W/{tag}'):
        again = api.get(f"/api/{path}", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert api.get(f"/api/{path}", headers={"If-None-Match": '"other"'}).json() == first.json()


def test_refusals_and_files_have_none(api: httpx2.Client) -> None:
    for path in ("accounts/0", "documents/export?service=books&kind=invoice"):
        assert "etag" not in api.get(f"/api/{path}").headers


def test_a_change_of_what_was_changed_since_is_refused(desk: Any) -> None:
    path = "/api/sync-pairs/books.customers"
    read = desk.api.get(path)
    tag = read.headers["etag"]
    done = desk.api.patch(path, json={"values": {"enabled": "false"}}, headers={"If-Match": tag})
    assert done.status_code == 200, done.text
    now = desk.api.get(path).headers["etag"]
    assert now != tag
    refused = desk.api.patch(path, json={"values": {"enabled": "true"}}, headers={"If-Match": tag})
    assert refused.status_code == 412
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["etag"] == refused.json()["etag"] == now
    assert refused.json()["type"] == "urn:tsunagi:problem:PreconditionFailed"
    assert desk.api.get(path).headers["etag"] == now
    for matching in ("{}", "*", '"other", {}'):
        headers = {"If-Match": matching.format(desk.api.get(path).headers["etag"])}
        assert desk.api.patch(path, json={"values": {"enabled": "true"}}, headers=headers).status_code == 200
    # Whoever sends none changes it as before.
    assert desk.api.patch(path, json={"values": {"enabled": "true"}}).status_code == 200


def test_so_is_the_recipe(desk: Any) -> None:
    path = "/api/rules/recipe"
    wrong = desk.api.put(path, json={"recipe": "none"}, headers={"If-Match": '"other"'})
    assert (wrong.status_code, wrong.json()["etag"]) == (412, desk.api.get(path).headers["etag"])


def test_the_description_says_where(api: httpx2.Client) -> None:
    paths = api.get("/api/openapi.json").json()["paths"]
    named = {
        (method, path): {each["name"] for each in operation.get("parameters", [])}
        for path, operations in paths.items()
        for method, operation in operations.items()
    }
    assert "304" in paths["/api/accounts/{id}"]["get"]["responses"]
    assert "If-None-Match" in named["get", "/api/accounts/{id}"]
    for method, path in (
        ("patch", "/api/sync-pairs/{pair}"),
        ("put", "/api/rules/recipe"),
        ("patch", "/api/documents/{service}/{entity}/{id}"),
    ):
        assert "If-Match" in named[method, path]
