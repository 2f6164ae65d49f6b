"""Plugins are loaded one at a time: whatever is wrong with one is named, and the others work on."""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tsunagi import EntityType, PairEnd, Panel, SyncPair, Text, hookimpl
from tsunagi.domain.mapping import Mapping
from tsunagi.plugin_loading import LoadedPlugins, PluginReport, load_plugins


def named(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    function.__name__ = name
    return hookimpl(function)


def plugin(**hooks: Callable[..., Any]) -> SimpleNamespace:
    return SimpleNamespace(**{name: named(hook, name) for name, hook in hooks.items()})


def kind(service: str, name: str) -> EntityType:
    return EntityType(service, name, Text.same(name), Text.same(name), ())


def load(**plugins: object) -> LoadedPlugins:
    return load_plugins(extra=plugins)


def report(loaded: LoadedPlugins, name: str) -> PluginReport:
    return next(entry for entry in loaded.reports if entry.name == name)


def install(folder: Path, name: str, source: str) -> None:
    """What installing a distribution with one plugin leaves behind."""
    (folder / f"{name}_plugin.py").write_text(source, encoding="utf-8")
    info = folder / f"{name}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[tsunagi]\n{name} = {name}_plugin\n", encoding="utf-8")


def test_the_built_in_plugins_come_by_the_same_door() -> None:
    loaded = load()
    assert {"books", "crm"} <= {entry.name for entry in loaded.reports if entry.state == "active"}
    assert report(loaded, "books").distribution == "tsunagi"
    assert {"books", "crm"} <= set(loaded.registry.connectors)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import a_module_nobody_has", "a_module_nobody_has"),
        ("def broken(:\n    pass", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("class Odd(BaseException): pass\nraise Odd('strange')", "Odd: strange"),
        ("from tsunagi import hookimpl\n@hookimpl\ndef register_panel(): return []", "register_panels"),
        ("from tsunagi import hookimpl\n@hookimpl\ndef register_panels(what): return []", "what"),
        ("from tsunagi import hookimpl\n@hookimpl\ndef register_panels(): return 1 / 0", "ZeroDivisionError"),
        ("from tsunagi import hookimpl\n@hookimpl\ndef register_panels(): raise SystemExit(4)", "SystemExit: 4"),
        ("from tsunagi import hookimpl\n@hookimpl\ndef register_panels(): return 'one'", "Sequence[Panel]"),
        ("from tsunagi import hookimpl\n@hookimpl\ndef register_panels(): return [None]", "list[NoneType]"),
        ("from tsunagi import hookimpl\n@hookimpl\ndef register_panels(): yield", "generator"),
        ("from tsunagi import hookimpl\n@hookimpl(wrapper=True)\ndef on_event(event): yield", "wrapper"),
        ("from tsunagi import hookimpl\n@hookimpl(hookwrapper=True)\ndef on_event(event): yield", "wrapper"),
        ("from tsunagi import hookimpl\ntsunagi_contract = 99\n", "99"),
    ],
    ids=[
        "missing module",
        "syntax",
        "exits",
        "interrupts",
        "no exception",
        "misspelt hook",
        "unknown argument",
        "raises",
        "hook exits",
        "text for a list",
        "list of nothing",
        "generator",
        "wrapper",
        "old wrapper",
        "other contract",
    ],
)
def test_a_plugin_that_cannot_be_used_is_named_and_the_others_work_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, said: str
) -> None:
    install(tmp_path, "acme", source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "acme_plugin", raising=False)
    loaded = load()

    acme = report(loaded, "acme")
    assert acme.state == "failed"
    assert acme.distribution == "acme"
    assert acme.version == "1.2"
    assert acme.problem is not None
    assert said in acme.problem.en
    assert said in acme.problem.ja
    assert report(loaded, "books").state == "active"


def test_a_plugin_can_be_switched_off() -> None:
    loaded = load_plugins(disabled=["books"])
    assert report(loaded, "books").state == "disabled"
    assert "books" not in loaded.registry.connectors


def test_two_plugins_cannot_bring_the_same_thing() -> None:
    first = plugin(register_entity_types=lambda: [kind("acme", "thing")])
    second = plugin(register_entity_types=lambda: [kind("acme", "thing"), kind("acme", "other")])
    loaded = load(first=first, second=second)

    problem = report(loaded, "second").problem
    assert report(loaded, "second").state == "failed"
    assert problem is not None
    assert "first" in problem.en
    assert "second" in problem.en
    # Nothing of the one that was left out stays behind.
    assert "acme.other" not in loaded.registry.entities


def test_a_pair_whose_other_half_nobody_brings_is_left_out_alone() -> None:
    pair = SyncPair("acme.things", Text.same("x"), PairEnd("acme", "thing"), PairEnd("gone", "thing"), Mapping(()))
    acme = plugin(register_entity_types=lambda: [kind("acme", "thing")], register_sync_pairs=lambda: [pair])
    loaded = load(acme=acme)

    assert report(loaded, "acme").state == "active"
    problem = report(loaded, "acme").problem
    assert problem is not None
    assert "gone.thing" in problem.en
    assert "acme.things" not in loaded.registry.pairs
    assert "acme.thing" in loaded.registry.entities


def test_panels_are_shown_in_the_order_plugins_give_them() -> None:
    panels = [Panel("acme", name, "thing", Text.same(name), ("account",)) for name in ("b", "a")]
    loaded = load(acme=plugin(register_panels=lambda: panels))
    assert [panel.name for panel in loaded.registry.panels_on("account") if panel.service == "acme"] == ["b", "a"]


def test_a_plugin_that_never_finishes_loading_is_left_out() -> None:
    hung = threading.Event()

    def hang() -> None:
        hung.wait()

    plugins = {"slow": plugin(register_panels=hang), "quick": plugin(on_event=lambda event: None)}
    built_in = [entry.name for entry in load().reports]
    loaded = load_plugins(disabled=built_in, extra=plugins, seconds=0.5)
    hung.set()
    assert report(loaded, "slow").problem == Text(
        en="The plugin 'slow' did not answer within 0.5 s.", ja="プラグイン「slow」が 0.5 秒以内に応答しませんでした。"
    )
    assert report(loaded, "quick").state == "active"
