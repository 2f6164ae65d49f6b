"""Vendors: contacts of the type `vendor`, whom purchase orders are for; read only."""

from tsunagi_zoho.finance.customers import WHOLE_KEYS, contact_listing, read_contact
from tsunagi_zoho.finance.kinds import Kind

VENDOR = Kind(
    entity="vendor",
    path="contacts",
    one="contact",
    many="contacts",
    read=read_contact,
    listing=contact_listing("vendor"),
    whole_keys=WHOLE_KEYS,
)
