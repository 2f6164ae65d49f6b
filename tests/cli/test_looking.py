"""Commands that look at an installation in which little has happened."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Inside = Callable[..., Any]


def test_a_new_installation_says_what_comes_next(inside: Inside) -> None:
    assert "tsunagi sync" in inside("runs", "list").err
    assert inside("runs", "list", "--json").json == []
    assert inside("runs", "show").code == 2
    assert "tsunagi runs list" in inside("runs", "show", "sync-none").err
    assert inside("accounts", "list", "--json").json == {"accounts": [], "count": 0, "next": None}
    unknown = inside("accounts", "show", "Nobody Ltd")
    assert unknown.code == 2
    assert "Nobody Ltd" in unknown.err
    assert inside("records", "list", "vendor", "--json").json == {"records": [], "count": 0, "next": None}
    for asked, said in ((("list", "lead"), "vendor, product"), (("show", "nonsense"), "crm:vendor:1001")):
        refused = inside("records", *asked)
        assert (refused.code, said in refused.err) == (2, True)
    assert "no record" in inside("records", "show", "crm:vendor:1").err


def test_the_tables_are_made_once(inside: Inside) -> None:
    first, second = inside("db", "upgrade", "--json"), inside("db", "upgrade", "--json")
    assert first.json["before"] is None
    assert first.json["after"] == second.json["before"] == second.json["after"]
    assert inside("db", "upgrade").out.startswith("The tables are at the newest version")


def test_settings_are_masked_and_say_where_they_come_from(
    inside: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TSUNAGI_DATABASE_URL", "postgresql://hub:very-secret@db/tsunagi")
    monkeypatch.setenv("TSUNAGI_SECRET_KEYS", '["c2VjcmV0LWtleS1zZWNyZXQta2V5LXNlY3JldC1rZXk="]')
    ended = inside("--home", str(tmp_path / "else"), "settings", "show", "--json")
    shown = ended.json
    assert shown["home"] == {"value": str(tmp_path / "else"), "source": "flag"}
    assert shown["database_url"]["source"] == "environment"
    assert shown["secret_keys"]["value"] == ["********"]
    assert "very-secret" not in ended.out
    assert "c2VjcmV0" not in ended.out + inside("settings", "show").out


def test_a_setting_that_cannot_be_meant_is_named(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TSUNAGI_MATCHER", "magic")
    ended = inside("--language", "ja", "connections", "--json")
    assert ended.code == 2
    assert "matcher" in ended.json["error"]["message"]
    assert "設定に誤りがあります" in ended.err
    # Help is there all the same.
    assert inside("--help").code == 0


def test_the_language_of_the_settings_holds_unless_another_is_asked_for(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / ".tsunagi").mkdir()
    (tmp_path / ".tsunagi" / "tsunagi.toml").write_text('language = "ja"\n')
    assert "同期はまだ実行されていません" in inside("runs", "list").err
    assert "There was no sync yet" in inside("--language", "en", "runs", "list").err
