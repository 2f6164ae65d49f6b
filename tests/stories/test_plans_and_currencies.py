"""Plans and currencies: what may be joined, what the hub turns on for it, and what both sides say of rates."""

from decimal import Decimal
from typing import Any

import pytest
from signing_in import form_token

from tsunagi.app.connections import compatibility
from tsunagi.app.connections.compatibility import TURNED_ON, Incompatible
from tsunagi.app.connections.connecting import connect
from tsunagi.app.connections.services import consequences, disable, forget
from tsunagi.app.connections.support_request import support_request
from tsunagi.domain.rates import Agreement, RateDirection
from tsunagi.errors import AccessRefused, ConnectorError
from tsunagi_zoho.compatibility import Kind

RATES = {"USD": Decimal("156.25"), "EUR": Decimal("171.4"), "KWD": Decimal("508.125")}


def quote(zoho: Any, code: str, rate: Decimal | None = None, *, since: str = "2026-01-01") -> None:
    """Books knows a foreign currency, at so many yen for one unit."""
    known = zoho.books("/settings/currencies")["currencies"]
    id = next((each["currency_id"] for each in known if each["currency_code"] == code), None)
    if id is None:
        body = {"currency_code": code, "currency_symbol": code, "currency_format": "1,234,567.89"}
        id = zoho.finance("books", "POST", "/settings/currencies", body)["currency"]["currency_id"]
    wanted = {"effective_date": since, "rate": rate or RATES[code]}
    zoho.finance("books", "POST", f"/settings/currencies/{id}/exchangerates", wanted)


def crm(zoho: Any) -> tuple[bool, str]:
    """Whether the CRM uses several currencies, and which is its own."""
    org = zoho.call("GET", "/crm/v8/org")["org"][0]
    return org["mc_status"], org["iso_code"]


def is_ours(desk: Any) -> bool:
    return bool(desk.hub.connectors.connection("crm").remembered.get(TURNED_ON))


def kinds(findings: Any) -> list[Kind]:
    return [finding.kind for finding in findings]


def add_to_crm(zoho: Any, code: str, rate: str) -> None:
    shape = {"decimal_separator": "Period", "thousand_separator": "Comma", "decimal_places": "2"}
    currency = {"iso_code": code, "name": code, "symbol": code, "exchange_rate": rate, "format": shape}
    zoho.call("POST", "/crm/v8/org/currencies", {"currencies": [currency]})


@pytest.mark.parametrize("edition", ["free", "standard"])
def test_an_edition_that_is_too_low_is_refused_with_the_reason(desk: Any, zoho: Any, edition: str) -> None:
    zoho.control("PUT", "/crm/org", {"edition": edition})

    with pytest.raises(Incompatible) as refused:
        connect(desk.hub.context, "books", zoho.credentials(), actor=desk.person())

    assert edition.capitalize() in refused.value.message.en
    assert "Professional" in refused.value.hint.en
    assert "プロフェッショナル" in refused.value.hint.ja
    assert kinds(refused.value.findings)[0] is Kind.EDITION_TOO_LOW
    assert [each.service for each in desk.hub.connectors.all()] == ["crm"]
    assert zoho.writes() == []


def test_what_fits_is_said_too(desk: Any) -> None:
    desk.connect("books")

    assert kinds(compatibility.findings_of(desk.hub.context, "books")) == [Kind.FITS, Kind.NO_MINOR_UNIT]


@pytest.fixture
def professional(desk: Any, zoho: Any) -> Any:
    """The CRM is a Professional one, Books is used in dollars too."""
    zoho.control("PUT", "/crm/org", {"edition": "professional"})
    quote(zoho, "USD")
    return desk


def test_multi_currency_is_turned_on_for_professional_and_remembered(professional: Any, zoho: Any) -> None:
    assert crm(zoho) == (False, "JPY")
    connect(professional.hub.context, "books", zoho.credentials(), actor=professional.person())

    assert crm(zoho) == (True, "JPY")
    assert is_ours(professional)
    # Further currencies can be added now.
    add_to_crm(zoho, "USD", "0.006400000")
    assert professional.hub.connectors.get("crm").plan().currencies == ("JPY", "USD")

    # Connecting the CRM again does not forget it.
    professional.connect("crm")
    assert is_ours(professional)


def test_in_one_currency_there_is_nothing_to_turn_on(desk: Any, zoho: Any) -> None:
    zoho.control("PUT", "/crm/org", {"edition": "professional"})
    desk.connect("books")

    assert crm(zoho) == (False, "JPY")
    assert not is_ours(desk)


