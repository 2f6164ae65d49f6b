"""The organisation: its name, edition, base currency and time zone."""

from dataclasses import asdict, dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from zoho_sandbox import wire
from zoho_sandbox.crm.iso_currencies import iso_currencies
from zoho_sandbox.sandbox import Sandbox

_STATE = "crm.organization"

EDITIONS = ("free", "standard", "professional", "enterprise", "ultimate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """The one CRM organisation of a data file."""

    id: str
    zgid: str
    company_name: str = "Tsunagi Trading"
    currency_code: str = "JPY"
    time_zone: str = "Asia/Tokyo"
    country_code: str = "JP"
    edition: str = "enterprise"
    user_licenses: int = 10
    multi_currency: bool = False

    @property
    def currency_symbol(self) -> str:
        return iso_currencies()[self.currency_code].symbol


def organization(sandbox: Sandbox) -> Organization:
    known: Organization | None = sandbox.memory.get(_STATE)
    if known is None:
        stored = sandbox.db.load_state(_STATE)
        if stored is None:
            raise LookupError("the CRM organisation has not been prepared")
        known = sandbox.memory[_STATE] = Organization(**wire.decode(stored))
    return known


def prepare(sandbox: Sandbox) -> None:
    """Create the organisation in a new file; give it the edition the settings ask for."""
    if sandbox.db.load_state(_STATE) is None:
        _save(sandbox, Organization(id=sandbox.new_id(), zgid=sandbox.new_id()))
    if sandbox.settings.crm_edition is not None:
        change(sandbox, edition=sandbox.settings.crm_edition)


def change(sandbox: Sandbox, **changes: Any) -> Organization:
    """Change some of the organisation's facts; raises ValueError for what does not exist."""
    changed = replace(organization(sandbox), **{k: v for k, v in changes.items() if v is not None})
    if changed.currency_code not in iso_currencies():
        raise ValueError(f"currency_code is {changed.currency_code!r}; valid are {list(iso_currencies())}")
    if changed.edition not in EDITIONS:
        raise ValueError(f"edition is {changed.edition!r}; valid are {list(EDITIONS)}")
    ZoneInfo(changed.time_zone)
    _save(sandbox, changed)
    return changed


def offers_currencies(sandbox: Sandbox) -> bool:
    """Whether the edition lets several currencies be switched on by API; for Professional the settings decide."""
    edition = organization(sandbox).edition
    if edition == "professional":
        return sandbox.settings.crm_professional_multicurrency == "allow"
    return edition in ("enterprise", "ultimate")


def as_json(org: Organization) -> dict[str, Any]:
    """The organisation as `GET /org` shows it."""
    return {
        "id": org.id,
        "zgid": org.zgid,
        "ezgid": org.zgid,
        "company_name": org.company_name,
        "alias": None,
        "description": None,
        "country": org.country_code,
        "country_code": org.country_code,
        "iso_code": org.currency_code,
        "currency": iso_currencies()[org.currency_code].label,
        "currency_symbol": org.currency_symbol,
        "currency_locale": {"JPY": "ja_JP"}.get(org.currency_code, "en_US"),
        "mc_status": org.multi_currency,
        "time_zone": org.time_zone,
        "primary_email": "hanako.sato@example.com",
        "primary_zuid": org.zgid,
        "domain_name": f"org{org.zgid}",
        "street": None,
        "city": None,
        "state": None,
        "zip": None,
        "phone": "+81-3-0000-0000",
        "mobile": None,
        "fax": None,
        "website": "https://example.com",
        "employee_count": "50",
        "photo_id": None,
        "gapps_enabled": False,
        "translation_enabled": False,
        "deletable_org_account": False,
        "privacy_settings": False,
        "hipaa_compliance_enabled": False,
        "lite_users_enabled": False,
        "oauth_presence": True,
        "max_per_page": 200,
        "call_icon": "",
        "zia_portal_id": None,
        "hierarchy_preferences": {"type": "Role_Hierarchy", "strictly_reporting": False},
        "checkin_preferences": {"restricted_event_types": None},
        "type": "production",
        "license_details": {
            "paid": org.edition != "free",
            "paid_type": org.edition,
            "paid_expiry": "2030-12-31T00:00:00+09:00",
            "trial_type": None,
            "trial_expiry": None,
            "trial_action": None,
            "users_license_purchased": org.user_licenses,
            "portal_users_license_purchased": 0,
        },
    }


def _save(sandbox: Sandbox, org: Organization) -> None:
    sandbox.db.save_state(_STATE, wire.encode(asdict(org)).decode())
    sandbox.memory.pop(_STATE, None)
    sandbox.memory.pop("crm.zone", None)
