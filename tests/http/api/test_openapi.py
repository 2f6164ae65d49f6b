"""The description of the API, and whether the API keeps to it."""

from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance
from signing_in import bearer


@pytest.fixture(scope="session")
def description(api: httpx2.Client) -> Any:
    return api.get("/api/openapi.json").json()


def test_every_operation_is_named_and_tagged(description: Any) -> None:
    tags = {tag["name"] for tag in description["tags"]}
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], f"{method} {path}"
            assert set(operation["tags"]) <= tags, f"{method} {path}"


def test_money_and_problems_come_with_examples(description: Any) -> None:
    schemas = description["components"]["schemas"]
    assert schemas["MoneyOut"]["examples"] == [{"amount": "1054.00", "currency": "USD"}]
    assert schemas["Problem"]["examples"][0]["hint"]


def test_pages_are_not_described(description: Any) -> None:
    assert all(path.startswith(("/api/", "/health", "/metrics")) for path in description["paths"])


def test_whatever_is_sent_the_answer_is_as_described(description: Any, address: str, token: str) -> None:
    """A few tries an operation with input nobody would think of."""
    schema = schemathesis.openapi.from_dict(description)
    schema.config.update(base_url=address)
    # A sync is real work and has tests of its own.
    real_work = ["/api/sync-runs", "/api/documents/refresh"]
    for found in schema.exclude(method="POST", path=real_work).get_all_operations():
        _try(found.ok(), address, token)


def _try(operation: Any, address: str, token: str) -> None:
    from hypothesis import given

    @settings(
        max_examples=12,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def answers(case: Any) -> None:
        checks = [not_a_server_error, response_schema_conformance, content_type_conformance]
        case.call_and_validate(base_url=address, checks=checks, headers=bearer(token))

    answers()
