"""What docs/permissions.md shows, and what the hub comes with, loads and means what it says."""

import re
from pathlib import Path

from tsunagi import Person
from tsunagi.plugin_loading import load_plugins
from tsunagi.rule_files import read_rule_files, starter_rules
from tsunagi.rules.permissions_book import PermissionBook
from tsunagi.rules.permissions_catalogue import Catalogue

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
ICHIRO = Person("crm", "2", "ichiro@example.com", "Ichiro", "Standard", role="")
HANAKO = Person("crm", "1", "hanako@example.com", "Hanako", "Administrator", administrator=True, role="")


def catalogue() -> Catalogue:
    registry = load_plugins().registry
    return Catalogue.of(registry.entities.values(), registry.panels)


def test_the_file_of_the_page_loads() -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    book = PermissionBook.load({"sales.yaml": text}, catalogue())
    assert [error.message.en for error in book.problems] == []
    decide = book.policies.decide
    assert decide(ICHIRO, "invoice.invoice:email").allowed
    assert decide(ICHIRO, "books.estimate:edit").outcome == "depends"
    assert not decide(ICHIRO, "books.sales_order:view").possible


def test_the_starter_file_lets_administrators_do_everything_and_everybody_look() -> None:
    found = read_rule_files(starter_rules(), "permissions")
    book = PermissionBook.load(found.rules, catalogue(), unreadable=found.unreadable)
    assert [error.message.en for error in book.problems] == []
    resources = book.policies.catalogue.resources.values()
    assert {"books.estimate", "tab.books", "tab.invoice", "tab.expense", "receivables"} <= {
        each.name for each in resources
    }
    billing = book.policies.catalogue.resources["subscriptions.subscription"]
    assert billing.verbs == ("view",)
    for action in (action for each in resources for action in each.actions):
        assert book.policies.decide(HANAKO, action).allowed, action
        assert book.policies.decide(ICHIRO, action).allowed == action.endswith(":view"), action
