"""The CRM's users with their profiles; read again each time, since a profile can be taken away."""

from collections.abc import Iterator

from tsunagi import Person
from tsunagi_crm.entities import SERVICE
from tsunagi_crm.metadata import broken, items_of
from tsunagi_zoho import Json, ZohoClient

_PAGE = 200
# The system profile is named in the language the organisation was opened in.
_ADMINISTRATOR = frozenset({"Administrator", "管理者"})


def current_person(client: ZohoClient) -> Person:
    """Whom the refresh token belongs to. One call, and one more for an administrator."""
    answer = client.get("/users", params={"type": "CurrentUser"})
    user = items_of(answer, "users")[0]
    if "id" not in user:
        raise broken(answer, "a user with an id", ", ".join(sorted(user)) or "nothing")
    return _persons(client, [user])[0]


def all_people(client: ZohoClient) -> tuple[Person, ...]:
    """Every user, active or not: a call a page, and one for what the profiles are."""
    return tuple(_persons(client, list(_users(client))))


def _users(client: ZohoClient) -> Iterator[Json]:
    page, more = 1, True
    while more:
        answer = client.get("/users", params={"type": "AllUsers", "page": str(page), "per_page": str(_PAGE)})
        # Nobody on the page is answered with an empty body.
        yield from answer.body.get("users") or ()
        info = answer.body.get("info") or {}
        page, more = page + 1, bool(info.get("more_records"))


def _persons(client: ZohoClient, users: list[Json]) -> list[Person]:
    profiles = [_profile(user) for user in users]
    # Who has no profile of that name is none; who has one may still have somebody's own profile of that name.
    asked = any(profile.get("name") in _ADMINISTRATOR for profile in profiles)
    administrators = _administrator_profiles(client) if asked else frozenset()
    return [_person(user, profile, administrators) for user, profile in zip(users, profiles, strict=True)]


def _person(user: Json, profile: Json, administrators: frozenset[str]) -> Person:
    return Person(
        service=SERVICE,
        id=str(user["id"]),
        email=str(user.get("email") or ""),
        name=str(user.get("full_name") or ""),
        profile=str(profile.get("name") or ""),
        administrator=str(profile.get("id")) in administrators,
        active=user.get("status") == "active",
        role=str(_named(user, "role").get("name") or ""),
    )


def _administrator_profiles(client: ZohoClient) -> frozenset[str]:
    """Ids of the Administrator profile that comes with the CRM: one of somebody's own does not count."""
    profiles = items_of(client.get("/settings/profiles"), "profiles")
    return frozenset(
        str(profile.get("id"))
        for profile in profiles
        if profile.get("name") in _ADMINISTRATOR and not (profile.get("custom") or profile.get("category"))
    )


def _profile(user: Json) -> Json:
    return _named(user, "profile")


def _named(user: Json, key: str) -> Json:
    found = user.get(key)
    return found if isinstance(found, dict) else {}
