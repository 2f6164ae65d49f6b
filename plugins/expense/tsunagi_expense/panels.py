"""What record pages show of Expense."""

from tsunagi import Panel
from tsunagi_expense.kinds import EXPENSE_TYPE, NAME, REPORT_TYPE
from tsunagi_expense.statuses import EXPENSE_STATUSES, REPORT_STATUSES

_PLACES = ("account", "contact", "deal")

PANELS = (
    Panel(NAME, "expenses", "expense", EXPENSE_TYPE.plural, _PLACES, EXPENSE_STATUSES, customers_only=True),
    Panel(NAME, "expense_reports", "expense_report", REPORT_TYPE.plural, _PLACES, REPORT_STATUSES, customers_only=True),
)
