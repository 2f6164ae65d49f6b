"""What is kept in step between the CRM and Invoice."""

from tsunagi_invoice.connector import SERVICE

PAIRS = SERVICE.pairs()
