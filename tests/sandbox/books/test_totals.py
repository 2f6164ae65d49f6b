"""Money adds up whatever the lines, discounts, taxes and currency are."""

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from zoho_sandbox.finance.money import Discount, Line, Tax, Terms, figure, scaled, share, totals, unscaled

PRECISIONS = st.sampled_from([0, 2, 3])
AMOUNTS = st.decimals(min_value=0, max_value=10**7, places=4)
PERCENTAGES = st.decimals(min_value=0, max_value=100, places=2)
TAXES = st.one_of(st.none(), PERCENTAGES.map(lambda percentage: Tax(str(percentage), f"Tax {percentage}", percentage)))
LINES = st.builds(
    Line,
    rate=AMOUNTS,
    quantity=st.decimals(min_value="0.01", max_value=1000, places=2),
    discount=PERCENTAGES.map(lambda percentage: Discount(percentage, is_percentage=True)),
    tax=TAXES,
)
TERMS = st.builds(
    Terms,
    precision=PRECISIONS,
    discount=PERCENTAGES.map(lambda percentage: Discount(percentage, is_percentage=True)),
    discount_before_tax=st.booleans(),
    inclusive=st.booleans(),
    shipping=AMOUNTS,
    adjustment=st.decimals(min_value=-100, max_value=100, places=3),
)


def places(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)
    return -exponent


@given(st.lists(LINES, min_size=1, max_size=8), TERMS)
def test_the_parts_add_up_to_the_total(lines: list[Line], terms: Terms) -> None:
    priced = totals(lines, terms)
    added = figure(terms.shipping, terms.precision) + figure(terms.adjustment, terms.precision)
    if terms.inclusive:
        assert priced.total == priced.sub_total_inclusive - priced.discount_total + added
    else:
        assert priced.total == priced.sub_total - priced.discount_total + priced.tax_total + added
    assert priced.sub_total == sum(line.item_total for line in priced.lines)
    assert priced.tax_total == sum(line.tax_amount for line in priced.lines)
    assert priced.tax_total == sum((each.amount for each in priced.taxes), Decimal(0))


@given(st.lists(LINES, min_size=1, max_size=8), TERMS)
def test_every_figure_has_the_decimal_places_of_the_currency(lines: list[Line], terms: Terms) -> None:
    priced = totals(lines, terms)
    figures = [priced.total, priced.sub_total, priced.tax_total, priced.discount_total]
    for line in priced.lines:
        figures += [line.item_total, line.tax_amount, line.discount_amount]
    assert {places(amount) for amount in figures} == {terms.precision}


@given(st.lists(LINES, min_size=1, max_size=8), PRECISIONS)
def test_plain_lines_round_half_up_one_by_one(lines: list[Line], precision: int) -> None:
    plain = [Line(line.rate, line.quantity) for line in lines]
    unit = Decimal(1).scaleb(-precision)
    expected = sum((line.rate * line.quantity).quantize(unit, ROUND_HALF_UP) for line in plain)
    assert totals(plain, Terms(precision)).total == expected


@given(AMOUNTS, st.lists(AMOUNTS, min_size=1, max_size=8), PRECISIONS)
def test_sharing_out_neither_loses_nor_makes_money(amount: Decimal, weights: list[Decimal], precision: int) -> None:
    whole = figure(amount, precision)
    parts = share(whole, weights, precision)
    assert sum(parts) == (whole if sum(weights) else 0)
    assert all(part >= 0 for part in parts)
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=4), st.sampled_from([0, 2, 3, 4]))
def test_the_database_gives_back_what_it_was_given(amount: Decimal, precision: int) -> None:
    stored = figure(amount, precision)
    assert unscaled(scaled(stored), precision) == stored
    assert places(unscaled(scaled(stored), precision)) == precision


def test_yen_have_no_decimals_and_dinars_have_three() -> None:
    line = [Line(Decimal("100.5"), Decimal(1))]
    assert str(totals(line, Terms(0)).total) == "101"
    assert str(totals(line, Terms(3)).total) == "100.500"


def test_tax_is_added_to_net_prices_and_found_in_inclusive_ones() -> None:
    tax = Tax("1", "Consumption tax", Decimal(10))
    net = totals([Line(Decimal(1000), tax=tax)], Terms(0))
    assert (net.sub_total, net.tax_total, net.total) == (1000, 100, 1100)
    gross = totals([Line(Decimal(1100), tax=tax)], Terms(0, inclusive=True))
    assert (gross.sub_total, gross.tax_total, gross.total) == (1000, 100, 1100)


def test_a_discount_on_the_whole_lowers_the_tax_only_before_tax() -> None:
    tax = Tax("1", "VAT", Decimal(20))
    lines = [Line(Decimal(100), tax=tax)]
    half = Discount(Decimal(50), is_percentage=True)
    assert totals(lines, Terms(2, half)).total == Decimal("60.00")
    assert totals(lines, Terms(2, half, discount_before_tax=False)).total == Decimal("70.00")
