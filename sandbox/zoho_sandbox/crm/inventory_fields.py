"""The CRM's own quotes, orders and invoices: their fields, and the line items each has as a subform."""

from zoho_sandbox.crm.field_specs import ADDRESSES, Spec, pick, text

_QUOTE_STAGES = ("Draft", "Negotiation", "Delivered", "On Hold", "Confirmed", "Closed Won", "Closed Lost")
_STATUSES = ("Created", "Approved", "Delivered", "Cancelled")
_CARRIERS = ("FedEx", "UPS", "USPS", "DHL", "BlueDart")
_MONEY = {"length": 16}
# The subform with a module's line items.
LINE_ITEMS = {
    "Quotes": "Quoted_Items",
    "Sales_Orders": "Ordered_Items",
    "Purchase_Orders": "Purchase_Items",
    "Invoices": "Invoiced_Items",
}
# The numbers the CRM gives a new record itself.
NUMBERS = {"Quotes": "Quote_Number", "Sales_Orders": "SO_Number", "Invoices": "Invoice_Number"}


def _lookup(name: str, module: str, *, mandatory: bool = False) -> Spec:
    return (name, "lookup", {"lookup_module": module, "mandatory": mandatory})


def _numbered(module: str) -> list[Spec]:
    return [(NUMBERS[module], "text", {"read_only": True}), ("Subject", "text", {"mandatory": True, "length": 300})]


def _closing(module: str) -> list[Spec]:
    """Addresses, line items and what they sum up to."""
    return [
        *ADDRESSES,
        (LINE_ITEMS[module], "subform", {"mandatory": True}),
        ("Sub_Total", "currency", {"read_only": True, **_MONEY}),
        ("Discount", "currency", {**_MONEY}),
        ("Tax", "currency", {**_MONEY}),
        ("Adjustment", "currency", {**_MONEY}),
        ("Grand_Total", "currency", {"read_only": True, **_MONEY}),
        ("Terms_and_Conditions", "textarea", {"length": 32000}),
        ("Description", "textarea", {"length": 32000}),
    ]


_COMMISSIONED: list[Spec] = [("Excise_Duty", "currency", {**_MONEY}), ("Sales_Commission", "currency", {**_MONEY})]

INVENTORY_FIELDS: dict[str, list[Spec]] = {
    "Quotes": [
        *_numbered("Quotes"),
        _lookup("Deal_Name", "Deals"),
        pick("Quote_Stage", _QUOTE_STAGES),
        ("Valid_Till", "date", {}),
        _lookup("Contact_Name", "Contacts"),
        _lookup("Account_Name", "Accounts"),
        pick("Carrier", _CARRIERS),
        *text("Team", length=100),
        *_closing("Quotes"),
    ],
    "Sales_Orders": [
        *_numbered("Sales_Orders"),
        _lookup("Deal_Name", "Deals"),
        _lookup("Quote_Name", "Quotes"),
        *text("Purchase_Order", "Customer_No", "Pending", length=100),
        ("Due_Date", "date", {}),
        _lookup("Contact_Name", "Contacts"),
        _lookup("Account_Name", "Accounts"),
        pick("Carrier", _CARRIERS),
        pick("Status", _STATUSES),
        *_COMMISSIONED,
        *_closing("Sales_Orders"),
    ],
    "Purchase_Orders": [
        *text("PO_Number", length=100),
        ("Subject", "text", {"mandatory": True, "length": 300}),
        _lookup("Vendor_Name", "Vendors", mandatory=True),
        _lookup("Contact_Name", "Contacts"),
        *text("Requisition_No", "Tracking_Number", length=100),
        *text("PO_Date", "Due_Date", kind="date"),
        pick("Carrier", _CARRIERS),
        pick("Status", _STATUSES),
        *_COMMISSIONED,
        *_closing("Purchase_Orders"),
    ],
    "Invoices": [
        *_numbered("Invoices"),
        _lookup("Sales_Order", "Sales_Orders"),
        _lookup("Deal_Name__s", "Deals"),
        *text("Invoice_Date", "Due_Date", kind="date"),
        *text("Purchase_Order", length=100),
        _lookup("Contact_Name", "Contacts"),
        _lookup("Account_Name", "Accounts"),
        pick("Status", _STATUSES),
        *_COMMISSIONED,
        *_closing("Invoices"),
    ],
}
