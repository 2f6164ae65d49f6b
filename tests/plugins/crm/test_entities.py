import pytest

from tsunagi_crm.entities import DEAL, MODULES
from tsunagi_crm.rows import names_asked


@pytest.mark.parametrize("module", MODULES.values(), ids=MODULES)
def test_fields_are_declared_once_and_named_in_both_languages(module) -> None:
    names = [spec.name for spec in module.entity.fields]
    assert len(names) == len(set(names))
    assert module.entity.title in names
    assert set(module.natural_key) <= set(names)
    assert all(spec.label.en and spec.label.ja for spec in module.entity.fields)


@pytest.mark.parametrize("module", MODULES.values(), ids=MODULES)
def test_a_listing_never_asks_for_more_fields_than_the_service_takes(module) -> None:
    names = names_asked(module, ("Currency", "Product")).split(",")
    assert len(names) == len(set(names)) <= 50


@pytest.mark.parametrize(
    ("before", "after", "moments"),
    [
        ({"outcome": "open"}, {"outcome": "won"}, ["won"]),
        (None, {"outcome": "won"}, ["won"]),
        ({"outcome": "won"}, {"outcome": "lost"}, ["lost"]),
        ({"outcome": "won"}, {"outcome": "won"}, []),
        ({"outcome": "won"}, {"outcome": None}, []),
    ],
)
def test_a_deal_is_won_or_lost_by_its_outcome(before, after, moments) -> None:
    assert [moment.name for moment in DEAL.moments if moment.happened(before, after)] == moments
