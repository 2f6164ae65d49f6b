"""The document that describes the API, OpenAPI 3.1."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from tsunagi.http.api.problems import Problem
from tsunagi.http.api.repeating import HEADER, PARAMETER
from tsunagi.http.problem_types import permission_of, problems_of

TAGS = [
    {"name": "accounts", "description": "Accounts of the CRM with their contacts, deals and finance documents"},
    {"name": "contacts", "description": "Contacts of the CRM with the documents of their account"},
    {"name": "deals", "description": "Deals of the CRM with the documents that name them"},
    {"name": "vendors", "description": "Vendors of the CRM with their products and the documents made for them"},
    {"name": "products", "description": "Products of the CRM and the items they are"},
    {"name": "records", "description": "What happened to any record of any service"},
    {
        "name": "documents",
        "description": "Making, changing, printing and mailing documents, fetching them anew",
    },
    {"name": "plans", "description": "What a sync or a change of settings would do: saved, shown, applied later"},
    {"name": "sync runs", "description": "Bringing the services in step: begin, follow, look back"},
    {
        "name": "sync pairs",
        "description": "What a sync does with each pair: settings, and trying them on a record",
    },
    {"name": "sync reviews", "description": "What a sync was not sure of, and the answers of people"},
    {"name": "reconciliation", "description": "Where both sides differ, why, and how to fix it"},
    {"name": "open items", "description": "What is not as it should be, and trying it again"},
    {"name": "connections", "description": "Which organisations are connected, and connecting or creating one"},
    {"name": "features", "description": "Which parts of a service are fetched and shown"},
    {"name": "services", "description": "Switching a service off and on, and forgetting it"},
    {"name": "currencies", "description": "Plans, base currencies and exchange rates of both sides"},
    {"name": "keys", "description": "Letting somebody else connect one's own organisation"},
    {"name": "tokens", "description": "What people and programs sign in with"},
    {"name": "widgets", "description": "A record's documents inside the pages of the CRM"},
    {"name": "rules", "description": "What is automated, and rule files that need repair"},
    {"name": "permissions", "description": "Who may see and do what, and why not"},
    {"name": "plugins", "description": "What brings the services"},
    {"name": "notifications", "description": "Callbacks of the services"},
    {"name": "operations", "description": "For whoever runs the hub"},
]


def operation_id(route: APIRoute) -> str:
    """Module and function: a name that stays when an address changes."""
    module = route.endpoint.__module__.rpartition(".")[2]
    return f"{module}_{route.endpoint.__name__}"


def describe(application: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the application, made once."""
    if application.openapi_schema is None:
        schema = get_openapi(
            title=application.title,
            version=application.version,
            summary="A bridge between a CRM and the finance services a company bills and spends with",
            description="Money is `{amount, currency}` with the amount as exact text. Lists are read a page at a "
            "time: ask again with `after` set to `next`. Errors are RFC 9457 problem details. Texts come in the "
            "language of Accept-Language (en, ja). JSON carries an ETag for `If-None-Match`, and for `If-Match` "
            "where a change takes it, in the language it was read in. A POST with an `Idempotency-Key` is done once.",
            routes=application.routes,
            tags=TAGS,
            servers=[{"url": "/"}],
        )
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        parts = {"Problem": problem, **problem.pop("$defs", {})}
        schema["components"]["schemas"].update(parts)
        for path, operations in schema["paths"].items():
            for method, operation in operations.items():
                _add_headers(path, method, operation)
                operation["x-permission"] = permission_of(operation)
                operation["x-problems"] = list(problems_of(path, operation))
        application.openapi_schema = schema
    return application.openapi_schema


_ETAG = {"ETag": {"description": "of what is answered", "schema": {"type": "string"}}}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "the ETag one has: 304 where it is still that",
    "schema": {"type": "string"},
}


def _add_headers(path: str, method: str, operation: dict[str, Any]) -> None:
    """What middlewares take and give, which no route declares."""
    # Callbacks come from the services, which know nothing of it.
    if not path.startswith("/api/") or "security" not in operation:
        return
    parameters = operation.setdefault("parameters", [])
    known = operation["responses"].get("200", {})
    if method == "get" and "application/json" in known.get("content", {}):
        known["headers"] = _ETAG
        operation["responses"]["304"] = {"description": "Nothing has changed", "headers": _ETAG}
        parameters.append(_IF_NONE_MATCH)
    if method == "post" and not any(each["name"] == HEADER for each in parameters):
        parameters.append(PARAMETER)
