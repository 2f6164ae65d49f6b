"""Error pages say what happened and what to do, in the reader's language."""

import httpx2
import pytest


@pytest.mark.parametrize(
    ("path", "status", "english", "japanese"),
    [
        ("/nothing/here", 404, "There is nothing at this address.", "このアドレスには何もありません。"),
        ("/accounts/0", 404, "There is no such account.", "この取引先はありません。"),
        ("/sync-runs/0", 404, "There is no such sync run.", "この同期はありません。"),
        ("/accounts?after=gibberish", 422, "is not a page position", "値が正しくありません"),
        (f"/accounts?search={'x' * 300}", 422, "The request makes no sense.", "リクエストを理解できません。"),
    ],
)
def test_a_mistaken_address(reader: httpx2.Client, path: str, status: int, english: str, japanese: str) -> None:
    for language, expected in (("en", english), ("ja", japanese)):
        answer = reader.get(path, headers={"Accept-Language": language})
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html")
        assert expected in answer.text.replace("&#39;", "'")
