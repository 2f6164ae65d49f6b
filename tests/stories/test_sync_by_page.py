"""What is kept in step, set up and decided by pages alone."""

import html
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from signing_in import form_token

RULES = Path(__file__).parents[2] / "rules"
PAIR = "/sync-pairs/books.customers"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RULES, tmp_path / "rules"))


@pytest.fixture
def office(open_office: Any, rules: Path) -> Any:
    office = open_office(listening=False, rules_dir=rules)
    office.sign_in()
    return office


def send(office: Any, path: str, *, expect: int = 303, **form: str) -> str:
    token = form_token(office.page(PAIR))
    answer = office.client.post(f"{office.page_url}{path}", data={**form, "form_token": token})
    assert answer.status_code == expect, answer.text
    return html.unescape(answer.text)


def file_of(page: str) -> str:
    (text,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, flags=re.DOTALL)
    return html.unescape(text)


def test_a_pair_is_set_up_checked_and_tried_by_page(office: Any, zoho: Any, rules: Path) -> None:
    zoho.add("Accounts", Account_Name="青葉商事株式会社", Phone="03-1234-5678")
    office.sync()
    assert "/sync-pairs/books.customers" in office.page("/sync-pairs")
    fields = office.page(PAIR)
    assert "phone number" in fields
    assert fields.count("03-1234-5678") == 2, "the value of a linked record on either side"

    before = (rules / "sync" / "books_customers.yaml").read_text(encoding="utf-8")
    chosen = {
        "direction": "both",
        "duplicates": "skip",
        "conflicts": "newest_wins",
        "deletions": "ask",
        "merges": "ask",
    }
    send(office, f"{PAIR}/settings", enabled="true", **chosen)
    written = (rules / "sync" / "books_customers.yaml").read_text(encoding="utf-8")
    # Comments and all that was not chosen stay.
    assert [line for line in before.splitlines() if line.startswith("#")] == [
        line for line in written.splitlines() if line.startswith("#")
    ]
    page = office.page(PAIR)
    for word in ("both", "skip", "newest_wins"):
        assert f'<option value="{word}" selected>' in page

    text = file_of(page)
    wrong = send(office, f"{PAIR}/text", expect=409, act="save", text=text.replace("crm: website", "crm: websit"))
    assert "website" in wrong.split("To correct:")[1].split("</ul>")[0]
    assert (rules / "sync" / "books_customers.yaml").read_text(encoding="utf-8") == written

    tried = send(office, f"{PAIR}/text", expect=200, act="try", text=text, record="青葉商事株式会社")
    assert "03-1234-5678" in tried
    assert "Nothing was written." in tried
    send(office, f"{PAIR}/text", act="save", text=text.replace("\n", "\r\n"))
    assert (rules / "sync" / "books_customers.yaml").read_text(encoding="utf-8") == written
    assert "双方向" in office.page(PAIR, "ja")


def test_questions_are_answered_with_both_sides_in_sight(office: Any, zoho: Any, rules: Path) -> None:
    zoho.add("Accounts", Account_Name="Aoba Trading", Phone="03-1111")
    made = {"contact_name": "Aoba Shoji", "contact_type": "customer", "billing_address": {"phone": "03-1111"}}
    zoho.finance("books", "POST", "/contacts", made)
    text = file_of(office.page(PAIR))
    matching = re.sub(
        r"matching:\n(?:  .*\n)+",
        "matching: {link_at: 90, review_at: 40, keys: [{field: phone, compare: phone, score: 45}]}\n",
        text,
    )
    send(office, f"{PAIR}/text", act="save", text=matching.replace("direction: crm_to_finance ", "direction: both "))
    office.sync()

    assert re.search(r"Questions of the sync\s*<span[^>]*>1<", office.page("/sync-runs"))
    queue = office.page("/sync-reviews")
    for shown in ("Are these one?", "Aoba Trading", "Aoba Shoji", "03-1111", "They are one"):
        assert shown in queue
    (address,) = set(re.findall(r'action="(/sync-reviews/\w+)"', queue))
    send(office, address, word="link")
    assert "Nothing waits for a person" in office.page("/sync-reviews")
    # Asked by then, nobody can answer it any more.
    send(office, address, expect=409, word="skip")
    office.sync()
    assert [each["contact_name"] for each in zoho.customers()] == ["Aoba Trading"]
