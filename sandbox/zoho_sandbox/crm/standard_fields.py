"""The fields every organisation starts with."""

from typing import Any

from zoho_sandbox.crm.field_specs import ADDRESSES, PHONE_LENGTH, Spec, address, pick, text
from zoho_sandbox.crm.fields import MODULES, Field
from zoho_sandbox.crm.fields import save_field as save
from zoho_sandbox.crm.inventory_fields import INVENTORY_FIELDS
from zoho_sandbox.sandbox import Sandbox

INDUSTRIES = (
    "Communications",
    "Consulting",
    "Education",
    "Financial Services",
    "Government/Military",
    "Manufacturing",
    "Real Estate",
    "Retail",
    "Technology",
    "Transportation",
    "Other",
)
_ACCOUNT_TYPES = (
    "Analyst",
    "Competitor",
    "Customer",
    "Distributor",
    "Integrator",
    "Investor",
    "Other",
    "Partner",
    "Press",
    "Prospect",
    "Reseller",
    "Supplier",
    "Vendor",
)
_LEAD_SOURCES = (
    "Advertisement",
    "Cold Call",
    "Employee Referral",
    "External Referral",
    "Online Store",
    "Partner",
    "Public Relations",
    "Sales Email Alias",
    "Seminar Partner",
    "Internal Seminar",
    "Trade Show",
    "Web Download",
    "Web Research",
    "Chat",
)
_DEAL_TYPES = ("Existing Business", "New Business")
_LOSS_REASONS = (
    "Expectation Mismatch",
    "Price",
    "Unqualified Customer",
    "Lack of response",
    "Wrong Target",
    "Competition",
    "Other",
)
_PRODUCT_CATEGORIES = ("Hardware", "Software", "CRM Applications")
_UNITS = (
    "Box",
    "Carton",
    "Dozen",
    "Each",
    "Hours",
    "Impressions",
    "Lb",
    "M",
    "Pack",
    "Pages",
    "Pieces",
    "Quantity",
    "Reams",
    "Sheet",
    "Spiral Binder",
    "Sales Kit",
    "Square Feet",
    "Units",
)
_TASK_STATUSES = ("Not Started", "Deferred", "In Progress", "Completed", "Waiting for input")
_PRIORITIES = ("High", "Highest", "Low", "Lowest", "Normal")
_GL_ACCOUNTS = ("Sales-Software", "Sales-Hardware", "Rental Income", "Interest Income", "Sales-Merchandise")

_SYSTEM: list[Spec] = [
    ("Owner", "ownerlookup", {"label": "{singular} Owner"}),
    ("Created_By", "ownerlookup", {"read_only": True}),
    ("Modified_By", "ownerlookup", {"read_only": True}),
    ("Created_Time", "datetime", {"read_only": True}),
    ("Modified_Time", "datetime", {"read_only": True}),
    ("Last_Activity_Time", "datetime", {"read_only": True}),
]

