"""Users, their profiles and roles."""

import sqlite3
from typing import Any

from zoho_sandbox import wire
from zoho_sandbox.accounts import tokens
from zoho_sandbox.crm.fields import MODULES
from zoho_sandbox.crm.organization import organization
from zoho_sandbox.crm.times import now, written
from zoho_sandbox.sandbox import Sandbox

ADMINISTRATOR = "Administrator"
STANDARD = "Standard"
_ROLES = ("CEO", "Manager")
_VERBS = ("View", "Create", "Edit", "Delete")
_NAMES = "crm.user_names"


def prepare(sandbox: Sandbox) -> None:
    """The two system profiles, the roles, the organisation's administrator and a standard user."""
    if sandbox.db.value("SELECT count(*) FROM crm_user"):
        return
    for role in _ROLES:
        sandbox.db.execute("INSERT INTO crm_role VALUES (?, ?)", (sandbox.new_id(), role))
    add_profile(sandbox, ADMINISTRATOR, "Full access", custom=False)
    add_profile(sandbox, STANDARD, "Access to records, not to set-up", custom=False)
    add_user(
        sandbox,
        first_name="Hanako",
        last_name="Sato",
        email="hanako.sato@example.com",
        profile=ADMINISTRATOR,
        role="CEO",
    )
    add_user(sandbox, first_name="Ichiro", last_name="Suzuki", email=tokens.STANDARD_EMAIL)


def add_profile(sandbox: Sandbox, name: str, description: str = "", *, custom: bool = True) -> str:
    """A new profile; its permissions all start enabled. Returns its id."""
    permissions = [
        {
            "id": sandbox.new_id(),
            "name": f"Crm_Implied_{verb}_{module}",
            "display_label": f"{verb} {module}",
            "module": module,
            "enabled": True,
        }
        for module in MODULES
        for verb in _VERBS
    ]
    profile_id = sandbox.new_id()
    sandbox.db.execute(
        "INSERT INTO crm_profile VALUES (?, ?, ?, ?, ?, ?)",
        (profile_id, name, description, int(custom), wire.encode(permissions).decode(), now(sandbox)),
    )
    return profile_id


def add_user(
    sandbox: Sandbox,
    *,
    first_name: str,
    last_name: str,
    email: str,
    profile: str = STANDARD,
    role: str = "Manager",
) -> str:
    """A new active user who can sign in; profile and role by name. Returns the id."""
    profile_id = _id_of(sandbox, "crm_profile", profile)
    role_id = _id_of(sandbox, "crm_role", role)
    user_id = sandbox.new_id()
    sandbox.db.execute(
        "INSERT INTO crm_user VALUES (?, ?, ?, ?, ?, ?, 1, ?)",
        (user_id, first_name, last_name, email, profile_id, role_id, now(sandbox)),
    )
    tokens.add_person(sandbox, user_id, email, f"{first_name} {last_name}")
    sandbox.memory.pop(_NAMES, None)
    return user_id


def _id_of(sandbox: Sandbox, table: str, name: str) -> str:
    found = sandbox.db.value(f"SELECT id FROM {table} WHERE name = ?", (name,))  # noqa: S608  (our own table names)
    if found is None:
        names = [row["name"] for row in sandbox.db.query(f"SELECT name FROM {table}")]  # noqa: S608
        raise ValueError(f"there is no {table.removeprefix('crm_')} {name!r}; valid are {names}")
    return str(found)


def references(sandbox: Sandbox) -> dict[str, dict[str, str]]:
    """Each user as `{"name", "id", "email"}`, by id."""
    known: dict[str, dict[str, str]] | None = sandbox.memory.get(_NAMES)
    if known is None:
        known = sandbox.memory[_NAMES] = {
            row["id"]: {"name": _full_name(row), "id": row["id"], "email": row["email"]}
            for row in sandbox.db.query("SELECT * FROM crm_user")
        }
    return known


def reference(sandbox: Sandbox, user_id: str) -> dict[str, str]:
    """`{"name", "id"}` of a user."""
    known = references(sandbox)[user_id]
    return {"name": known["name"], "id": known["id"]}


def set_active(sandbox: Sandbox, user_id: str, active: bool) -> bool:
    """Deactivate or activate a user of the CRM; whether there is such a user."""
    changed = sandbox.db.execute("UPDATE crm_user SET active = ? WHERE id = ?", (active, user_id)).rowcount
    return changed > 0


def set_profile(sandbox: Sandbox, user_id: str, profile: str) -> None:
    """Give a user of the CRM another profile; raises ValueError naming those there are."""
    profile_id = _id_of(sandbox, "crm_profile", profile)
    sandbox.db.execute("UPDATE crm_user SET profile_id = ? WHERE id = ?", (profile_id, user_id))
    forget_permissions(sandbox)


def may_sign_in(sandbox: Sandbox, user_id: str) -> bool:
    """Whether a person is an active user of this CRM."""
    return bool(sandbox.db.value("SELECT active FROM crm_user WHERE id = ?", (user_id,)))


