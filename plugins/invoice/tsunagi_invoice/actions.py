"""What rules may have done in Invoice."""

from tsunagi_invoice.connector import SERVICE

ACTIONS = SERVICE.actions()
