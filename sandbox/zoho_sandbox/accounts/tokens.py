"""Clients, authorization codes, refresh tokens and access tokens, as stored."""

import secrets
from dataclasses import dataclass

from zoho_sandbox.sandbox import Sandbox

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts_person (
    user_id TEXT PRIMARY KEY, email TEXT NOT NULL, full_name TEXT NOT NULL, active INTEGER NOT NULL DEFAULT 1)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accounts_client (
    client_id TEXT PRIMARY KEY, client_secret TEXT NOT NULL, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accounts_code (
    code TEXT PRIMARY KEY, client_id TEXT NOT NULL, user_id TEXT NOT NULL, scope TEXT NOT NULL,
    redirect_uri TEXT, offline INTEGER NOT NULL, expires_at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accounts_refresh (
    token TEXT PRIMARY KEY, client_id TEXT NOT NULL, user_id TEXT NOT NULL, scope TEXT NOT NULL,
    created_at REAL NOT NULL, serial INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accounts_access (
    token TEXT PRIMARY KEY, refresh_token TEXT NOT NULL, client_id TEXT NOT NULL, user_id TEXT NOT NULL,
    scope TEXT NOT NULL, created_at REAL NOT NULL, expires_at REAL NOT NULL, serial INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS accounts_access_of ON accounts_access (refresh_token, serial);
"""

DEMO_CLIENT_ID = "1000.SANDBOX"
DEMO_CLIENT_SECRET = "sandbox-secret"  # noqa: S105  (public on purpose: it opens made-up data)
DEMO_REFRESH_TOKEN = "1000.sandbox-refresh"  # noqa: S105
STANDARD_REFRESH_TOKEN = "1000.sandbox-standard"  # noqa: S105
OTHER_REFRESH_TOKEN = "1000.sandbox-other"  # noqa: S105
# Who they belong to: a CRM user without administration, and the administrator of a finance organisation elsewhere.
STANDARD_EMAIL = "ichiro.suzuki@example.com"
OTHER_EMAIL = "emily.carter@example.net"
DEMO_SCOPE = ",".join(
    (
        "ZohoCRM.modules.ALL",
        "ZohoCRM.settings.ALL",
        "ZohoCRM.org.ALL",
        "ZohoCRM.users.ALL",
        "ZohoCRM.notifications.ALL",
        "ZohoCRM.coql.READ",
        "ZohoCRM.bulk.READ",
        "ZohoBooks.fullaccess.all",
        "ZohoInvoice.fullaccess.all",
        "ZohoExpense.fullaccess.all",
        "ZohoSubscriptions.fullaccess.all",
    )
)

ACCESS_TOKEN_SECONDS = 3600
_CODE_SECONDS = 180
_LIVE_ACCESS_TOKENS = 30
_REFRESH_TOKENS_PER_USER = 20


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A standing permission of a user to a client; it does not expire."""

    token: str
    client_id: str
    user_id: str
    scope: str


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time authorization code. `redirect_uri` is None for a self client's."""

    client_id: str
    user_id: str
    scope: str
    redirect_uri: str | None
    offline: bool


def add_person(sandbox: Sandbox, user_id: str, email: str, full_name: str) -> None:
    """Let a user sign in; the first one added is the organisation's administrator."""
    sandbox.db.execute(
        "INSERT INTO accounts_person (user_id, email, full_name) VALUES (?, ?, ?)"
        " ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, full_name = excluded.full_name",
        (user_id, email, full_name),
    )


def person_id(sandbox: Sandbox, email: str) -> str:
    """Who signs in with an address; raises LookupError."""
    found = sandbox.db.value("SELECT user_id FROM accounts_person WHERE email = ? COLLATE NOCASE", (email,))
    if found is None:
        raise LookupError(f"nobody signs in as {email}")
    return str(found)


def is_active(sandbox: Sandbox, user_id: str) -> bool:
    """Whether the person exists and has not been deactivated."""
    return bool(sandbox.db.value("SELECT active FROM accounts_person WHERE user_id = ?", (user_id,)))


def set_active(sandbox: Sandbox, user_id: str, active: bool) -> None:
    """Close or reopen a person's account: while closed their tokens are refused everywhere."""
    sandbox.db.execute("UPDATE accounts_person SET active = ? WHERE user_id = ?", (active, user_id))


def administrator_id(sandbox: Sandbox) -> str:
    return str(sandbox.db.value("SELECT min(user_id) FROM accounts_person"))


def client_secret(sandbox: Sandbox, client_id: str) -> str | None:
    secret: str | None = sandbox.db.value("SELECT client_secret FROM accounts_client WHERE client_id = ?", (client_id,))
    return secret


def issue_code(sandbox: Sandbox, code: Code) -> str:
    """Store an authorization code, good for three minutes and one use."""
    token = _random_token()
    expires = sandbox.clock.now().timestamp() + _CODE_SECONDS
    sandbox.db.execute(
        "INSERT INTO accounts_code VALUES (?, ?, ?, ?, ?, ?, ?)",
        (token, code.client_id, code.user_id, code.scope, code.redirect_uri, int(code.offline), expires),
    )
    return token


def find_code(sandbox: Sandbox, token: str) -> Code | None:
    """The code, unless unknown, used or expired."""
    row = sandbox.db.one("SELECT * FROM accounts_code WHERE code = ?", (token,))
    if row is None or row["expires_at"] <= sandbox.clock.now().timestamp():
        return None
    return Code(row["client_id"], row["user_id"], row["scope"], row["redirect_uri"], bool(row["offline"]))


def use_up_code(sandbox: Sandbox, token: str) -> None:
    sandbox.db.execute("DELETE FROM accounts_code WHERE code = ?", (token,))


def issue_refresh_token(sandbox: Sandbox, code: Code, token: str | None = None) -> RefreshToken:
    """A new refresh token; a user's 21st for the same client replaces the oldest."""
    issued = RefreshToken(token or _random_token(), code.client_id, code.user_id, code.scope)
    sandbox.db.execute(
        "INSERT INTO accounts_refresh VALUES (?, ?, ?, ?, ?, ?)",
        (issued.token, issued.client_id, issued.user_id, issued.scope, *_stamp(sandbox)),
    )
    surplus = sandbox.db.query(
        "SELECT token FROM accounts_refresh WHERE client_id = ? AND user_id = ? ORDER BY serial DESC LIMIT -1 OFFSET ?",
        (issued.client_id, issued.user_id, _REFRESH_TOKENS_PER_USER),
    )
    for row in surplus:
        revoke(sandbox, row["token"])
    return issued


def find_refresh_token(sandbox: Sandbox, token: str) -> RefreshToken | None:
    """The refresh token, unless unknown, revoked, or of a person who was deactivated."""
    row = sandbox.db.one(
        "SELECT token, client_id, user_id, scope FROM accounts_refresh JOIN accounts_person USING (user_id)"
        " WHERE token = ? AND active",
        (token,),
    )
    return None if row is None else RefreshToken(*row)


def issue_access_token(sandbox: Sandbox, refresh: RefreshToken) -> str:
    """A new access token for an hour; the 31st live one of a refresh token ends the oldest."""
    token = _random_token()
    created, serial = _stamp(sandbox)
    sandbox.db.execute(
        "INSERT INTO accounts_access VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            token,
            refresh.token,
            refresh.client_id,
            refresh.user_id,
            refresh.scope,
            created,
            created + ACCESS_TOKEN_SECONDS,
            serial,
        ),
    )
    sandbox.db.execute(
        "DELETE FROM accounts_access WHERE token IN (SELECT token FROM accounts_access"
        " WHERE refresh_token = ? AND expires_at > ? ORDER BY serial DESC LIMIT -1 OFFSET ?)",
        (refresh.token, created, _LIVE_ACCESS_TOKENS),
    )
    return token


def access_tokens_since(sandbox: Sandbox, refresh_token: str, moment: float) -> int:
    """How many access tokens a refresh token gave since `moment` (epoch seconds)."""
    return int(
        sandbox.db.value(
            "SELECT count(*) FROM accounts_access WHERE refresh_token = ? AND created_at > ?",
            (refresh_token, moment),
        )
    )


def refresh_tokens_since(sandbox: Sandbox, code: Code, moment: float) -> int:
    return int(
        sandbox.db.value(
            "SELECT count(*) FROM accounts_refresh WHERE client_id = ? AND user_id = ? AND created_at > ?",
            (code.client_id, code.user_id, moment),
        )
    )


def revoke(sandbox: Sandbox, token: str) -> bool:
    """End a refresh token with its access tokens, or one access token; whether it existed."""
    ended = sandbox.db.execute("DELETE FROM accounts_refresh WHERE token = ?", (token,)).rowcount
    ended += sandbox.db.execute(
        "DELETE FROM accounts_access WHERE refresh_token = ? OR token = ?", (token, token)
    ).rowcount
    return ended > 0


def prepare(sandbox: Sandbox) -> None:
    """The fixed demo credentials, where the file has none yet."""
    if client_secret(sandbox, DEMO_CLIENT_ID) is not None:
        return
    sandbox.db.execute(
        "INSERT INTO accounts_client VALUES (?, ?, ?)",
        (DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, "Sandbox client"),
    )
    owners = {
        DEMO_REFRESH_TOKEN: administrator_id(sandbox),
        STANDARD_REFRESH_TOKEN: person_id(sandbox, STANDARD_EMAIL),
        OTHER_REFRESH_TOKEN: person_id(sandbox, OTHER_EMAIL),
    }
    for token, owner in owners.items():
        issue_refresh_token(sandbox, Code(DEMO_CLIENT_ID, owner, DEMO_SCOPE, None, True), token)


def _stamp(sandbox: Sandbox) -> tuple[float, int]:
    return sandbox.clock.now().timestamp(), sandbox.db.count_up("token", 0)


def _random_token() -> str:
    return f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"
