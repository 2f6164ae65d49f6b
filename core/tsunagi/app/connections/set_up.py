"""The first steps of a new installation by page: the person who started the server connects the CRM and is signed in.

Nobody can sign in before the CRM's administrators are known. Until then the link that `tsunagi serve` prints
opens one form; the code in it is derived from the installation's secret key, and is of no use afterwards.
"""

import hmac
from collections.abc import Mapping

from tsunagi.app.access.tokens import NewToken, anybody_may_sign_in, create_token
from tsunagi.app.connections.connecting import connect
from tsunagi.app.context import Context
from tsunagi.app.settings import Settings, derived_key
from tsunagi.errors import PermissionDenied
from tsunagi.text import Text


def set_up_code(settings: Settings) -> str:
    """The same in every process of the installation."""
    return derived_key(settings, b"set-up").hex()[:40]


def is_new(context: Context) -> bool:
    """Can nobody sign in yet, and is no CRM connected whose users could?"""
    crm = context.registry.crm_service()
    return not anybody_may_sign_in(context) and all(each.service != crm for each in context.connectors.all())


def require_code(context: Context, settings: Settings, code: str) -> None:
    """Raises PermissionDenied for a wrong code, and once the installation is set up."""
    if not is_new(context) or not hmac.compare_digest(code.encode(), set_up_code(settings).encode()):
        raise PermissionDenied(
            Text(
                en="This link does not set up this installation, or it was set up already.",
                ja="このリンクではセットアップできません。すでにセットアップ済みの可能性もあります。",
            ),
            who="",
            what="set-up",
            hint=Text(en="Sign in with a token.", ja="トークンでサインインしてください。"),
        )


def set_up(context: Context, settings: Settings, code: str, values: Mapping[str, object]) -> NewToken:
    """Connect the CRM with an administrator's credentials and make a token for them.

    `values` are the fields of the CRM's settings. Raises PermissionDenied, and as `connect`; then nothing is stored.
    """
    require_code(context, settings, code)
    connection = connect(context, context.registry.crm_service(), values)
    return create_token(context, None, connection.connected_by, label="set-up")
