"""Plugins at the command line: listed, isolated, and with commands of their own."""

from pathlib import Path
from typing import Any

import pytest

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
BROKEN = "from tsunagi import hookimpl\nraise RuntimeError('no such luck')\n"
MISSPELT = "from tsunagi import hookimpl\n\n@hookimpl\ndef register_connector():\n    return []\n"
FAILING = "from tsunagi import hookimpl\n\n@hookimpl\ndef register_commands():\n    raise KeyError('lost')\n"
NAMELESS = (
    "import typer\nfrom tsunagi import hookimpl\n\n@hookimpl\ndef register_commands():\n    return [typer.Typer()]\n"
)


@pytest.fixture
def add_plugin(tsunagi: Any) -> Any:
    """Installs a plugin of one module, as a package manager would."""
    site = Path(tsunagi.folder) / "site"
    tsunagi.environment["PYTHONPATH"] = str(site)

    def add(name: str, source: str) -> None:
        information = site / f"plugin_{name}-1.5.dist-info"
        information.mkdir(parents=True)
        (site / f"plugin_{name}.py").write_text(source)
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: plugin-{name}\nVersion: 1.5\n")
        (information / "entry_points.txt").write_text(f"[tsunagi]\n{name} = plugin_{name}\n")

    return add


def test_a_broken_plugin_is_named_and_the_hub_runs_on(tsunagi: Any, add_plugin: Any) -> None:
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

    people = tsunagi("--language", "ja", "plugins", "list")
    assert "プラグイン「broken」を読み込めません" in people.out
    running_on = tsunagi("connections", "--json")
    assert (running_on.code, running_on.json) == (0, [])


def test_a_plugin_adds_a_command(tsunagi: Any, add_plugin: Any) -> None:
    add_plugin("greeting", GREETING.format(name="greet"))
    assert "Greets somebody." in tsunagi("--help").out
    ended = tsunagi("greet", "--name", "つなぎ")
    assert (ended.code, ended.out) == (0, "hello つなぎ\n")
    assert "--install-completion" not in tsunagi("greet", "--help").out


def test_commands_that_cannot_be_used_are_left_out_by_name(tsunagi: Any, add_plugin: Any) -> None:
    add_plugin("failing", FAILING)
    add_plugin("nameless", NAMELESS)
    add_plugin("usurper", GREETING.format(name="sync"))
    ended = tsunagi("--help")
    assert ended.code == 0
    assert "'failing' are left out" in ended.err
    assert "'nameless' are left out" in ended.err
    assert "there is a command 'sync' already" in ended.err
    # Whoever only completes a word is not told.
    tsunagi.environment |= {"_TSUNAGI_COMPLETE": "complete_bash", "COMP_WORDS": "tsunagi ", "COMP_CWORD": "1"}
    assert tsunagi().err == ""


def test_a_plugin_that_is_switched_off_brings_no_command(tsunagi: Any, add_plugin: Any) -> None:
    add_plugin("greeting", GREETING.format(name="greet"))
    tsunagi.environment["TSUNAGI_DISABLED_PLUGINS"] = '["greeting"]'
    assert tsunagi("greet").code == 2
