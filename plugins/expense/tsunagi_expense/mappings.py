"""What is kept in step between the CRM and Expense."""

from tsunagi_expense.connector import LABEL
from tsunagi_expense.kinds import NAME
from tsunagi_zoho.finance.pairs import customers_pair

PAIRS = (customers_pair(NAME, LABEL),)
