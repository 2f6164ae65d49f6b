"""Somebody who works in the CRM: the demo's own acts there, made through its API as any program's would be."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any, Self

import httpx2
import simplejson

from tsunagi import ConfigError, Text
from tsunagi_demo.sandbox import CREDENTIALS

MOST_ROWS = 100
_WON = "Closed Won"
_LISTED = "Deal_Name,Stage,Amount,Currency,Account_Name"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OpenDeal:
    """A deal that is neither won nor lost; `account` is the account's name."""

    id: str
    name: str
    currency: str
    account: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row the CRM did not take, and why."""

    row: Row
    reason: str


@dataclass(slots=True)
class CrmUser:
    """A small client of the CRM; counts its calls by method and the seconds it waited."""

    url: str
    calls: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    # The CRM's own clock, from its latest answer: a sandbox may live in another time.
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    _http: httpx2.Client = field(init=False)
    _token: str = ""

    def __post_init__(self) -> None:
        # Idle connections are given up before the server closes them under a write.
        limits = httpx2.Limits(keepalive_expiry=3.0)
        self._http = httpx2.Client(base_url=self.url, trust_env=False, timeout=60, limits=limits)

    def stages(self) -> dict[str, str]:
        """Every stage a deal may have: {stage: forecast type}, as this organisation's pipeline has them."""
        layouts = self.call("GET", "/crm/v8/settings/layouts", params={"module": "Deals"})["layouts"]
        found = self.call("GET", "/crm/v8/settings/pipeline", params={"layout_id": layouts[0]["id"]})
        return {
            stage["actual_value"]: stage["forecast_type"]
            for pipeline in found["pipeline"]
            for stage in pipeline["maps"]
        }

    def won_stage(self, stages: Mapping[str, str]) -> str:
        """Stages are renamed and translated freely: only the forecast type defines which one means won."""
        for stage, forecast in stages.items():
            if forecast == _WON:
                return stage
        raise ConfigError(
            Text(
                en=f"The CRM's pipeline has no stage whose forecast type is {_WON}; it has {', '.join(stages)}.",
                ja=f"CRM のパイプラインに予測種別 {_WON} のステージがありません: {', '.join(stages)}",
            )
        )

    def open_deals(self, stages: Mapping[str, str]) -> Iterator[OpenDeal]:
        """Open deals with an account, the oldest first."""
        params = {"fields": _LISTED, "per_page": "200", "sort_by": "id", "sort_order": "asc"}
        page = {"page": "1"}
        while True:
            answer = self.call("GET", "/crm/v8/Deals", params={**params, **page})
            for row in answer.get("data", ()):
                if stages.get(row["Stage"]) == "Open" and row.get("Account_Name"):
                    account = row["Account_Name"]["name"]
                    yield OpenDeal(row["id"], row["Deal_Name"], row.get("Currency") or "", account)
            info = answer.get("info", {})
            if not info.get("more_records"):
                return
            page = {"page_token": info["next_page_token"]}

    def has_products(self, deal: OpenDeal) -> bool:
        params = {"fields": "Product_Name", "per_page": "1"}
        return bool(self.call("GET", f"/crm/v8/Deals/{deal.id}/Products", params=params).get("data"))

    def change_deals(self, rows: Sequence[Row]) -> list[Refusal]:
        """Change up to 100 deals, each row with its `id`; returns the rows that were not taken."""
        if not rows:
            return []
        outcomes = self.call("PUT", "/crm/v8/Deals", json={"data": rows}, refusals=True)["data"]
        return [
            Refusal(row, f"{outcome.get('code')}: {outcome.get('message')} {outcome.get('details')}")
            for row, outcome in zip(rows, outcomes, strict=True)
            if outcome.get("status") != "success"
        ]

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        refusals: bool = False,
    ) -> dict[str, Any]:
        """One call of any service of the sandbox; `refusals` lets a batch of which nothing was taken pass.

        Raises ConfigError with what was answered, where it is an error.
        """
        if not self._token:
            self._token = self._sign_in()
        answer = self._send(method, path, params, json)
        if answer.status_code == 401:
            self._token = self._sign_in()
            answer = self._send(method, path, params, json)
        if answer.status_code == 204:
            return {}
        body: dict[str, Any] = simplejson.loads(answer.content, use_decimal=True)
        # A batch of which every row is refused is answered with an error status, and still has the reasons row by row.
        if answer.is_error and not (refusals and isinstance(body.get("data"), list)):
            raise _unexpected(method, path, answer)
        return body

    def _send(
        self, method: str, path: str, params: Mapping[str, str] | None, json: Mapping[str, Any] | None
    ) -> httpx2.Response:
        headers = {"Authorization": f"Zoho-oauthtoken {self._token}", "Content-Type": "application/json"}
        content = None if json is None else simplejson.dumps(json, use_decimal=True).encode()
        return self._counted(method, path, params=params, headers=headers, content=content)

    def _sign_in(self) -> str:
        form = {"grant_type": "refresh_token", **CREDENTIALS}
        answer = self._counted("POST", "/oauth/v2/token", data=form)
        if answer.is_error or "access_token" not in answer.json():
            raise _unexpected("POST", "/oauth/v2/token", answer)
        return str(answer.json()["access_token"])

    def _counted(self, method: str, path: str, **arguments: Any) -> httpx2.Response:
        started = perf_counter()
        self.calls[method] += 1
        try:
            answer = self._http.request(method, path, **arguments)
        finally:
            self.seconds += perf_counter() - started
        if "Date" in answer.headers:
            self.now = parsedate_to_datetime(answer.headers["Date"])
        return answer


def _unexpected(method: str, path: str, answer: httpx2.Response) -> ConfigError:
    received = answer.text[:500]
    return ConfigError(
        Text(
            en=f"The sandbox answered {method} {path} with HTTP {answer.status_code}: {received}",
            ja=f"サンドボックスが {method} {path} に HTTP {answer.status_code} を返しました: {received}",
        )
    )


@dataclass(frozen=True, slots=True)
class Closing:
    """How one deal closes."""

    deal_id: str
    stage: str
    amount: Decimal | None
    closing_date: str

    def row(self) -> dict[str, Any]:
        """As the CRM gets it; what the data leaves out is not changed."""
        given = {"Amount": self.amount, "Closing_Date": self.closing_date or None}
        return {"id": self.deal_id, "Stage": self.stage, **{name: value for name, value in given.items() if value}}


def closings(plan: Path, *, after: int = 0) -> Iterator[Sequence[Closing]]:
    """The plan from its row `after` on, in order of closing date, as many at a time as one call may change."""
    with plan.open(encoding="utf-8", newline="") as file:
        rows = islice(csv.DictReader(file), after, None)
        while batch := [_closing(row) for row in islice(rows, MOST_ROWS)]:
            yield batch


def count_closings(plan: Path) -> Counter[str]:
    """How many deals the plan closes, by the stage they end in."""
    with plan.open(encoding="utf-8", newline="") as file:
        return Counter(row["stage"] for row in csv.DictReader(file))


def _closing(row: dict[str, str]) -> Closing:
    return Closing(
        deal_id=row["deal_id"],
        stage=row["stage"],
        amount=Decimal(row["amount"]) if row["amount"] else None,
        closing_date=row["closing_date"],
    )
