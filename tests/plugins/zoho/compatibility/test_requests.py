"""The request to a vendor's support names everything they ask for."""

from collections.abc import Callable

from tsunagi import FinanceSide, Person
from tsunagi.text import LANGUAGES
from tsunagi_zoho.compatibility import ZohoCompatibility

SATO = Person("crm", "1", "sato@acme.example", "佐藤 花子", "Administrator", administrator=True)


def test_who_which_organisation_and_from_what_to_what(finance: Callable[..., FinanceSide]) -> None:
    request = ZohoCompatibility().support_request(SATO, finance(base="USD", used=True), "JPY")
    for language in LANGUAGES:
        body = request.body.in_language(language)
        for said in ("佐藤 花子 <sato@acme.example>", "Acme KK", "10001", "USD", "JPY"):
            assert said in body
        subject = request.subject.in_language(language)
        assert "\n" not in subject
        assert all(said in subject for said in ("10001", "USD", "JPY"))
    assert "from USD to JPY" in request.subject.en
    assert "USD から JPY へ" in request.subject.ja
    assert "Ledger" in request.body.en
    assert "レジャー会計" in request.body.ja