def is_administrator(sandbox: Sandbox, user_id: str) -> bool:
    return bool(
        sandbox.db.value(
            "SELECT 1 FROM crm_user u JOIN crm_profile p ON p.id = u.profile_id WHERE u.id = ? AND p.name = ?",
            (user_id, ADMINISTRATOR),
        )
    )


def list_users(sandbox: Sandbox, kind: str, current_user: str) -> list[sqlite3.Row]:
    """Users of a type the API names (`ActiveUsers`, `AdminUsers`, `CurrentUser`, …); raises KeyError."""
    where = {
        "AllUsers": "1",
        "ActiveUsers": "active",
        "DeactiveUsers": "NOT active",
        "ConfirmedUsers": "active",
        "ActiveConfirmedUsers": "active",
        "NotConfirmedUsers": "0",
        "DeletedUsers": "0",
        "AdminUsers": "p.name = :administrator",
        "ActiveConfirmedAdmins": "active AND p.name = :administrator",
        "CurrentUser": "u.id = :current",
    }[kind]
    return sandbox.db.query(
        "SELECT u.*, p.name AS profile, r.name AS role FROM crm_user u JOIN crm_profile p ON p.id = u.profile_id"  # noqa: S608  (conditions are our own)
        f" JOIN crm_role r ON r.id = u.role_id WHERE {where} ORDER BY u.id",
        {"current": current_user, "administrator": ADMINISTRATOR},
    )


def user_json(sandbox: Sandbox, row: sqlite3.Row) -> dict[str, Any]:
    org = organization(sandbox)
    japanese = org.country_code == "JP"
    created = written(sandbox, row["created_at"])
    return {
        "id": row["id"],
        "zuid": row["id"],
        "first_name": row["first_name"],
        "last_name": row["last_name"],
        "full_name": _full_name(row),
        "email": row["email"],
        "status": "active" if row["active"] else "disabled",
        "confirm": True,
        "profile": {"name": row["profile"], "id": row["profile_id"]},
        "role": {"name": row["role"], "id": row["role_id"]},
        "language": "ja_JP" if japanese else "en_US",
        "locale": "ja_JP" if japanese else "en_US",
        "country_locale": "ja_JP" if japanese else "en_US",
        "time_zone": org.time_zone,
        "Currency": org.currency_code,
        "category": "regular_user",
        "created_time": created,
        "Modified_Time": created,
        "Isonline": False,
        "personal_account": False,
        "microsoft": False,
        "alias": None,
        "phone": None,
        "mobile": None,
        "fax": None,
        "street": None,
        "city": None,
        "state": None,
        "zip": None,
        "country": None,
        "signature": None,
        "dob": None,
    }


def profile_json(sandbox: Sandbox, row: sqlite3.Row, *, detailed: bool) -> dict[str, Any]:
    """A profile; `detailed` adds its permissions and sections."""
    created = written(sandbox, row["created_at"])
    shown: dict[str, Any] = {
        "id": row["id"],
        "name": row["name"],
        "display_label": row["name"],
        "description": row["description"],
        "type": "normal_profile",
        "custom": bool(row["custom"]),
        "category": bool(row["custom"]),
        "default": False,
        "created_time": created if row["custom"] else None,
        "modified_time": created if row["custom"] else None,
        "created_by": None,
        "modified_by": None,
    }
    if detailed:
        permissions = wire.decode(row["permissions"])
        shown["permissions_details"] = permissions
        shown["sections"] = [_section(permissions)]
    return shown


def _section(permissions: list[dict[str, Any]]) -> dict[str, Any]:
    by_module = {module: [p["id"] for p in permissions if p["module"] == module] for module in MODULES}
    categories = [
        {"name": module, "display_label": module, "module": module, "permissions_details": ids}
        for module, ids in by_module.items()
    ]
    return {"name": "Module Permissions", "categories": categories}


def _full_name(row: sqlite3.Row) -> str:
    return f"{row['first_name']} {row['last_name']}".strip()


_PERMISSIONS = "crm.permissions"


def permits(sandbox: Sandbox, user_id: str, permission: str) -> bool:
    """Whether the user's profile has a permission such as `Crm_Implied_View_Deals` enabled."""
    known: dict[str, frozenset[str]] = sandbox.memory.setdefault(_PERMISSIONS, {})
    if user_id not in known:
        stored = sandbox.db.value(
            "SELECT permissions FROM crm_profile WHERE id = (SELECT profile_id FROM crm_user WHERE id = ?)", (user_id,)
        )
        granted = wire.decode(stored or "[]")
        known[user_id] = frozenset(item["name"] for item in granted if item["enabled"])
    return permission in known[user_id]


def forget_permissions(sandbox: Sandbox) -> None:
    """To be called after a profile changed."""
    sandbox.memory.pop(_PERMISSIONS, None)