def test_above_professional_it_is_the_administrators_own_to_turn_on(desk: Any, zoho: Any) -> None:
    quote(zoho, "USD")
    desk.connect("books")

    (finding,) = [
        each for each in compatibility.findings_of(desk.hub.context, "books") if each.kind is Kind.MULTI_CURRENCY_OFF
    ]
    assert finding.what_to_do is not None
    assert crm(zoho) == (False, "JPY")
    assert not is_ours(desk)


@pytest.mark.parametrize("company", [{"crm_professional_multicurrency": "refuse"}])
@pytest.mark.usefixtures("company")
def test_a_crm_that_refuses_it_is_not_half_connected(professional: Any, zoho: Any) -> None:
    with pytest.raises(AccessRefused):
        connect(professional.hub.context, "books", zoho.credentials(), actor=professional.person())

    assert not is_ours(professional)
    assert crm(zoho) == (False, "JPY")
    assert [each.service for each in professional.hub.connectors.all()] == ["crm"]


def test_a_lost_answer_while_turning_it_on_changes_nothing_for_the_person(professional: Any, zoho: Any) -> None:
    zoho.fault("drop_after", method="POST", path="/crm/v8/org/currencies/actions/enable")
    connect(professional.hub.context, "books", zoho.credentials(), actor=professional.person())

    assert crm(zoho) == (True, "JPY")
    assert is_ours(professional)


def test_a_crm_that_goes_away_half_way_is_asked_again_later(professional: Any, zoho: Any) -> None:
    zoho.away("/crm/v8/org/currencies/actions/enable")
    with pytest.raises(ConnectorError):
        connect(professional.hub.context, "books", zoho.credentials(), actor=professional.person())
    assert [each.service for each in professional.hub.connectors.all()] == ["crm"]
    assert crm(zoho) == (False, "JPY")

    zoho.control("DELETE", "/faults")
    professional.connect("books")
    assert crm(zoho) == (True, "JPY")


def test_switching_off_tells_what_becomes_of_it(professional: Any, zoho: Any) -> None:
    zoho.use("books", "invoice")
    professional.connect("books", "invoice")

    # Invoice is used in dollars as well: it is still needed.
    assert kinds(consequences(professional.hub.context, "books").findings) == [Kind.KEEP_MULTI_CURRENCY]
    forget(professional.hub.context, professional.person(), "books", confirmed="books")

    (told,) = disable(professional.hub.context, professional.person(), "invoice", confirmed="invoice").findings
    assert told.kind is Kind.DISABLE_BY_HAND
    assert told.what_to_do is not None
    assert crm(zoho) == (True, "JPY")


def test_a_company_that_moved_to_a_higher_edition_keeps_it_as_its_own(professional: Any, zoho: Any) -> None:
    professional.connect("books")
    zoho.control("PUT", "/crm/org", {"edition": "enterprise"})

    (told,) = consequences(professional.hub.context, "books").findings
    assert told.kind is Kind.KEEP_MULTI_CURRENCY


def test_what_cannot_be_asked_is_said_and_hinders_nobody(professional: Any, zoho: Any) -> None:
    professional.connect("books")
    zoho.away("/crm/*")

    known = disable(professional.hub.context, professional.person(), "books", confirmed="books")
    assert (known.findings, len(known.unsure)) == ((), 1)


@pytest.fixture
def in_dollars(open_desk: Any, zoho: Any) -> Any:
    """The CRM counts in dollars, Books in yen."""
    zoho.control("PUT", "/crm/org", {"currency_code": "USD", "edition": "professional"})
    quote(zoho, "EUR")
    return open_desk("crm")


def test_base_currencies_that_differ_are_refused_before_anything_is_changed(in_dollars: Any, zoho: Any) -> None:
    before = zoho.writes()
    with pytest.raises(Incompatible) as refused:
        connect(in_dollars.hub.context, "books", zoho.credentials(), actor=in_dollars.person())

    assert kinds(refused.value.findings)[0] is Kind.BASE_CURRENCY_DIFFERS
    assert "USD in the CRM, JPY in Zoho Books (Sandbox Company)" in refused.value.message.en
    # Which side to change.
    assert refused.value.findings[0].side == "finance"
    assert "Change the base currency of Zoho Books to USD" in refused.value.hint.en
    assert zoho.writes() == before
    assert crm(zoho) == (False, "USD")
    assert [each.service for each in in_dollars.hub.connectors.all()] == ["crm"]


