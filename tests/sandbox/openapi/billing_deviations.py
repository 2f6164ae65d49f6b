"""Where the sandbox's Billing knowingly differs from the OpenAPI files, each with the reason."""

from oas_deviations import Deviation

_SHARED = "the finance services share organisations, users and currencies; the files describe them with Books alone"
_CONTRADICTS_ITSELF = "the file calls it a text and shows a number; the same figure of a plan is a number there"
_LISTS = "lists are narrowed, sorted and paged as in Books; the files name few of the parameters or put them in prose"

BILLING_DEVIATIONS: tuple[Deviation, ...] = (
    *(
        Deviation("billing", _SHARED, f"* {base}/{path}*", "", "operation", "unknown")
        for base in ("/billing/v1", "/subscriptions/v1")
        for path in ("organizations", "users", "settings/currencies")
    ),
    *(
        Deviation("billing", "clients list payments; the files only make, show and delete them", f"GET {base}/payments")
        for base in ("/billing/v1", "/subscriptions/v1")
    ),
    *(
        Deviation("billing", _LISTS, f"GET /{path}", "", "query", name)
        for path in ("customers", "products", "plans", "addons", "subscriptions", "invoices")
        for name in (
            "filter_by",
            "organization_id",
            "customer_id",
            "subscription_id",
            "plan_code",
            "status",
            "display_name",
            "email",
            "zcrm_account_id",
            "zcrm_contact_id",
            "reference_id",
            "reference_number",
            "search_text",
            "last_modified_time",
            "page",
            "per_page",
            "sort_column",
            "sort_order",
        )
    ),
    Deviation("billing", _CONTRADICTS_ITSELF, "*", "subscription*.interval", "type", "string expected, int found"),
    Deviation(
        "billing",
        "the example is a whole number; the total of a line in a currency with cents is none",
        "* /invoices*",
        "invoice.invoice_items.[].item_total",
        "type",
        "integer expected, float found",
    ),
    Deviation(
        "billing", "money is a number", "*", "invoice.invoice_items.[].price", "type", "string expected, * found"
    ),
    Deviation(
        "billing",
        "one object everywhere else in the file",
        "PUT /customers/{customer_id}",
        "customer.default_templates",
        "type",
        "array expected, dict found",
    ),
    Deviation(
        "billing",
        "the document itself, described for the other services",
        "GET /invoices/{invoice_id}",
        "",
        "query",
        "accept",
    ),
)
