"""The pages of why: one link from each document a rule made, from each deal, and from a refusal."""

import html
import re
from collections.abc import Callable

import httpx2
from filled_hub import AOZORA, INVOICE, VENDOR, WON_DEAL
from signing_in import CLERK, let_in, sign_in

from tsunagi.hub import Hub

Visit = Callable[..., str]
WHY = f"/why/books/invoice/{INVOICE.id}"


def text_of(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def test_each_document_a_rule_made_leads_to_its_trace(visit: Visit) -> None:
    # The invoice that people made has none.
    assert visit("/documents", service="books", kind="invoice").count('href="/why/') == 1
    assert visit(f"/deals/{WON_DEAL.id}").count(f'href="{WHY}"') == 1

    page = text_of(visit(WHY))
    for shown in (
        "Why: INV-000042",
        "its conditions held, and it was done",
        "Holds: Amount is more than 0 — it was: $1,054.50 · 生産ライン更新",
        "It would be otherwise if:",
        "automations/deal_won_invoice.yaml:",
    ):
        assert shown in page
    assert f'href="/deals/{WON_DEAL.id}"' in visit(WHY)
    assert "次のようであれば結果は変わります:" in visit(WHY, lang="ja")


def test_a_document_of_people_says_so_and_an_unknown_one_is_not_there(visit: Visit, reader: httpx2.Client) -> None:
    assert "No rule made it" in text_of(visit("/why/books/invoice/9002"))
    for nowhere in ("/why/books/invoice/404", "/why-not/crm/deal/404", "/why/nothing/at/all"):
        assert reader.get(nowhere).status_code == 404


def test_a_deal_says_which_rule_waits_for_what(visit: Visit) -> None:
    assert 'href="/why-not/crm/deal/3002"' in visit("/deals/3002")
    assert visit(f"/accounts/{AOZORA.id}").count('href="/why-not/crm/deal/') >= 2, "beside each deal of an account"
    page = text_of(visit("/why-not/crm/deal/3002", lang="en"))
    assert "Has not happened" in page
    assert "If it happened now:" in page
    assert "Outcome is Won (it is Open)" in page
    assert "結果が「受注」(現在は商談中)" in text_of(visit("/why-not/crm/deal/3002", lang="ja"))
    # What nobody waits for is no empty page.
    assert "No rule waits for this." in text_of(visit(f"/why-not/crm/vendor/{VENDOR.id}", lang="en"))


def test_a_refusal_leads_to_its_explanation(hub: Hub, address: str, reader: httpx2.Client) -> None:
    with httpx2.Client(base_url=address, timeout=20) as visitor:
        sign_in(visitor, let_in(hub, CLERK))
        refused = visitor.get("/rules/edit")
        assert refused.status_code == 403
        assert "tsunagi why-denied" not in refused.text
        link = html.unescape(re.findall(r'href="(/why-denied[^"]+)"', refused.text)[0])
        # Everybody may ask about themselves.
        assert "named the profile 'Standard' too" in text_of(visitor.get(link).text)

    answer = reader.get(link)
    assert answer.status_code == 200
    assert "rules:edit denied" in text_of(answer.text)
    assert "/permissions/edit?file=permissions/starter.yaml" in answer.text
    assert "次のようであれば結果は変わります:" in reader.get(f"{link}&lang=ja").text
    # What cannot be permitted at all is said on the page, with the form to ask again.
    unknown = reader.get(
        "/why-denied", params={"user": CLERK.email, "action": "fly", "resource": "rules", "lang": "en"}
    )
    assert unknown.status_code == 409
    assert "has no action" in text_of(unknown.text)
