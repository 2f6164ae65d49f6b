"""Calls about one organisation of a finance service."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tsunagi import BrokenAnswer, Text
from tsunagi_zoho.answers import Answer, Json
from tsunagi_zoho.client import ZohoClient
from tsunagi_zoho.paging import finance_page

PAGE_SIZE = 200

Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OrganizationCalls:
    """The calls of ZohoClient, each naming the organisation."""

    client: ZohoClient
    organization_id: str

    @property
    def service(self) -> str:
        return self.client.service

    def get(self, path: str, query: Query | None = None) -> Answer:
        return self.client.get(path, params=self._scope(query))

    def download(self, path: str, media_type: str, query: Query | None = None) -> Answer:
        return self.client.download(path, media_type=media_type, params=self._scope(query))

    def post(
        self,
        path: str,
        json: Mapping[str, Any] | None = None,
        query: Query | None = None,
        *,
        repeatable: bool = False,
    ) -> Answer:
        return self.client.post(path, json, params=self._scope(query), repeatable=repeatable)

    def put(self, path: str, json: Mapping[str, Any]) -> Answer:
        """Writing the same fields twice is the same as once."""
        return self.client.put(path, json, params=self._scope(), repeatable=True)

    def delete(self, path: str) -> Answer:
        return self.client.delete(path, params=self._scope(), repeatable=True)

    def rows(self, path: str, key: str, query: Query | None = None) -> Iterator[Json]:
        """Every row of a list, one call a page."""
        more, number = True, 1
        while more:
            asked = {**(query or {}), "page": str(number), "per_page": str(PAGE_SIZE)}
            page = finance_page(self.get(path, asked), key)
            yield from page.rows
            more, number = page.more, number + 1

    def _scope(self, query: Query | None = None) -> dict[str, str]:
        return {"organization_id": self.organization_id, **(query or {})}


def object_in(answer: Answer, key: str) -> Json:
    """The object under `key`. Raises BrokenAnswer naming what came instead."""
    data = answer.body.get(key)
    if not isinstance(data, dict):
        raise missing(answer, key)
    return data


def list_in(answer: Answer, key: str) -> list[Json]:
    """The list under `key`. Raises BrokenAnswer naming what came instead."""
    rows = answer.body.get(key)
    if not isinstance(rows, list):
        raise missing(answer, key)
    return rows


def missing(answer: Answer, key: str) -> BrokenAnswer:
    received = ", ".join(sorted(answer.body)) or "-"
    return BrokenAnswer(
        Text(
            en=f"{answer.request}: '{key}' was expected, got: {received}.",
            ja=f"{answer.request}: 「{key}」が必要ですが、受け取った項目: {received}",
        ),
        service=answer.service,
    )
