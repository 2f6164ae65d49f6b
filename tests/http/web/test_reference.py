"""The API as a page: found by words, told in full, with a call that can be copied as it is."""

import html
import re
import shlex
from typing import Any

import httpx2
import pytest
from filled_hub import filled_hub
from signing_in import let_in, sign_in

from tsunagi.http.reference import groups
from tsunagi.http.server import running


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with (
        filled_hub(tmp_path_factory.mktemp("hub")) as hub,
        running(hub, work=False) as served,
        httpx2.Client(base_url=served.base_url, timeout=20) as client,
    ):
        token = let_in(hub)
        sign_in(client, token)
        yield client, token


def test_operations_are_found_by_words_and_led_to(reader: Any) -> None:
    client, _token = reader
    everything = client.get("/reference").text
    description = client.get("/reference/openapi.json").json()
    operations = [(m, p, each) for p, methods in description["paths"].items() for m, each in methods.items()]
    shown = set(re.findall(r'href="/reference/([\w-]+)#(\w+)"', everything))
    assert {id for _, id in shown} == {each["operationId"] for *_, each in operations}
    few = client.get("/reference", params={"search": "pause run"}).text
    assert re.findall(r'href="/reference/[\w-]+#(\w+)"', few) == ["sync_runs_pause_run"]
    assert "該当する操作はありません" in client.get("/reference", params={"search": "xyzzy", "lang": "ja"}).text
    assert client.get("/reference/nothing").status_code == 404
    assert 'href="/reference"' in client.get("/accounts").text
    for tag in sorted({tag for tag, _ in shown}):
        page = client.get(f"/reference/{tag}").text
        for _, id in (each for each in shown if each[0] == tag):
            assert f'id="{id}"' in page


def test_an_operation_tells_what_it_takes_answers_and_refuses(reader: Any) -> None:
    client, _token = reader
    page = html.unescape(client.get("/reference/rules").text)
    section = page[page.index('id="files_write_rule_file"') :]
    section = section[: section.index("</section>")]
    for told in (
        "PUT",
        "/api/rules/files/{file}",
        "If-Match",
        "rules:edit",
        "428 PreconditionRequired",
        "errors[].line",
    ):
        assert told in section
    assert "/reference#FileRefused" in section


def test_every_problem_that_is_named_is_one_there_is(reader: Any) -> None:
    client, _token = reader
    description = client.get("/reference/openapi.json").json()
    for group in groups(description):
        for each in group.operations:
            assert bool(each.problems) == (each.id != "operations_health"), each.id


def test_examples_can_be_copied(reader: Any) -> None:
    """A shell understands each; the first one is made."""
    client, token = reader
    for group in groups(client.get("/reference/openapi.json").json()):
        for each in group.operations:
            words = shlex.split(each.example.replace("\\\n", " "))
            assert words[0] == "curl"
            assert "{" not in words[1 if each.method == "GET" else 3]
    page = html.unescape(client.get("/reference/accounts").text)
    example = page[page.index('class="curl"') :].partition("<code>")[2].partition("</code>")[0]
    written = example.replace("$HUB", str(client.base_url).rstrip("/")).replace("$TOKEN", token)
    _curl, address, _h, header = shlex.split(written.replace("\\\n", " "))
    name, _, value = header.partition(": ")
    assert httpx2.get(address, headers={name: value}).json()["items"]
