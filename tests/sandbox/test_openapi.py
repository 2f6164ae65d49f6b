"""The check of the suite's exchanges against the vendor's OpenAPI files really checks."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[2]
_FOLDER = (_ROOT / os.environ.get("TSUNAGI_OAS", "../shared/oas")).resolve()

pytestmark = pytest.mark.skipif(not _FOLDER.is_dir(), reason=f"the vendor's OpenAPI files are not at {_FOLDER}")


def found(service: str, method: str, path: str, status: int, response: Any, **query: str) -> set[str]:
    from oas_check import violations
    from oas_documents import Documents

    exchange = {
        "service": service,
        "method": method,
        "path": path,
        "route": path,
        "query": query,
        "status": status,
        "response": response,
    }
    return {f"{v.where} {v.keyword} {v.detail}" for v, _ in violations(exchange, Documents(_FOLDER))}


def test_a_right_answer_passes() -> None:
    body = {"count": 3}
    assert found("crm", "GET", "/crm/v8/Deals/actions/count", 200, body) == set()
    assert found("books", "GET", "/books/v3/organizations", 200, {"code": 0, "organizations": []}) == set()


def test_a_wrong_type_is_found_where_it_is() -> None:
    body = {"code": "0", "message": "success", "organizations": [{"name": 3}]}
    assert found("books", "GET", "/books/v3/organizations", 200, body) == {
        "code type integer expected, str found",
        "organizations.[].name type string expected, int found",
    }


def test_an_unknown_operation_parameter_or_status_is_found() -> None:
    assert found("books", "GET", "/books/v3/unheard", 200, {}) == {" operation unknown"}
    assert found("crm", "GET", "/crm/v8/org", 200, None, colour="red") == {" query colour"}
    assert found("crm", "GET", "/crm/v8/org", 418, None) == {" status 418"}


def test_an_error_has_the_services_shape() -> None:
    assert found("crm", "GET", "/crm/v8/org", 500, {"code": "INTERNAL_ERROR"}) == {
        " required details",
        " required message",
        " required status",
    }
    assert found("books", "GET", "/books/v3/items", 404, {"code": 1002, "message": "m"}) == set()


def test_billing_is_checked_at_both_its_addresses() -> None:
    body = {"code": 0, "message": "success", "customers": [{"outstanding": "0"}]}
    for base in ("/billing/v1", "/subscriptions/v1"):
        assert found("billing", "GET", f"{base}/customers", 200, body) == {
            "customers.[].outstanding type number expected, str found"
        }
        assert found("billing", "GET", f"{base}/unheard", 200, {}) == {" operation unknown"}


def test_services_without_documents_are_counted(tmp_path: Path) -> None:
    from oas_check import check_folder
    from oas_documents import Documents

    services = ("expense", "expense", "invoice", "sandbox")
    lines = [json.dumps({"service": service, "status": 200, "faults": []}) for service in services]
    (tmp_path / "log.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert check_folder(tmp_path, Documents(_FOLDER)).unchecked == {"expense": 2, "invoice": 1}
