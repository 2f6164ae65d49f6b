"""The head of an account's page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi import EntityType, FieldSpec, Text
from tsunagi.http.web.details import address, details
from tsunagi.translation import speaking

SITE = EntityType(
    "crm",
    "account",
    Text.same("Account"),
    Text.same("Accounts"),
    (FieldSpec("website", "url", Text.same("Site")), FieldSpec("phone", "phone", Text.same("Phone"))),
)


@given(st.text(max_size=60))
def test_a_site_leads_to_the_web_or_nowhere(text: str) -> None:
    for detail in details(SITE, {"website": text}, {}):
        assert detail.href == "" or detail.href.startswith(("http://", "https://"))


@pytest.mark.parametrize("text", ["javascript:alert(1)", "data:text/html,x", "//", "file:///etc/passwd", "https://"])
def test_what_is_no_site_is_plain_text(text: str) -> None:
    assert details(SITE, {"website": text}, {})[0].href == ""


def test_a_phone_number_can_be_called() -> None:
    assert details(SITE, {"phone": "+81 (3) 1234-5678"}, {})[0].href == "tel:+81312345678"


def test_an_address_is_written_as_each_language_writes_it() -> None:
    fields = {
        "billing_street": "霞が関1-2",
        "billing_city": "千代田区",
        "billing_state": "東京都",
        "billing_code": "100",
    }
    with speaking("ja"):
        assert address(fields, "billing") == "〒100 東京都千代田区 霞が関1-2"
    with speaking("en"):
        assert address(fields, "billing") == "霞が関1-2, 千代田区, 東京都 100"
    assert address({}, "billing") == ""
