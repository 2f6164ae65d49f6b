"""Pages of the finance services' lists."""

from dataclasses import dataclass

from tsunagi import BrokenAnswer, Text
from tsunagi_zoho.answers import Answer, Json


@dataclass(frozen=True, slots=True)
class FinancePage:
    """The rows of one list call; `page` counts from 1."""

    rows: tuple[Json, ...]
    page: int
    more: bool


def finance_page(answer: Answer, key: str) -> FinancePage:
    """Read the list under `key` ("contacts") with its page_context. Raises BrokenAnswer."""
    rows, context = answer.body.get(key), answer.body.get("page_context")
    if not isinstance(rows, list) or not isinstance(context, dict):
        received = ", ".join(sorted(answer.body)) or "-"
        raise BrokenAnswer(
            Text(
                en=f"{answer.request}: a list '{key}' with its page_context was expected, got: {received}.",
                ja=f"{answer.request}: 一覧「{key}」と page_context が必要ですが、受け取った項目: {received}",
            ),
            service=answer.service,
        )
    return FinancePage(tuple(rows), int(context.get("page", 1)), bool(context.get("has_more_page")))
