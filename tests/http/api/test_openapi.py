"""The description of the API, and whether the API keeps to it."""

from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance
from signing_in import bearer

from tsunagi.http.problem_types import PREFIX


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


# Lists that are answered whole, and why they stay short.
WHOLE = {
    "/api/sync-pairs": "as many as plugins and files declare",
    "/api/connections": "one for each service",
    "/api/services/consequences": "one for each service",
    "/api/features": "as many as plugins declare",
    "/api/plugins": "as many as are installed",
    "/api/currencies/{service}/rates": "one for each currency of the organisation",
    "/api/receivables": "two for each service and currency",
}


def parameters_of(operation: Any) -> set[str]:
    return {each["name"] for each in operation.get("parameters", ())}


def answer_of(description: Any, operation: Any) -> Any:
    """The schema of what a successful call answers as JSON; None for a file or nothing."""
    schema = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema")
    name = (schema or {}).get("$ref", "").rpartition("/")[2]
    return description["components"]["schemas"][name] if name else schema


def test_every_list_is_read_a_page_at_a_time(description: Any) -> None:
    whole = set()
    for path, operations in description["paths"].items():
        schema = answer_of(description, operations.get("get", {"responses": {}})) or {}
        listed = schema.get("type") == "array" or schema.get("properties", {}).get("items", {}).get("type") == "array"
        if listed and not {"after", "limit"} <= parameters_of(operations["get"]):
            whole.add(path)
        elif listed:
            assert "next" in schema["properties"], path
    assert whole == WHOLE.keys()


def test_what_can_be_changed_is_read_with_its_etag_and_changed_by_it(description: Any) -> None:
    checked = set()
    for path, operations in description["paths"].items():
        changes = [operations[method] for method in ("put", "patch", "delete") if method in operations]
        if "get" in operations and changes:
            assert "ETag" in operations["get"]["responses"]["200"]["headers"], path
            assert all("If-Match" in parameters_of(each) for each in changes), path
            checked.add(path)
    assert checked == {
        "/api/sync-pairs/{pair}",
        "/api/rules/recipe",
        "/api/rules/files/{file}",
        "/api/permissions/files/{file}",
        "/api/permissions/matrix",
    }


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
        answer = case.call_and_validate(base_url=address, checks=checks, headers=bearer(token))
        if answer.headers.get("content-type", [""])[0] == "application/problem+json":
            name = answer.json()["type"].removeprefix(PREFIX)
            assert name in {"about:blank", *operation.definition.raw["x-problems"]}

    answers()
