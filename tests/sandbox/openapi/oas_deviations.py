"""Where the sandbox knowingly differs from the OpenAPI files, each with the reason."""

import re
from ast import literal_eval
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol


class Described(Protocol):
    """What a deviation is matched against."""

    @property
    def service(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def where(self) -> str: ...
    @property
    def keyword(self) -> str: ...
    @property
    def detail(self) -> str: ...


@dataclass(frozen=True)
class Deviation:
    """A tolerated difference; texts are patterns with `*`, matched whole."""

    service: str
    reason: str
    operation: str = "*"
    where: str = "*"
    keyword: str = "*"
    detail: str = "*"

    def covers(self, violation: Described) -> bool:
        return self.service == violation.service and all(
            fnmatchcase(getattr(violation, name), getattr(self, name).replace("[]", "[[]]"))
            for name in ("operation", "where", "keyword", "detail")
        )


_CRM_ERROR = {
    "type": "object",
    "required": ["code", "details", "message", "status"],
    "properties": {
        "code": {"type": "string"},
        "details": {"type": "object"},
        "message": {"type": "string"},
        "status": {"type": "string", "enum": ["error"]},
    },
}
_BOOKS_ERROR = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
}
# What stands before an operation (sign-in, permissions, limits, failures) answers the same everywhere; the
# documents leave it out of the operations.
ERROR_SCHEMAS: dict[str, dict[str, Any]] = {"crm": _CRM_ERROR, "books": _BOOKS_ERROR, "billing": _BOOKS_ERROR}
GATEWAY_STATUSES: dict[str, frozenset[int]] = {
    "crm": frozenset({401, 403, 404, 405, 429, 500, 502, 503, 504}),
    "books": frozenset({400, 401, 403, 404, 405, 429, 500, 502, 503, 504}),
    "billing": frozenset({400, 401, 403, 404, 405, 429, 500, 502, 503, 504}),
}

_EVERY_KEY = (
    "the CRM files require every key they know, also those of other kinds of object and internal ones; the keys"
    " clients read are answered"
)

