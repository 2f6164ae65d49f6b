"""Organisations of services in JSON."""

from pydantic import BaseModel

from tsunagi.domain.connector import Organization


class OrganizationOut(BaseModel):
    id: str
    name: str
    base_currency: str
    time_zone: str


def organization(found: Organization) -> OrganizationOut:
    return OrganizationOut(id=found.id, name=found.name, base_currency=found.base_currency, time_zone=found.time_zone)
