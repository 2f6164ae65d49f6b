"""What is offered where one types in each kind of file; it never fails, whatever is there."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsunagi.app.views.editing_help import describe, mistakes, suggest
from tsunagi.hub import Hub
from tsunagi.translation import speaking

sys.path.insert(0, str(Path(__file__).parent.parent / "company"))
from filled_hub import filled_hub

RULE = """\
version: 1
automation: big
title: Big deals
trigger: {event: deal.won}
conditions:
  - {field: deal.amount, greater_than: 0}
actions:
  - action: books.invoice.create
    parameters:
      lines: auto
"""
CASES = """\
version: 1
automation: deal_won_invoice
cases:
  - case: a won deal
    event: deal.won
    facts:
      deal: {amount: 1}
    expect: nothing
"""
PERMISSIONS = """\
version: 1
permissions: mine
title: Mine
policies:
  - policy: sales
    effect: permit
    who: {profiles: [Sales]}
    actions: [view]
    on: [documents]
"""
SYNC = "version: 1\npair: books.customers\nduplicates: ask\n"
FILES = {
    "automations/big.yaml": RULE,
    "automations/deal_won_invoice_test.yaml": CASES,
    "permissions/mine.yaml": PERMISSIONS,
    "sync/books.customers.yaml": SYNC,
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with filled_hub(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


def offered(hub: Hub, file: str, typed: str) -> list[str]:
    """What is offered at the | in the text."""
    before, bar, after = typed.partition("|")
    assert bar
    place = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
    found = suggest(hub.context, None, file, before + after, *place)
    return [each.text for each in found.items] if found else []


@pytest.mark.parametrize(
    ("file", "old", "new", "has", "lacks"),
    [
        ("automations/big.yaml", "deal.won", "|", "deal.won", "lines"),
        ("automations/big.yaml", "deal.amount", "|", "deal.amount", "note.total"),
        ("automations/big.yaml", "greater_than: 0", "|", "at_least", "contains"),
        ("automations/big.yaml", "books.invoice.create", "|", "books.estimate.create", "deal.won"),
        ("automations/big.yaml", "lines: auto", "|", "terms_days", "shipment_date"),
        ("automations/big.yaml", "auto\n", "|\n", "products", "draft"),
        ("automations/deal_won_invoice_test.yaml", "amount: 1", "|", "amount", "terms_days"),
        ("permissions/mine.yaml", "effect: permit", "effect: |", "forbid", "sales"),
        ("permissions/mine.yaml", "[documents]", "[|]", "books.invoice", "permit"),
        ("sync/books.customers.yaml", "duplicates: ask", "|", "duplicates", "policy"),
    ],
)
def test_what_fits_is_offered(hub: Hub, file: str, old: str, new: str, has: str, lacks: str) -> None:
    typed = FILES[file].replace(old, new, 1)
    items = offered(hub, file, typed)
    assert has in items
    assert lacks not in items
    # A key without its colon on another line takes nothing away.
    assert set(items) <= set(offered(hub, file, typed.replace("version: 1", "version 1", 1)))


def test_a_parameter_is_explained_in_the_readers_language(hub: Hub) -> None:
    line = RULE.split("\n").index("      lines: auto") + 1
    for language, part in (("en", "one line at its amount"), ("ja", "商談の商品")):
        with speaking(language):
            found = describe(hub.context, None, "automations/big.yaml", RULE, line, 8)
        assert found is not None
        assert part in found.items[0].about


_SIGNS = list("ab1.:-?[]{},&*!|>'\"%@#~\n\t $\u3000")


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(FILES)), st.integers(0, 250), st.text(st.sampled_from(_SIGNS), max_size=4), st.integers(0, 3)
)
def test_it_never_fails_whatever_is_typed(hub: Hub, file: str, at: int, typed: str, gone: int) -> None:
    whole = FILES[file]
    text = whole[:at] + typed + whole[at + gone :]
    before = whole[:at] + typed
    place = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
    found = suggest(hub.context, None, file, text, *place)
    assert found is None or found.start <= found.end
    describe(hub.context, None, file, text, *place)
    for each in mistakes(hub.context, None, hub.settings.rules_dir, file, text):
        assert each.reason.en
        assert each.line >= 1
