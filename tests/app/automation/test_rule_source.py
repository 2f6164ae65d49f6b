"""Rules change while the hub runs: taken whole or not at all, every version kept, and any put back."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tsunagi.app.automation.rule_source import RuleSource
from tsunagi.app.automation.rule_versions import difference, keep_rules, roll_back, versions
from tsunagi.app.settings import load_settings
from tsunagi.errors import ConfigError
from tsunagi.hub import Hub

STARTER = Path(__file__).parents[3] / "rules" / "automations" / "deal_won_invoice.yaml"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules" / "automations"
    folder.mkdir(parents=True)
    (folder / "first.yaml").write_text(STARTER.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


@pytest.fixture
def hub(tmp_path: Path, rules: Path) -> Iterator[Hub]:
    with Hub(load_settings(home=tmp_path / "hub", rules_dir=rules.parent)) as hub:
        yield hub


def look(hub: Hub) -> None:
    source = hub.context.rule_book
    assert isinstance(source, RuleSource)
    source.look_again()


def another(rules: Path, name: str) -> str:
    text = (rules / "first.yaml").read_text(encoding="utf-8")
    return text.replace("automation: deal_won_invoice", f"automation: {name}")


def test_a_change_counts_in_every_open_hub_without_a_restart(hub: Hub, rules: Path, tmp_path: Path) -> None:
    with Hub(load_settings(home=tmp_path / "hub", rules_dir=rules.parent)) as second:
        assert [*hub.rules.automations] == [*second.rules.automations] == ["deal_won_invoice"]
        (rules / "second.yaml").write_text(another(rules, "second"), encoding="utf-8")
        for each in (hub, second):
            look(each)
            assert [*each.rules.automations] == ["deal_won_invoice", "second"]
            assert each.context.rules is each.rules
        (rules / "second.yaml").unlink()
        look(second)
        assert [*second.rules.automations] == ["deal_won_invoice"]


def test_a_change_with_a_mistake_is_listed_and_not_taken(hub: Hub, rules: Path) -> None:
    before = hub.rules
    good = (rules / "first.yaml").read_text(encoding="utf-8")
    (rules / "second.yaml").write_text(another(rules, "second"), encoding="utf-8")
    (rules / "first.yaml").write_text(good.replace("deal.amount", "deal.amuont"), encoding="utf-8")
    look(hub)
    # Neither the broken file nor the good one beside it; what ran goes on.
    assert (hub.rules.automations, hub.rules.version) == (before.automations, before.version)
    (broken,) = hub.rules.broken
    assert "Did you mean 'amount'?" in broken.errors[0].reason.en
    (rules / "first.yaml").write_text(good, encoding="utf-8")
    look(hub)
    assert [*hub.rules.automations] == ["deal_won_invoice", "second"]
    assert hub.rules.broken == ()


def test_a_mistake_from_the_start_leaves_the_others_running(hub: Hub, rules: Path) -> None:
    (rules / "second.yaml").write_text(another(rules, "second").replace("deal.won", "deal.wno"), encoding="utf-8")
    assert [*hub.rules.automations] == ["deal_won_invoice"]
    assert [broken.id for broken in hub.rules.broken] == ["second"]
    # What was broken already keeps no other change out.
    (rules / "third.yaml").write_text(another(rules, "third"), encoding="utf-8")
    look(hub)
    assert [*hub.rules.automations] == ["deal_won_invoice", "third"]


def test_rules_that_are_away_are_not_replaced_by_the_starter_rules(hub: Hub, rules: Path) -> None:
    """As while a checkout replaces them: rules, permissions and sync settings stay what they were."""
    folder = rules.parent
    (folder / "sync").mkdir()
    off = "version: 1\npair: books.customers\nenabled: false\n"
    (folder / "sync" / "books_customers.yaml").write_text(off, encoding="utf-8")
    permissions = (STARTER.parents[1] / "permissions" / "starter.yaml").read_text(encoding="utf-8")
    (folder / "permissions").mkdir()
    ours = permissions.replace("permissions: starter", "permissions: ours")
    (folder / "permissions" / "ours.yaml").write_text(ours, encoding="utf-8")
    hub.pair_settings.refresh()
    before = (hub.rules, hub.pair_settings.book(), hub.context.permissions.book)
    folder.rename(folder.with_name("aside"))

    hub.pair_settings.refresh()
    hub.context.permissions.look_again()
    look(hub)
    assert (hub.rules, hub.pair_settings.book(), hub.context.permissions.book) == before
    with pytest.raises(ConfigError, match="This installation's rules are in"), Hub(hub.settings):
        pass
    folder.with_name("aside").rename(folder)
    (rules / "second.yaml").write_text(another(rules, "second"), encoding="utf-8")
    look(hub)
    assert [*hub.rules.automations] == ["deal_won_invoice", "second"]


def test_a_command_started_elsewhere_does_not_take_other_rules_for_its_own(
    rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.chdir(tmp_path)
    with Hub(load_settings(home=home)) as hub:
        assert [*hub.rules.automations] == ["deal_won_invoice"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    for made in (elsewhere, elsewhere / "rules"):
        made.mkdir(exist_ok=True)
        with pytest.raises(ConfigError, match=re.escape(f"rules are in {rules.parent}, not in")) as refused:
            Hub(load_settings(home=home))
        assert "TSUNAGI_RULES_DIR" in str(refused.value.hint)
    # Whoever means another folder names it in full.
    with Hub(load_settings(home=home, rules_dir=elsewhere / "rules")) as hub:
        assert not hub.rules.automations


def test_files_that_are_still_being_written_are_waited_for(hub: Hub, rules: Path) -> None:
    book = hub.rules
    later = another(rules, "second")

    def read_while_somebody_writes() -> object:
        (rules / "second.yaml").write_text(later, encoding="utf-8")
        return hub._read_rules()

    (rules / "first.yaml").touch()
    source = RuleSource(read_while_somebody_writes, hub._rules_folder)  # type: ignore[arg-type]
    source._book = book
    assert source.look_again() is book


def test_nobody_waits_for_a_reload(hub: Hub, rules: Path) -> None:
    book, reading, go_on = hub.rules, threading.Event(), threading.Event()

    def read_slowly() -> object:
        reading.set()
        assert go_on.wait(20)
        return hub._read_rules()

    source = RuleSource(read_slowly, hub._rules_folder)  # type: ignore[arg-type]
    source._book = book
    thread = threading.Thread(target=source.look_again)
    thread.start()
    assert reading.wait(20)
    assert source.look_again() is book
    go_on.set()
    thread.join()


def test_versions_are_kept_and_put_back(hub: Hub, rules: Path) -> None:
    keep_rules(hub.context)
    first = hub.rules.version
    good = (rules / "first.yaml").read_text(encoding="utf-8")
    (rules / "second.yaml").write_text(another(rules, "second"), encoding="utf-8")
    (rules / "first.yaml").write_text(good.replace("greater_than: 0", "greater_than: 5"), encoding="utf-8")
    look(hub)
    keep_rules(hub.context)
    latest, oldest = versions(hub.context)
    assert (latest.added, latest.changed) == (("automations/second.yaml",), ("automations/first.yaml",))
    assert (latest.in_force, oldest.in_force, oldest.version) == (True, False, first)
    lines = difference(hub.context, latest.version[:12])
    assert "+  - {field: deal.amount, greater_than: 5}" in lines

    second = hub.rules.version
    # A comment nobody decided by yet is no less a version.
    (rules / "second.yaml").write_text(another(rules, "second") + "# mine\n", encoding="utf-8")
    look(hub)
    done = roll_back(hub.context, None, rules.parent, first)
    assert (done.written, done.removed) == (("automations/first.yaml",), ("automations/second.yaml",))
    look(hub)
    assert hub.rules.version == first
    assert (rules / "first.yaml").read_text(encoding="utf-8") == good
    keep_rules(hub.context)
    assert versions(hub.context)[0].in_force
    assert len(versions(hub.context)) == 3
    # And back again, to what was there before.
    roll_back(hub.context, None, rules.parent)
    assert (rules / "second.yaml").read_text(encoding="utf-8").endswith("# mine\n")
    with pytest.raises(ConfigError, match="There is no one version 'nope'"):
        roll_back(hub.context, None, rules.parent, "nope")
    assert second[:12] in {each.version[:12] for each in versions(hub.context)}
