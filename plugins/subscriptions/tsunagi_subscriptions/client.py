"""Calls about one organisation, as Billing words them unlike the other finance services."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tsunagi_zoho import Answer
from tsunagi_zoho.finance.organization import OrganizationClient, Query

_ORGANIZATION = "X-com-zoho-subscriptions-organizationid"
# Where answers hold records with the time of their last change.
_RECORDS = frozenset({"customer", "customers", "subscription", "subscriptions", "invoice", "invoices"})


class BillingClient(OrganizationClient):
    """Names the organisation in a header, and reads `updated_time` as the others' `last_modified_time`."""

    def get(self, path: str, query: Query | None = None) -> Answer:
        return _dated(self.client.get(path, params=query, headers=self._headers()))

    def download(self, path: str, media_type: str, query: Query | None = None) -> Answer:
        return self.client.download(path, media_type=media_type, params=query, headers=self._headers())

    def post(
        self,
        path: str,
        json: Mapping[str, Any] | None = None,
        query: Query | None = None,
        *,
        repeatable: bool = False,
    ) -> Answer:
        headers = self._headers()
        return _dated(self.client.post(path, json, params=query, headers=headers, repeatable=repeatable))

    def put(self, path: str, json: Mapping[str, Any]) -> Answer:
        return _dated(self.client.put(path, json, headers=self._headers(), repeatable=True))

    def delete(self, path: str) -> Answer:
        return self.client.delete(path, headers=self._headers(), repeatable=True)

    def _headers(self) -> dict[str, str]:
        return {_ORGANIZATION: self.organization_id}


def _dated(answer: Answer) -> Answer:
    body = {key: _with_time(value) if key in _RECORDS else value for key, value in answer.body.items()}
    return replace(answer, body=body)


def _with_time(value: object) -> object:
    if isinstance(value, list):
        return [_with_time(each) for each in value]
    if isinstance(value, dict) and "updated_time" in value:
        return {"last_modified_time": value["updated_time"], **value}
    return value
