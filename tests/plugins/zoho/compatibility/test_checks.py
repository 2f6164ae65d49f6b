"""May this CRM and this finance organisation be joined, and what then?"""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi import FinanceSide, Finding, ServicePlan, Severity, Text
from tsunagi.domain.compatibility import refusals, weightiest_first
from tsunagi_zoho.compatibility import Kind, ZohoCompatibility
from tsunagi_zoho.editions import Edition

MakePlan = Callable[..., ServicePlan]
MakeFinance = Callable[..., FinanceSide]

CODES = st.sampled_from(["JPY", "USD", "EUR", "BHD", "QQQ", "yen"])
EDITIONS: st.SearchStrategy[Edition] = st.sampled_from(
    ["free", "standard", "professional", "enterprise", "ultimate", "unknown"]
)
PLANS = st.builds(
    ServicePlan,
    EDITIONS,
    CODES,
    st.booleans(),
    st.lists(CODES, max_size=3).map(tuple),
    st.booleans(),
)
FINANCES = st.builds(
    FinanceSide,
    st.just("ledger"),
    st.just(Text(en="Ledger", ja="レジャー会計")),
    st.just("10001"),
    st.just("Acme KK"),
    PLANS,
)


def check(crm: ServicePlan, side: FinanceSide) -> tuple[Finding, ...]:
    """As the hub shows it."""
    return weightiest_first(ZohoCompatibility().check(crm, side))


def of_kind(findings: Iterable[Finding], kind: Kind) -> Finding:
    (found,) = (finding for finding in findings if finding.kind is kind)
    return found


def kinds(findings: Iterable[Finding]) -> set[str]:
    return {finding.kind for finding in findings}


@pytest.mark.parametrize("edition", ["professional", "enterprise", "ultimate"])
def test_professional_and_above_may_connect(edition: Edition, plan: MakePlan, finance: MakeFinance) -> None:
    findings = check(plan(edition), finance())
    assert not refusals(findings)
    assert kinds(findings) == {Kind.FITS, Kind.NO_MINOR_UNIT}
    assert "Ledger (Acme KK)" in of_kind(findings, Kind.FITS).message.en


@pytest.mark.parametrize(
    ("edition", "en", "ja"), [("free", "Free", "無料プラン"), ("standard", "Standard", "スタンダード")]
)
def test_an_edition_below_professional_is_refused_with_the_reason(
    edition: Edition, en: str, ja: str, plan: MakePlan, finance: MakeFinance
) -> None:
    (refusal,) = refusals(check(plan(edition), finance("USD")))
    assert (refusal.kind, refusal.side) == (Kind.EDITION_TOO_LOW, "crm")
    assert en in refusal.message.en
    assert "Professional" in refusal.message.en
    assert ja in refusal.message.ja
    assert "プロフェッショナル" in refusal.message.ja
    assert refusal.what_to_do is not None
    assert "Upgrade" in refusal.what_to_do.en


def test_an_edition_the_crm_does_not_tell_is_left_to_a_person(plan: MakePlan, finance: MakeFinance) -> None:
    findings = check(plan("unknown"), finance())
    assert not refusals(findings)
    assert of_kind(findings, Kind.EDITION_UNKNOWN).severity is Severity.TELLS


def test_on_professional_the_crms_multi_currency_is_turned_on_for_several_currencies(
    plan: MakePlan, finance: MakeFinance
) -> None:
    act = of_kind(check(plan("professional"), finance("USD", "EUR")), Kind.ENABLE_MULTI_CURRENCY)
    assert (act.severity, act.side, act.currency) == (Severity.ACTS, "crm", "JPY")
    for said in (act.message.en, act.message.ja):
        assert "EUR, USD" in said
        assert "JPY" in said


@pytest.mark.parametrize(
    ("crm", "others"),
    [
        (("professional", "JPY", "USD"), ("USD",)),  # on already
        (("professional", "JPY"), ()),  # nothing to turn it on for
        (("enterprise", "JPY"), ("USD",)),  # the administrator's own feature
    ],
)
def test_nothing_is_turned_on_otherwise(
    crm: tuple[Edition, str, str], others: tuple[str, ...], plan: MakePlan, finance: MakeFinance
) -> None:
    assert Severity.ACTS not in {finding.severity for finding in check(plan(*crm), finance(*others))}


def test_a_finance_plan_with_several_currencies_that_uses_one_needs_nothing(
    plan: MakePlan, finance: MakeFinance
) -> None:
    assert Kind.FITS in kinds(check(plan("professional"), finance(multi=True)))


@pytest.mark.parametrize("edition", ["enterprise", "ultimate", "unknown"])
def test_a_crm_with_multi_currency_of_its_own_is_told_to_turn_it_on(
    edition: Edition, plan: MakePlan, finance: MakeFinance
) -> None:
    told = of_kind(check(plan(edition), finance("USD")), Kind.MULTI_CURRENCY_OFF)
    assert told.severity is Severity.TELLS
    assert told.what_to_do is not None
    assert "JPY as base currency" in told.what_to_do.en


def test_currencies_that_finance_cannot_bill_are_told(plan: MakePlan, finance: MakeFinance) -> None:
    told = of_kind(check(plan("enterprise", "JPY", "USD", "EUR"), finance()), Kind.SINGLE_CURRENCY_FINANCE)
    assert (told.severity, told.side) == (Severity.TELLS, "finance")
    assert "EUR, USD" in told.message.en
    assert "allows only JPY" in told.message.en


