"""What the Zoho plugins share: settings, OAuth, an HTTP client that keeps the limits, typed errors, paging."""

from tsunagi_zoho.answers import (
    Answer,
    ErrorReader,
    FinancePage,
    Json,
    finance_page,
    format_time,
    parse_date,
    parse_time,
)
from tsunagi_zoho.client import ZohoClient
from tsunagi_zoho.errors import crm_error, crm_item, crm_items, finance_error
from tsunagi_zoho.retry_policy import RetryPolicy
from tsunagi_zoho.settings import ZohoSettings

__all__ = [
    "Answer",
    "ErrorReader",
    "FinancePage",
    "Json",
    "RetryPolicy",
    "ZohoClient",
    "ZohoSettings",
    "crm_error",
    "crm_item",
    "crm_items",
    "finance_error",
    "finance_page",
    "format_time",
    "parse_date",
    "parse_time",
]
