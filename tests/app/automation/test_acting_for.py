"""A rule that acts for a person may do what that person may, or it does not load."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tsunagi.app.automation.rule_book import actor_problem
from tsunagi.app.automation.rule_source import RuleSource
from tsunagi.app.settings import load_settings
from tsunagi.domain.directory import Person
from tsunagi.hub import Hub
from tsunagi.store.people import People

STARTER = Path(__file__).parents[3] / "rules" / "automations" / "deal_won_invoice.yaml"
HANAKO = Person("crm", "1", "hanako@example.com", "Hanako", "Administrator", administrator=True)
ICHIRO = Person("crm", "2", "ichiro@example.com", "Ichiro", "Guest")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    folder = tmp_path / "rules" / "automations"
    folder.mkdir(parents=True)
    text = STARTER.read_text(encoding="utf-8")
    (folder / "plain.yaml").write_text(text, encoding="utf-8")
    for name in ("hanako", "ichiro", "nobody"):
        own = text.replace("automation: deal_won_invoice", f"automation: for_{name}")
        (folder / f"{name}.yaml").write_text(f"{own}run_as: {name}@example.com\n", encoding="utf-8")
    with Hub(load_settings(home=tmp_path / "hub", rules_dir=folder.parent)) as hub:
        people(hub, HANAKO, ICHIRO)
        yield hub


def people(hub: Hub, *known: Person) -> None:
    with hub.store.write() as session:
        People(session).replace_all("crm", known, hub.context.now())


def look(hub: Hub) -> None:
    source = hub.context.rule_book
    assert isinstance(source, RuleSource)
    source.look_again()


def test_only_who_is_there_and_may_is_acted_for(hub: Hub) -> None:
    assert [*hub.rules.automations] == ["for_hanako", "deal_won_invoice"]
    broken = {rule.id: rule.errors[0] for rule in hub.rules.broken}
    assert "ichiro@example.com" in broken["for_ichiro"].reason.en
    assert "no user 'nobody@example.com'" in broken["for_nobody"].reason.en
    assert "利用者" in broken["for_nobody"].reason.ja
    assert (broken["for_nobody"].path, broken["for_nobody"].field) == ("automations/nobody.yaml", "run_as")
    assert broken["for_nobody"].line == 22


def test_a_right_that_is_given_or_taken_counts_at_once(hub: Hub) -> None:
    assert "for_hanako" in hub.rules.automations
    people(hub, replace(HANAKO, active=False), replace(ICHIRO, administrator=True, profile="Administrator"))
    # Even before the rules are looked at again.
    assert actor_problem(hub.context, HANAKO.email, ["invoice:create"]) is not None
    look(hub)
    assert [*hub.rules.automations] == ["for_ichiro", "deal_won_invoice"]
    assert {rule.id for rule in hub.rules.broken} == {"for_hanako", "for_nobody"}
