"""In which language somebody is answered."""

import httpx2
import pytest


@pytest.mark.parametrize(
    ("header", "expected"),
    [("ja,en;q=0.8", "ja"), ("en-GB,en;q=0.9,ja;q=0.8", "en"), ("fr-FR,fr;q=0.9", "en"), ("fr,ja;q=0.5", "ja")],
)
def test_the_browsers_languages_decide_first(reader: httpx2.Client, header: str, expected: str) -> None:
    answer = reader.get("/accounts", headers={"Accept-Language": header})
    assert answer.headers["content-language"] == expected
    assert f'<html lang="{expected}">' in answer.text


def test_a_choice_is_remembered(reader: httpx2.Client) -> None:
    english = {"Accept-Language": "en"}
    assert "取引先" in reader.get("/accounts?lang=ja", headers=english).text
    assert "取引先" in reader.get("/rules", headers=english).text
    assert "Rules" in reader.get("/rules?lang=en", headers=english).text


def test_a_language_nobody_speaks_is_passed_over(reader: httpx2.Client) -> None:
    answer = reader.get("/accounts?lang=%22%0d%0aSet-Cookie:x", headers={"Accept-Language": "ja"})
    assert answer.headers["content-language"] == "ja"
    assert "tsunagi_language" not in answer.cookies


def test_caches_are_told_that_answers_differ(reader: httpx2.Client) -> None:
    assert "Accept-Language" in reader.get("/accounts").headers["vary"]


def test_switching_keeps_the_search(reader: httpx2.Client) -> None:
    page = reader.get("/accounts?search=branch", headers={"Accept-Language": "en"}).text
    assert 'href="/accounts?search=branch&amp;lang=ja"' in page
