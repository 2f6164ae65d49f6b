"""What an access token allows, and to whom it belongs."""

from dataclasses import dataclass
from functools import lru_cache

from zoho_sandbox.sandbox import Sandbox

# WRITE is the vendor's short form for making and changing.
_COVERED_BY = {
    "CREATE": ("CREATE", "WRITE", "ALL"),
    "UPDATE": ("UPDATE", "WRITE", "ALL"),
    "READ": ("READ", "ALL"),
    "DELETE": ("DELETE", "ALL"),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """Who is calling, through which client, and the scopes they were given."""

    user_id: str
    client_id: str
    scope: str

    def allows(self, wanted: str) -> bool:
        """Whether the granted scopes cover `wanted`, e.g. `ZohoCRM.modules.deals.READ`."""
        return _allows(self.scope, wanted)


@lru_cache(maxsize=4096)
def _allows(scope: str, wanted: str) -> bool:
    granted = {part.strip().lower() for part in scope.replace(" ", ",").split(",")}
    *resource, verb = wanted.split(".")
    if f"{resource[0]}.fullaccess.all".lower() in granted:
        return True
    verbs = _COVERED_BY.get(verb.upper(), (verb, "ALL"))
    return any(
        ".".join((*resource[:length], candidate)).lower() in granted
        for length in range(1, len(resource) + 1)
        for candidate in verbs
    )


def grant_of(sandbox: Sandbox, token: str) -> Grant | None:
    """The grant behind a live access token; None when it is unknown, revoked, expired or of a deactivated person."""
    row = sandbox.db.one(
        "SELECT user_id, client_id, scope, expires_at FROM accounts_access JOIN accounts_person USING (user_id)"
        " WHERE token = ? AND active",
        (token,),
    )
    if row is None or row["expires_at"] <= sandbox.clock.now().timestamp():
        return None
    return Grant(row["user_id"], row["client_id"], row["scope"])


def expire(sandbox: Sandbox, token: str) -> None:
    """Let an access token end now."""
    now = sandbox.clock.now().timestamp()
    sandbox.db.execute("UPDATE accounts_access SET expires_at = ? WHERE token = ?", (now, token))
