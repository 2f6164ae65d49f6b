"""The CRM side of Tsunagi: Zoho CRM's accounts, contacts, deals, vendors and products."""

from collections.abc import Sequence

from tsunagi import Action, ConnectorType, EntityType, Notification, Text, hookimpl
from tsunagi_crm.activities import ACTIVITIES
from tsunagi_crm.connector import build, probe
from tsunagi_crm.entities import MODULES, SERVICE, WHEN_PAIRED
from tsunagi_crm.notifications import notification_in
from tsunagi_crm.rule_actions import rule_actions
from tsunagi_zoho import ZohoSettings
from tsunagi_zoho.compatibility import PLACES, ZohoCompatibility
from tsunagi_zoho.oauth import ZohoConsent
from tsunagi_zoho.settings import crm_pages

tsunagi_contract = 1

SCOPES = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.org.READ",
    "ZohoCRM.users.READ",
    "ZohoCRM.notifications.ALL",
)


@hookimpl
def register_connectors() -> Sequence[ConnectorType]:
    return (
        ConnectorType(
            service=SERVICE,
            label=Text.same("Zoho CRM"),
            side="crm",
            settings=ZohoSettings,
            build=build,
            probe=probe,
            entities=tuple(name for name in MODULES if name not in WHEN_PAIRED),
            when_paired=WHEN_PAIRED,
            compatibility=ZohoCompatibility(),
            rate_places=PLACES,
            consent=ZohoConsent(SERVICE, SCOPES).declared(),
            frames=crm_pages,
        ),
    )


@hookimpl
def register_entity_types() -> Sequence[EntityType]:
    return tuple(module.entity for module in (*MODULES.values(), *ACTIVITIES.values()))


@hookimpl
def register_actions() -> Sequence[Action]:
    return rule_actions()


@hookimpl
def parse_notification(service: str, body: bytes) -> Sequence[Notification] | None:
    return (notification_in(body),) if service == SERVICE else None