CRM_DEVIATIONS: tuple[Deviation, ...] = (
    *(
        Deviation(
            "crm",
            "the CRM files know one status for calls on records; the vendor's pages document the others",
            operation="* /crm/v8/{module_api_name}*",
            keyword="status",
            detail=status,
        )
        for status in ("201", "204", "207", "304", "400", "412")
    ),
    *(
        Deviation(
            "crm",
            "currencies of which some are refused have a status each, as the vendor's own example shows",
            operation="* /crm/v8/org/currencies",
            where=where,
            keyword=keyword,
        )
        for where, keyword in (("currencies.[].*", "*"), ("", "status"))
    ),
    *(
        Deviation(
            "crm",
            "notes have an outcome each, as records have; the file describes outcomes and errors apart",
            operation=f"{method} /crm/v8/Notes*",
            where=where,
            keyword=keyword,
        )
        for method in ("POST", "PUT", "DELETE")
        for where, keyword in (("data.[].*", "*"), ("", "status"))
    ),
    Deviation(
        "crm",
        "the vendor's pages have this call, the files do not",
        operation="POST /crm/v8/{module}/{id}/Notes",
        keyword="operation",
    ),
    Deviation("crm", "no more than the fields asked for", "GET /crm/v8/Notes*", keyword="required"),
    Deviation("crm", "what is empty is null", "GET /crm/v8/Notes*", "data.[].*", "type", "* expected, NoneType found"),
    Deviation("crm", "nothing found, as on lists", operation="GET /crm/v8/Notes", keyword="status", detail="204"),
    *(
        Deviation("crm", "an outcome each, as records have", operation=f"* {path}", where=where, keyword=keyword)
        for path in (
            "/crm/v8/settings/tags*",
            "/crm/v8/{module_api_name}/*/actions/*_tags",
            "/crm/v8/{module}/{record_id}/Attachments*",
            "/crm/v8/Contacts/roles*",
        )
        for where, keyword in (("data.[].*", "enum"), ("tags.[].code", "enum"), ("", "status"))
    ),
    Deviation(
        "crm",
        "a tag without a colour; the file says nullable and lists no null",
        "GET /crm/v8/settings/tags*",
        "tags.[].color_code",
        "enum",
    ),
    Deviation("crm", "no more than the fields asked for", "GET /crm/v8/{module}/{record_id}/Att*", keyword="required"),
    Deviation("crm", "a job repeats what was asked", "GET /crm/bulk/v8/read/{job_id}", keyword="required"),
    Deviation("crm", "a criterion's value may be a text", "GET /crm/bulk/v8/read/{job_id}", "*.value", "type"),
    Deviation("crm", "nothing found, as on lists", operation="POST /crm/v8/coql", keyword="status", detail="204"),
    Deviation("crm", "the file leaves errors out", operation="GET /crm/v8/users/actions/count", keyword="status"),
    Deviation(
        "crm",
        "one page answers nothing, like the list does",
        operation="GET /crm/v8/settings/related_lists",
        keyword="status",
        detail="204",
    ),
    Deviation("crm", _EVERY_KEY, operation="GET /crm/v8/settings/*", keyword="required"),
    Deviation("crm", _EVERY_KEY, operation="GET /crm/v8/users*", keyword="required", detail="info"),
    Deviation(
        "crm",
        "the CRM files seldom say that a value may be null, where the vendor answers null for 'none'",
        operation="GET /crm/v8/settings/*",
        keyword="type",
        detail="* expected, NoneType found",
    ),
    Deviation(
        "crm",
        "no sort order is chosen",
        operation="GET /crm/v8/settings/custom_views*",
        where="custom_views.[].sort_order",
        keyword="enum",
    ),
    Deviation(
        "crm",
        "the value of a criterion is a text or a number, not only an object",
        operation="GET /crm/v8/settings/custom_views/{id}",
        where="custom_views.[].criteria*.value",
        keyword="type",
    ),
    Deviation(
        "crm",
        "a field selection names fields and has none of a criterion's other keys",
        operation="* /crm/v8/actions/watch",
        where="watch*field_selection*",
        keyword="required",
    ),
    Deviation(
        "crm",
        "channel ids are numbers or numeric texts; the file has no type for them",
        operation="GET /crm/v8/actions/watch",
        where="watch.[].channel_id",
        keyword="type",
    ),
    Deviation(
        "crm",
        "the file's pattern is that of an example address",
        operation="GET /crm/v8/actions/watch",
        where="watch.[].notify_url",
        keyword="pattern",
    ),
    Deviation(
        "crm",
        "the file's pattern is that of an example address",
        operation="GET /crm/v8/users*",
        where="users.[].email",
        keyword="pattern",
    ),
    Deviation(
        "crm",
        "a time zone is the text of its name",
        operation="GET /crm/v8/users*",
        where="users.[].time_zone",
        keyword="type",
    ),
    Deviation(
        "crm",
        "the file's pattern refuses 1.000000000, which the vendor's own examples show",
        operation="* /crm/v8/org/currencies*",
        where="currencies.[].exchange_rate",
        keyword="pattern",
    ),
    Deviation(
        "crm",
        "the first and the last page have no page token on one side",
        operation="GET /crm/v8/{module_api_name}",
        where="info.*",
        keyword="type",
        detail="string expected, NoneType found",
    ),
    Deviation(
        "crm",
        "a record that is neither updated nor found by a field has none",
        operation="POST /crm/v8/{module_api_name}/upsert",
        where="data.[].duplicate_field",
        keyword="type",
        detail="string expected, NoneType found",
    ),
)

_MONEY = "money has decimal places, and recorded answers hold numbers; the file knows only whole ones or texts"
_ONE_OBJECT = "the vendor's own client reads one object; the file has a list or a bare number"

