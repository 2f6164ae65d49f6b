"""What is kept in step between the CRM and Subscriptions."""

from tsunagi_subscriptions.connector import LABEL
from tsunagi_subscriptions.documents import NAME
from tsunagi_zoho.finance.pairs import customers_pair

PAIRS = (customers_pair(NAME, LABEL),)