_STANDARD: dict[str, list[Spec]] = {
    "Accounts": [
        ("Account_Name", "text", {"mandatory": True, "length": 200}),
        *text("Phone", "Fax", kind="phone", length=PHONE_LENGTH),
        *text("Website", kind="website"),
        *text("Account_Number", "Account_Site", length=100),
        ("Parent_Account", "lookup", {"lookup_module": "Accounts"}),
        pick("Account_Type", _ACCOUNT_TYPES),
        pick("Industry", INDUSTRIES),
        ("Annual_Revenue", "currency", {"length": 16}),
        ("Employees", "integer", {"length": 9}),
        *ADDRESSES,
        ("Description", "textarea", {"length": 32000}),
    ],
    "Contacts": [
        ("First_Name", "text", {"length": 40}),
        ("Last_Name", "text", {"mandatory": True, "length": 80}),
        ("Full_Name", "text", {"read_only": True}),
        ("Account_Name", "lookup", {"lookup_module": "Accounts"}),
        ("Vendor_Name", "lookup", {"lookup_module": "Vendors"}),
        *text("Email", "Secondary_Email", kind="email", length=100),
        *text("Phone", "Mobile", "Home_Phone", "Other_Phone", "Fax", kind="phone", length=PHONE_LENGTH),
        *text("Title", "Department", length=100),
        pick("Lead_Source", _LEAD_SOURCES),
        ("Date_of_Birth", "date", {}),
        ("Email_Opt_Out", "boolean", {}),
        *address("Mailing", "Zip"),
        *address("Other", "Zip"),
        ("Description", "textarea", {"length": 32000}),
    ],
    "Deals": [
        ("Deal_Name", "text", {"mandatory": True, "length": 120}),
        ("Account_Name", "lookup", {"lookup_module": "Accounts"}),
        ("Contact_Name", "lookup", {"lookup_module": "Contacts"}),
        ("Amount", "currency", {"length": 16}),
        ("Closing_Date", "date", {}),
        ("Pipeline", "picklist", {"choices": ("Standard",), "length": 120}),
        ("Stage", "picklist", {"mandatory": True, "length": 120}),
        ("Probability", "integer", {"length": 9}),
        ("Expected_Revenue", "currency", {"read_only": True}),
        pick("Type", _DEAL_TYPES),
        pick("Lead_Source", _LEAD_SOURCES),
        *text("Next_Step", length=100),
        pick("Reason_For_Loss__s", _LOSS_REASONS),
        ("Overall_Sales_Duration", "integer", {"read_only": True}),
        ("Description", "textarea", {"length": 32000}),
    ],
    "Vendors": [
        ("Vendor_Name", "text", {"mandatory": True, "length": 120}),
        *text("Email", kind="email", length=100),
        *text("Phone", kind="phone", length=PHONE_LENGTH),
        *text("Website", kind="website"),
        *text("Category", length=100),
        pick("GL_Account", _GL_ACCOUNTS),
        *text("Street", "City", "State", "Zip_Code", "Country"),
        ("Description", "textarea", {"length": 32000}),
    ],
    "Products": [
        ("Product_Name", "text", {"mandatory": True, "length": 200}),
        *text("Product_Code", length=200),
        ("Vendor_Name", "lookup", {"lookup_module": "Vendors"}),
        ("Product_Active", "boolean", {}),
        *text("Manufacturer", length=120),
        pick("Product_Category", _PRODUCT_CATEGORIES),
        ("Unit_Price", "currency", {"length": 16}),
        pick("Usage_Unit", _UNITS),
        *text("Sales_Start_Date", "Sales_End_Date", "Support_Start_Date", "Support_Expiry_Date", kind="date"),
        ("Taxable", "boolean", {}),
        ("Tax", "multiselectpicklist", {}),
        *text("Qty_in_Stock", "Qty_Ordered", "Qty_in_Demand", "Reorder_Level", kind="double", length=16),
        ("Commission_Rate", "currency", {"length": 16}),
        ("Description", "textarea", {"length": 32000}),
    ],
    **INVENTORY_FIELDS,
    "Tasks": [
        ("Subject", "text", {"mandatory": True, "length": 255}),
        ("Due_Date", "date", {}),
        ("Who_Id", "lookup", {"lookup_module": "Contacts"}),
        ("What_Id", "lookup", {}),
        pick("Status", _TASK_STATUSES),
        pick("Priority", _PRIORITIES),
        ("Closed_Time", "datetime", {"read_only": True}),
        ("Description", "textarea", {"length": 32000}),
    ],
}

SINGULAR = {
    "Accounts": "Account",
    "Contacts": "Contact",
    "Deals": "Deal",
    "Vendors": "Vendor",
    "Products": "Product",
    "Quotes": "Quote",
    "Sales_Orders": "Sales Order",
    "Purchase_Orders": "Purchase Order",
    "Invoices": "Invoice",
    "Tasks": "Task",
}
# Which field names a record of the module, in lookups and in the recycle bin.
NAME_FIELDS = {
    "Accounts": "Account_Name",
    "Contacts": "Full_Name",
    "Deals": "Deal_Name",
    "Vendors": "Vendor_Name",
    "Products": "Product_Name",
    **dict.fromkeys((*INVENTORY_FIELDS, "Tasks"), "Subject"),
}
# Defaults of a new record, as recorded for products.
DEFAULTS: dict[str, dict[str, Any]] = {
    "Products": {"Product_Active": True, "Taxable": True},
    "Tasks": {"Status": "Not Started", "Priority": "High"},
}


def create_standard_fields(sandbox: Sandbox) -> None:
    """Register the modules and their fields in a new file."""
    for module in MODULES:
        sandbox.db.execute("INSERT INTO crm_module VALUES (?, ?, ?)", (module, *sandbox.new_ids(2)))
        for name, data_type, more in (*_STANDARD[module], *_SYSTEM):
            save(sandbox, _field(sandbox.new_id(), module, name, data_type, dict(more)))


def _field(field_id: str, module: str, name: str, data_type: str, more: dict[str, object]) -> Field:
    label = str(more.pop("label", name.removesuffix("__s").replace("_", " ")))
    label = label.format(singular=SINGULAR[module])
    return Field(id=field_id, module=module, api_name=name, label=label, data_type=data_type, **more)  # type: ignore[arg-type]  # keys are Field's own