BOOKS_DEVIATIONS: tuple[Deviation, ...] = (
    Deviation("books", _MONEY, "* /contacts*", "contact*_amount*", "type", "integer expected, float found"),
    *(
        Deviation("books", _MONEY, operation, where, "type", "string expected, * found")
        for operation, where in (
            ("* /invoices*", "invoice*.total"),
            ("* /invoices*", "invoice*.balance"),
            ("* /invoices*", "invoice*.shipping_charge"),
            ("* /estimates*", "estimate.shipping_charge"),
        )
    ),
    *(
        Deviation(
            "books",
            "a discount in percent is a text such as 10%, as it is sent",
            f"* /{kind}s*",
            f"{kind}.*discount",
            "type",
            "number expected, str found",
        )
        for kind in ("invoice", "estimate")
    ),
    Deviation(
        "books",
        "page_context was recorded as an object for every list",
        "GET *",
        "page_context",
        "type",
        "array expected, dict found",
    ),
    *(
        Deviation("books", _MONEY, operation, where, "type", "integer expected, float found")
        for operation, where in (
            ("* /bills*", "bill*.total"),
            ("* /bills*", "bill*.balance"),
            ("* /bills*", "bill.*_total"),
            ("* /bills*", "bill.payment_made"),
            ("* /bills*", "bill.vendor_credits_applied"),
            ("* /bills*", "bill.line_items.[].bcy_rate"),
            ("* /bills*", "bill.line_items.[].item_total"),
            ("* /purchaseorders*", "purchaseorder.line_items.[].bcy_rate"),
            ("* /purchaseorders*", "purchaseorder.line_items.[].item_total"),
            ("GET /vendorpayments", "vendorpayments.[].bcy_amount"),
            ("* /creditnotes*", "creditnote.line_items.[].quantity"),
            ("* /recurringinvoices*", "recurring_invoice.line_items.[].quantity"),
        )
    ),
    *(
        Deviation("books", _MONEY, "* /purchaseorders*", where, "type", "string expected, float found")
        for where in ("purchaseorder.discount", "purchaseorder.line_items.[].quantity")
    ),
    Deviation(
        "books",
        "taxes are objects with their names and amounts, as in every other document",
        "* /purchaseorders*",
        "purchaseorder.taxes.[]",
        "type",
        "string expected, dict found",
    ),
    *(
        Deviation("books", _ONE_OBJECT, "* /salesorders*", where, "type", "array expected, dict found")
        for where in ("salesorder", "data", "comment")
    ),
    Deviation("books", _ONE_OBJECT, "* /settings/currencies/{currency_id}/exchangerates*", "exchange_rate", "type"),
    Deviation("books", _ONE_OBJECT, "* /settings/taxes*", "tax", "type", "array expected, dict found"),
    Deviation(
        "books",
        _ONE_OBJECT,
        "* /contacts/contactpersons*",
        "contact_person",
        "type",
        "array expected, dict found",
    ),
    Deviation(
        "books",
        "recorded lists of organisations have a text",
        "* /organizations*",
        "organization*.fiscal_year_start_month",
        "type",
        "number expected, str found",
    ),
    Deviation(
        "books",
        "clients send it with every call; on POST it names the organisation of another service that joins this one",
        "* /organizations*",
        "",
        "query",
        "organization_id",
    ),
    Deviation(
        "books",
        "page_context shows the order; the parameter is described with other lists of the service",
        "GET *",
        "",
        "query",
        "sort_order",
    ),
)

DEVIATIONS = CRM_DEVIATIONS + BOOKS_DEVIATIONS


def recorded_deviations(folder: Path) -> frozenset[tuple[str, ...]]:
    """Where recorded answers of the real Books violate the files: there reality is followed."""
    text = (folder / "books-v3-known-deviations.txt").read_text(encoding="utf-8")
    found = re.findall(r"^\d+ (\(.+\))$", text, re.MULTILINE)
    return frozenset(tuple(literal_eval(entry)) for entry in found)
