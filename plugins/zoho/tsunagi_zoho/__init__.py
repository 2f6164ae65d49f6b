"""What the Zoho plugins share: settings, OAuth, an HTTP client that keeps the limits, typed errors, paging."""

from tsunagi_zoho.answers import Answer, ErrorReader, Json
from tsunagi_zoho.client import ZohoClient
from tsunagi_zoho.crm_errors import crm_error, crm_item
from tsunagi_zoho.finance_errors import finance_error
from tsunagi_zoho.paging import FinancePage, finance_page
from tsunagi_zoho.patience import Patience
from tsunagi_zoho.settings import ZohoSettings
from tsunagi_zoho.times import format_time, parse_date, parse_time

__all__ = [
    "Answer",
    "ErrorReader",
    "FinancePage",
    "Json",
    "Patience",
    "ZohoClient",
    "ZohoSettings",
    "crm_error",
    "crm_item",
    "finance_error",
    "finance_page",
    "format_time",
    "parse_date",
    "parse_time",
]
