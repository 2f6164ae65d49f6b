"""Switching a service off: first what it would mean, then doing it, and on again without a duplicate."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tsunagi.app.access import permissions
from tsunagi.app.connections.services import (
    EVERYTHING,
    EverythingNotConfirmed,
    NotConfirmed,
    consequences,
    disable,
    disable_everything,
    enable,
    everything,
    features,
    forget,
    set_feature,
)
from tsunagi.app.views import overview, records
from tsunagi.domain.records import RecordRef
from tsunagi.errors import BrokenAnswer, ConfigError, NotConnected, PermissionDenied, ServiceOff
from tsunagi.hookspecs import CONTRACT, hookimpl
from tsunagi.store.intents import Intents
from tsunagi.store.notifications import Subscriptions

ICHIRO = "ichiro.suzuki@example.com"
NAMES = [f"{letter}商事" for letter in "青赤白黒金銀"]


def names(zoho: Any) -> list[str]:
    return sorted(customer["contact_name"] for customer in zoho.customers())


def is_shown(office: Any, account: str, service: str) -> bool:
    page = records.account_page(office.hub.context, account)
    assert page is not None
    return any(view.panel.service == service for view in page.panels)


def in_background(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    came: list[Any] = []
    thread = threading.Thread(target=lambda: came.append(work()))
    thread.start()
    return thread, came


@pytest.fixture
def billed(open_office: Any, zoho: Any) -> Any:
    """A company with Books and Invoice, one account in both and one deal billed in Books."""
    zoho.use("books", "invoice")
    office = open_office(listening=False, services=("crm", "books", "invoice"))
    office.account, office.deal = zoho.account_and_deal(name="青葉商事")
    office.sync()
    zoho.win(office.deal)
    office.sync()
    assert len(zoho.invoices()) == 1
    return office


def test_first_what_it_would_mean_in_names_and_numbers(billed: Any, zoho: Any) -> None:
    before = len(zoho.writes())
    known = consequences(billed.hub.context, "books")

    assert (known.service, known.label.en, known.organization) == ("books", "Zoho Books", "Sandbox Company")
    assert [panel.en for panel in known.panels] == ["Estimates", "Invoices", "Sales orders", "Purchase orders"]
    assert [feature.ja for feature in known.features] == ["見積書", "請求書", "受注書", "発注書"]
    assert "deal_won_invoice" in known.rules
    assert known.pairs == ["books.customers", "books.contact_persons"]
    assert any(permission.startswith("books.invoice:") for permission in known.permissions)
    assert (known.traces.documents, known.traces.links, known.traces.planned_writes) == (1, 1, 0)
    assert known.unsure == ()
    # Looking changes nothing.
    assert billed.hub.connectors.connection("books").active
    assert len(zoho.writes()) == before


@pytest.mark.parametrize("typed", ["", "Books", "yes", "crm"])
def test_without_its_name_nothing_happens(desk: Any, typed: str) -> None:
    desk.connect("books")

    with pytest.raises(NotConfirmed) as asked:
        disable(desk.hub.context, desk.person(), "books", confirmed=typed)

    assert asked.value.consequences == consequences(desk.hub.context, "books")
    assert "books" in asked.value.message.ja
    assert desk.hub.connectors.connection("books").active


def test_a_service_that_is_not_connected_is_not_switched_off(desk: Any) -> None:
    for do in (consequences, lambda context, name: disable(context, desk.person(), name, confirmed=name)):
        with pytest.raises(NotConnected):
            do(desk.hub.context, "books")


def test_its_data_disappears_nothing_is_deleted_and_the_others_run_on(billed: Any, zoho: Any) -> None:
    number = zoho.invoices()[0]["invoice_number"]
    assert number in billed.page(f"/accounts/{billed.account}")
    deal = RecordRef("crm", "deal", billed.deal)
    known = disable(billed.hub.context, billed.person(), "books", confirmed="books")

    assert known.traces.documents == 1
    assert number not in billed.page(f"/accounts/{billed.account}")
    assert records.panel_page(billed.hub.context, deal, "books", "invoices", after=None) is None
    with pytest.raises(ServiceOff):
        billed.hub.connectors.get("books")
    assert [each["invoice_number"] for each in zoho.invoices()] == [number]
    assert not [write for write in zoho.writes() if write.startswith("DELETE")]

    # The others: a new account comes to Invoice, and is shown; Books is not asked for anything.
    asked = zoho.calls_to("/books/v3", "GET")
    other, _ = zoho.account_and_deal(name="白鳥堂")
    assert billed.sync().state == "done"
    customers = zoho.finance("invoice", "GET", "/contacts")["contacts"]
    assert "白鳥堂" in [each["contact_name"] for each in customers]
    assert is_shown(billed, other, "invoice")
    assert not is_shown(billed, other, "books")
    assert zoho.calls_to("/books/v3", "GET") == asked


def test_switching_on_again_makes_no_duplicate(billed: Any, zoho: Any) -> None:
    set_feature(billed.hub.context, billed.person(), "books", "estimates", on=False)
    disable(billed.hub.context, billed.person(), "books", confirmed="books")
    zoho.change("Accounts", billed.account, Phone="03-5555-0000")
    zoho.account_and_deal(name="白鳥堂")
    billed.sync()

    enable(billed.hub.context, billed.person(), "books")
    assert billed.sync().state == "done"

    assert names(zoho) == ["白鳥堂", "青葉商事"]
    assert len(zoho.invoices()) == 1
    changed = next(each for each in zoho.customers() if each["contact_name"] == "青葉商事")
    assert zoho.books(f"/contacts/{changed['contact_id']}")["contact"]["billing_address"]["phone"] == "03-5555-0000"
    assert zoho.invoices()[0]["invoice_number"] in billed.page(f"/accounts/{billed.account}")
    # What was chosen is still chosen.
    assert [state.feature.name for state in features(billed.hub.context, "books") if not state.on] == ["estimates"]
    assert billed.sync().counts["books.customers"].get("done", 0) == 0


def test_a_deal_won_meanwhile_waits_and_is_billed_once(billed: Any, zoho: Any) -> None:
    _, deal = zoho.account_and_deal(name="青葉商事 大阪")
    billed.sync()
    disable(billed.hub.context, billed.person(), "books", confirmed="books")
    zoho.win(deal)
    billed.sync()

    assert len(zoho.invoices()) == 1
    (run,) = [
        run
        for run in overview.rule_runs(billed.hub.context, RecordRef("crm", "deal", deal))
        if run.rule == "deal_won_invoice"
    ]
    assert run.verdict == "blocked"
    assert "switched off" in run.trace["obstacle"]["en"]

    enable(billed.hub.context, billed.person(), "books")
    billed.sync()
    billed.sync()
    assert len(zoho.invoices()) == 2


def test_forgetting_says_what_it_costs_and_erases_all_but_the_service(billed: Any, zoho: Any) -> None:
    with pytest.raises(NotConfirmed) as asked:
        forget(billed.hub.context, billed.person(), "books", confirmed="")
    cost = asked.value.consequences.traces
    assert (cost.links, cost.documents) == (1, 1)
    assert cost.records >= 1
    assert billed.hub.connectors.connection("books").active

    forget(billed.hub.context, billed.person(), "books", confirmed="books")

    assert [each.service for each in billed.hub.connectors.all()] == ["crm", "invoice"]
    with pytest.raises(NotConnected):
        consequences(billed.hub.context, "books")
    assert len(zoho.invoices()) == 1
    assert billed.sync().state == "done"

    # Connected anew, records find each other by name, and what was billed is not billed again.
    billed.connect("books")
    assert consequences(billed.hub.context, "books").traces.links == 0
    billed.sync()
    billed.sync()
    assert names(zoho) == ["青葉商事"]
    assert len(zoho.invoices()) == 1


def test_a_service_can_be_forgotten_after_it_was_switched_off(desk: Any) -> None:
    desk.connect("books")
    disable(desk.hub.context, desk.person(), "books", confirmed="books")
    forget(desk.hub.context, desk.person(), "books", confirmed="books")

    assert [each.service for each in desk.hub.connectors.all()] == ["crm"]


class Broken:
    """A plugin that cannot say what it brings."""

    tsunagi_contract = CONTRACT

    @hookimpl
    def register_connectors(self) -> object:
        raise RuntimeError("half an update")


@pytest.mark.parametrize("extra", [None, {"books_of_today": Broken()}], ids=["missing", "broken"])
@pytest.mark.parametrize("do", [disable, forget])
def test_a_plugin_that_is_missing_or_broken_keeps_no_service_on(open_desk: Any, do: Any, extra: Any) -> None:
    open_desk("crm", "books")
    desk = open_desk(disabled_plugins=["books"], extra_plugins=extra)

    known = do(desk.hub.context, desk.person(), "books", confirmed="books")

    assert (known.label.en, known.organization, known.panels) == ("books", "Sandbox Company", [])
    assert [each.service for each in desk.hub.connectors.active()] == ["crm"]


def test_a_crm_whose_plugin_is_missing_is_switched_off_by_who_administers_it(open_desk: Any) -> None:
    before = open_desk("crm")
    hanako, ichiro = before.person(), before.person(ICHIRO)
    desk = open_desk(disabled_plugins=["crm"])

    with pytest.raises(ConfigError, match="CRM"):
        disable(desk.hub.context, ichiro, "crm", confirmed="crm")
    assert desk.hub.connectors.connection("crm").active
    disable(desk.hub.context, hanako, "crm", confirmed="crm")
    assert not desk.hub.connectors.connection("crm").active


def test_the_crm_itself_is_switched_off_and_on_again(desk: Any) -> None:
    hanako = desk.person()
    disable(desk.hub.context, hanako, "crm", confirmed="crm")
    assert desk.hub.connectors.active() == []

    enable(desk.hub.context, hanako, "crm")
    assert permissions.refresh_people(desk.hub.context)


def test_a_service_that_is_down_is_switched_off_all_the_same(desk: Any, zoho: Any) -> None:
    desk.connect("books")
    zoho.away("/books/*")
    zoho.away("/crm/*")
    hanako, ichiro = desk.person(), permissions.Person("crm", "2", ICHIRO, "Ichiro Suzuki", "Standard")

    # The CRM cannot be asked: who was no administrator when it last could does not become one.
    with pytest.raises(BrokenAnswer):
        disable(desk.hub.context, ichiro, "books", confirmed="books")
    assert desk.hub.connectors.connection("books").active
    disable(desk.hub.context, hanako, "books", confirmed="books")
    assert not desk.hub.connectors.connection("books").active


def test_somebody_else_may_look_at_the_plan_and_no_more(desk: Any) -> None:
    desk.connect("books")
    ichiro = desk.person(ICHIRO)

    for do in (disable, forget):
        with pytest.raises(PermissionDenied):
            do(desk.hub.context, ichiro, "books", confirmed="books")
    assert desk.hub.connectors.connection("books").active
    disable(desk.hub.context, desk.person(), "books", confirmed="books")
    with pytest.raises(PermissionDenied):
        enable(desk.hub.context, ichiro, "books")


def test_callbacks_end_with_the_service(office: Any, zoho: Any) -> None:
    office.sync()
    with office.hub.store.read() as session:
        assert Subscriptions(session).of_service("crm")
    disable(office.hub.context, office.person(), "crm", confirmed="crm")

    zoho.account_and_deal(name="遅れて来た商会")
    with office.hub.store.read() as session:
        assert not Subscriptions(session).of_service("crm")
    office.wait_until(office.quiet)
    assert names(zoho) == []


@pytest.mark.parametrize("do", [disable, forget])
def test_work_in_flight_finishes_or_is_given_up(open_office: Any, zoho: Any, do: Any) -> None:
    office = open_office(listening=False)
    for name in NAMES:
        zoho.add("Accounts", Account_Name=name)
    zoho.fault("delay", method="POST", path="/books/v3/contacts", skip=2, seconds=0.7)

    thread, came = in_background(office.sync)
    office.wait_until(lambda: len(zoho.customers()) >= 2)
    do(office.hub.context, office.person(), "books", confirmed="books")
    thread.join()

    (run,) = came
    assert run.state == "done"
    made = len(zoho.customers())
    assert 2 <= made < len(NAMES)
    with office.hub.store.read() as session:
        states = Intents(session).count_states()
    assert "planned" not in states
    assert "failed" not in states

    if do is forget:
        office.connect("books")
    else:
        enable(office.hub.context, office.person(), "books")
    office.sync()
    assert names(zoho) == sorted(NAMES)


def test_everything_is_switched_off_at_once_also_where_a_service_is_broken(billed: Any, zoho: Any) -> None:
    before = len(zoho.writes())
    zoho.away("/invoice/v3/*")
    with pytest.raises(EverythingNotConfirmed) as asked:
        disable_everything(billed.hub.context, billed.person(), confirmed="books")
    assert [each.service for each in asked.value.consequences] == ["books", "crm", "invoice"]
    assert len(billed.hub.connectors.active()) == 3

    known = disable_everything(billed.hub.context, billed.person(), confirmed=EVERYTHING)
    assert {each.service: each.traces.links for each in known} == {"books": 1, "crm": 2, "invoice": 1}
    assert billed.hub.connectors.active() == []
    # Again, and by somebody who can be asked of nobody any more: nothing is left to do.
    assert disable_everything(billed.hub.context, billed.person(), confirmed=EVERYTHING) == ()
    assert everything(billed.hub.context) == ()
    with pytest.raises(NotConnected):
        billed.sync()
    assert len(zoho.writes()) == before

    zoho.control("DELETE", "/faults")
    for service in ("crm", "books", "invoice"):
        enable(billed.hub.context, billed.person(), service)
    assert billed.sync().state == "done"
    assert len(zoho.writes()) == before


def test_everything_is_switched_off_through_the_api(billed: Any) -> None:
    address = f"{billed.page_url}/api/services"
    billed.sign_in(ICHIRO)
    assert billed.client.post(f"{address}/disable", json={"confirm": EVERYTHING}).status_code == 403
    billed.sign_in()
    planned = billed.client.get(f"{address}/consequences").json()["items"]
    assert [each["service"] for each in planned] == ["books", "crm", "invoice"]
    refused = billed.client.post(f"{address}/disable", json={})
    assert refused.status_code == 409
    assert "`everything`" in refused.json()["hint"]

    for expected in (planned, []):
        answer = billed.client.post(f"{address}/disable", json={"confirm": EVERYTHING})
        assert answer.status_code == 200, answer.text
        assert answer.json()["items"] == expected