def test_another_base_currency_is_refused_and_says_which_side_to_change(plan: MakePlan, finance: MakeFinance) -> None:
    (refusal,) = refusals(check(plan("professional", "JPY"), finance("EUR", base="USD")))
    assert (refusal.kind, refusal.side, refusal.currency) == (Kind.BASE_CURRENCY_DIFFERS, "finance", "USD")
    assert refusal.message.en == (
        "The base currencies differ: JPY in the CRM, USD in Ledger (Acme KK). Nothing was changed."
    )
    assert refusal.what_to_do is not None
    assert "Change the base currency of Ledger to JPY" in refusal.what_to_do.en
    assert "change the CRM's base currency instead" in refusal.what_to_do.en
    assert "レジャー会計の組織設定で基準通貨を JPY に変更" in refusal.what_to_do.ja


def test_a_base_currency_with_transactions_is_for_the_vendors_support(plan: MakePlan, finance: MakeFinance) -> None:
    (refusal,) = refusals(check(plan("professional", "JPY"), finance(base="USD", used=True)))
    assert (refusal.kind, refusal.side) == (Kind.BASE_CURRENCY_LOCKED, "finance")
    assert refusal.what_to_do is not None
    assert "only its vendor's support can change its base currency to JPY" in refusal.what_to_do.en
    assert "サポート" in refusal.what_to_do.ja


@pytest.mark.parametrize("used", [True, False])
def test_a_crm_with_multi_currency_cannot_change_its_base(used: bool, plan: MakePlan, finance: MakeFinance) -> None:
    (refusal,) = refusals(check(plan("enterprise", "JPY", "USD"), finance(base="USD", used=used)))
    assert refusal.what_to_do is not None
    assert "The CRM's base currency cannot be changed any more" in refusal.what_to_do.en


def test_three_decimals_are_told_and_none_are_fine(plan: MakePlan, finance: MakeFinance) -> None:
    findings = check(plan("enterprise", "BHD", "JPY", "USD"), finance("JPY", "KWD", base="BHD"))
    three = [finding for finding in findings if finding.kind is Kind.THREE_DECIMALS]
    assert [(finding.currency, finding.severity) for finding in three] == [
        ("BHD", Severity.TELLS),
        ("KWD", Severity.TELLS),
    ]
    assert "3 decimals" in three[0].message.en
    assert of_kind(findings, Kind.NO_MINOR_UNIT).currency == "JPY"
    assert of_kind(findings, Kind.NO_MINOR_UNIT).severity is Severity.FINE
    assert not [finding for finding in findings if finding.currency == "USD"]


@pytest.mark.parametrize("code", ["QQQ", "yen", ""])
def test_an_unknown_base_currency_is_refused(code: str, plan: MakePlan, finance: MakeFinance) -> None:
    (refusal,) = refusals(check(plan("professional", code), finance(base=code)))
    assert (refusal.kind, refusal.side, refusal.currency) == (Kind.UNKNOWN_BASE_CURRENCY, "both", code)
    assert f"'{code}'" in refusal.message.en
    assert refusal.what_to_do is not None
    assert "such as JPY" in refusal.what_to_do.en


def test_an_unknown_further_currency_is_told_with_its_side(plan: MakePlan, finance: MakeFinance) -> None:
    findings = check(plan("enterprise", "JPY", "USD"), finance("QQQ"))
    told = of_kind(findings, Kind.UNKNOWN_CURRENCY)
    assert (told.severity, told.side, told.currency) == (Severity.TELLS, "finance", "QQQ")
    assert not refusals(findings)


def test_every_reason_to_refuse_is_given_at_once(plan: MakePlan, finance: MakeFinance) -> None:
    refused = refusals(check(plan("free", "JPY"), finance("EUR", base="USD", used=True)))
    assert kinds(refused) == {Kind.EDITION_TOO_LOW, Kind.BASE_CURRENCY_LOCKED}


@given(PLANS, FINANCES)
def test_whatever_the_plans_a_refused_connection_changes_nothing(crm: ServicePlan, side: FinanceSide) -> None:
    findings = check(crm, side)
    acting = [finding for finding in findings if finding.severity is Severity.ACTS]
    assert findings
    assert not (refusals(findings) and acting)
    others = kinds(findings) - {Kind.FITS, Kind.NO_MINOR_UNIT, Kind.THREE_DECIMALS}
    assert (Kind.FITS in kinds(findings)) == (not others)
    for finding in findings:
        # Whoever is told something, or refused, is also told what to do.
        assert (finding.what_to_do is not None) == (finding.severity in (Severity.REFUSES, Severity.TELLS))


@given(PLANS, FINANCES)
def test_whatever_the_plans_only_equal_bases_and_good_editions_go_on(crm: ServicePlan, side: FinanceSide) -> None:
    good = (
        crm.edition not in ("free", "standard")
        and crm.base_currency == side.plan.base_currency
        and crm.base_currency not in ("QQQ", "yen")
    )
    assert (not refusals(check(crm, side))) == good


@given(PLANS, FINANCES)
def test_whatever_the_plans_the_weightiest_comes_first(crm: ServicePlan, side: FinanceSide) -> None:
    weights = [list(Severity).index(finding.severity) for finding in check(crm, side)]
    assert weights == sorted(weights)
