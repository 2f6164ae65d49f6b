"""Which service is the CRM."""

from typing import TYPE_CHECKING

from tsunagi.domain.connector import CRM
from tsunagi.errors import ConfigError
from tsunagi.text import Text

if TYPE_CHECKING:
    from tsunagi.app.hub import Hub


def crm_service(hub: "Hub") -> str:
    """The connected or known service on the CRM's side. Raises ConfigError where no plugin brings one."""
    for service, kind in hub.registry.connectors.items():
        if kind.side == CRM:
            return service
    raise ConfigError(
        Text(en="No plugin brings a CRM.", ja="CRM を扱うプラグインがありません。"),
        hint=Text(en="See: tsunagi plugins list", ja="確認: tsunagi plugins list"),
    )