def test_where_there_are_transactions_only_the_vendors_support_can(in_dollars: Any, zoho: Any) -> None:
    contact = zoho.finance("books", "POST", "/contacts", {"contact_name": "青葉商事"})["contact"]["contact_id"]
    line = {"name": "保守", "rate": 100, "quantity": 1}
    zoho.finance("books", "POST", "/invoices", {"customer_id": contact, "line_items": [line]})

    with pytest.raises(Incompatible) as refused:
        connect(in_dollars.hub.context, "books", zoho.credentials(), actor=in_dollars.person())

    assert kinds(refused.value.findings)[0] is Kind.BASE_CURRENCY_LOCKED
    assert "support" in refused.value.hint.en
    assert "サポート" in refused.value.hint.ja
    # The request is ready to be sent, and says for which organisation and from what to what.
    hanako = in_dollars.person()
    request = support_request(in_dollars.hub.context, hanako, "books", zoho.credentials())
    assert "from JPY to USD" in request.subject.en
    for text in (request.body.en, request.body.ja):
        assert zoho.organization()["organization_id"] in text
        assert hanako.email in text


def test_once_the_side_was_changed_it_is_connected(in_dollars: Any, zoho: Any) -> None:
    organization = zoho.organization()["organization_id"]
    zoho.finance("books", "PUT", f"/organizations/{organization}", {"currency_code": "USD"})

    connect(in_dollars.hub.context, "books", zoho.credentials(), actor=in_dollars.person())
    assert in_dollars.hub.connectors.connection("books").organization.base_currency == "USD"


def test_rates_of_both_sides_are_laid_beside_each_other(desk: Any, zoho: Any) -> None:
    desk.connect("books")
    zoho.call("POST", "/crm/v8/org/currencies/actions/enable", {"base_currency": _yen()})
    for code in RATES:
        quote(zoho, code)
    add_to_crm(zoho, "USD", "0.006400000")
    add_to_crm(zoho, "EUR", "0.006000000")
    add_to_crm(zoho, "GBP", "0.005000000")

    rows = {row.currency: row for row in compatibility.rate_differences(desk.hub.context, "books")}

    assert {code: row.severity for code, row in rows.items()} == {
        "EUR": Agreement.DIFFERS,
        "GBP": Agreement.MISSING_IN_FINANCE,
        "KWD": Agreement.MISSING_IN_CRM,
        "USD": Agreement.NONE,
    }
    # The CRM says dollars for a yen, Books yen for a dollar; both are shown one way round, exactly.
    assert rows["USD"].direction is RateDirection.BASE_PER_FOREIGN
    assert rows["USD"].crm_value == rows["USD"].finance_value == Decimal("156.25")
    assert rows["EUR"].crm.value == Decimal("0.006")
    assert rows["EUR"].relative is not None
    assert rows["KWD"].crm_value is None


def test_rates_are_compared_by_page(open_office: Any, zoho: Any) -> None:
    office = open_office(listening=False)
    office.sign_in()
    quote(zoho, "EUR")
    form = {"form_token": form_token(office.page("/services"))}
    shown = office.client.post(f"{office.page_url}/services/books/rates", data=form).text
    assert ">EUR</th>" in shown
    assert "not in the CRM" in shown


def test_currencies_with_three_decimals_and_with_none_are_pointed_out(desk: Any, zoho: Any) -> None:
    quote(zoho, "KWD")
    desk.connect("books")

    found = {each.kind: each.currency for each in compatibility.findings_of(desk.hub.context, "books")}
    assert found[Kind.THREE_DECIMALS] == "KWD"
    assert found[Kind.NO_MINOR_UNIT] == "JPY"


def test_an_invoice_keeps_the_rate_of_its_day(open_office: Any, zoho: Any) -> None:
    zoho.call("POST", "/crm/v8/org/currencies/actions/enable", {"base_currency": _yen()})
    add_to_crm(zoho, "USD", "0.006400000")
    quote(zoho, "USD")
    office = open_office(listening=False)
    account, deal = zoho.account_and_deal(name="Blue Leaf Ltd", amount=1054, Currency="USD")
    office.sync()
    zoho.win(deal)
    office.sync()

    quote(zoho, "USD", Decimal(200), since="2026-11-24")
    add_to_crm(zoho, "EUR", "0.006000000")
    office.sync(full=True)

    page = office.page(f"/accounts/{account}")
    assert "1,054.00" in page
    assert "164,688" in page


def _yen() -> dict[str, Any]:
    shape = {"decimal_separator": "Period", "thousand_separator": "Comma", "decimal_places": "0"}
    return {"iso_code": "JPY", "name": "Yen", "symbol": "¥", "exchange_rate": "1.000000000", "format": shape}
