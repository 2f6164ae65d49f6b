"""Plugins at the command line: listed, isolated, and with commands of their own."""

import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Inside = Callable[..., Any]
Add = Callable[[str, str], None]

GREETING = """
import typer
from tsunagi import hookimpl

app = typer.Typer(name="{name}")

@app.command()
def greet(name: str = "world"):
    "Greets somebody."
    print("hello " + name)

@hookimpl
def register_commands():
    return [app]
"""
TALKATIVE = """
from tsunagi import hookimpl
print("while loading")

@hookimpl
def register_panels():
    print("while answering")
    return []
"""
# Its package is imported before anybody knows what is in it.
DEEP = "raise SystemExit('too deep')\n"
BROKEN = "from tsunagi import hookimpl\nraise RuntimeError('no such luck')\n"
MISSPELT = "from tsunagi import hookimpl\n\n@hookimpl\ndef register_connector():\n    return []\n"
FAILING = "from tsunagi import hookimpl\n\n@hookimpl\ndef register_commands():\n    raise KeyError('lost')\n"
NAMELESS = (
    "import typer\nfrom tsunagi import hookimpl\n\n@hookimpl\ndef register_commands():\n    return [typer.Typer()]\n"
)


@pytest.fixture
def add_plugin(tmp_path: Path, tsunagi: Any, monkeypatch: pytest.MonkeyPatch) -> Add:
    """Installs a plugin of one module, as a package manager would."""
    site = tmp_path / "site"
    tsunagi.environment["PYTHONPATH"] = ":".join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    monkeypatch.syspath_prepend(site)

    def add(name: str, source: str) -> None:
        information = site / f"plugin_{name}-1.5.dist-info"
        information.mkdir(parents=True)
        (site / f"plugin_{name}.py").write_text(source)
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: plugin-{name}\nVersion: 1.5\n")
        (information / "entry_points.txt").write_text(f"[tsunagi]\n{name} = plugin_{name}\n")
        importlib.invalidate_caches()

    return add


def test_a_broken_plugin_is_named_and_the_hub_runs_on(tsunagi: Any, add_plugin: Add) -> None:
    add_plugin("broken", BROKEN)
    add_plugin("misspelt", MISSPELT)
    listed = tsunagi("plugins", "list", "--json")
    assert listed.code == 0
    reports = {report["name"]: report for report in listed.json}
    assert reports["crm"]["state"] == "active"
    assert "crm.account" in reports["crm"]["brings"]["entities"]
    assert (reports["broken"]["state"], reports["broken"]["version"]) == ("failed", "1.5")
    assert "no such luck" in reports["broken"]["problem"]
    assert "register_connectors" in reports["misspelt"]["problem"]
    running_on = tsunagi("connections", "--json")
    assert (running_on.code, running_on.json) == (0, [])


def test_what_a_plugin_prints_breaks_no_answer(tsunagi: Any, add_plugin: Add) -> None:
    add_plugin("talkative", TALKATIVE)
    listed = tsunagi("plugins", "list", "--json")
    assert {report["name"]: report["state"] for report in listed.json}["talkative"] == "active"
    for said in ("while loading", "while answering"):
        assert f"plugin 'talkative' printed: {said}" in listed.err


def test_a_package_that_exits_while_it_is_looked_for_ends_nothing(
    inside: Inside, add_plugin: Add, tmp_path: Path
) -> None:
    add_plugin("deep", "")
    package = tmp_path / "site" / "deep_package"
    package.mkdir()
    (package / "__init__.py").write_text(DEEP)
    points = tmp_path / "site" / "plugin_deep-1.5.dist-info" / "entry_points.txt"
    points.write_text("[tsunagi]\ndeep = deep_package.hooks\n")
    ended = inside("--help")
    assert ended.code == 0
    assert "too deep" in ended.err


def test_what_is_wrong_with_a_plugin_is_told_in_japanese_too(inside: Inside, add_plugin: Add) -> None:
    add_plugin("unlucky", BROKEN)
    assert "プラグイン「unlucky」を読み込めません" in inside("--language", "ja", "plugins", "list").out


def test_a_plugin_adds_a_command(tsunagi: Any, inside: Inside, add_plugin: Add) -> None:
    add_plugin("greeting", GREETING.format(name="greet"))
    ended = tsunagi("greet", "--name", "つなぎ")
    assert (ended.code, ended.out) == (0, "hello つなぎ\n")
    assert "Greets somebody." in inside("--help").out
    assert "--install-completion" not in inside("greet", "--help").out


def test_commands_that_cannot_be_used_are_left_out_by_name(tsunagi: Any, inside: Inside, add_plugin: Add) -> None:
    add_plugin("failing", FAILING)
    add_plugin("nameless", NAMELESS)
    add_plugin("usurper", GREETING.format(name="sync"))
    ended = inside("--help")
    assert ended.code == 0
    assert "'failing' are left out" in ended.err
    assert "'nameless' are left out" in ended.err
    assert "there is a command 'sync' already" in ended.err
    # Whoever only completes a word is not told.
    tsunagi.environment |= {"_TSUNAGI_COMPLETE": "complete_bash", "COMP_WORDS": "tsunagi ", "COMP_CWORD": "1"}
    assert tsunagi().err == ""


def test_a_plugin_that_is_switched_off_brings_no_command(
    inside: Inside, add_plugin: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_plugin("hidden", GREETING.format(name="hide"))
    monkeypatch.setenv("TSUNAGI_DISABLED_PLUGINS", '["hidden"]')
    assert inside("hide").code == 2


def test_a_fault_in_a_plugins_command_is_put_in_words(inside: Inside, add_plugin: Add) -> None:
    add_plugin("clumsy", GREETING.format(name="stumble").replace('print("hello " + name)', "raise KeyError(name)"))
    ended = inside("stumble")
    assert ended.code == 1
    assert "KeyError: 'world'" in ended.err
    assert "Traceback" not in ended.err
    assert "Traceback" in inside("--log-level", "DEBUG", "stumble").err
