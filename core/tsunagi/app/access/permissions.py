"""Who is asking, and whether they may: every use case goes through here."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tsunagi.app.crm_side import crm_service
from tsunagi.domain.directory import Directory, Person
from tsunagi.errors import ConfigError, PermissionDenied
from tsunagi.rules.permissions import Decision, Request, authorize
from tsunagi.store.people import People
from tsunagi.text import Text

if TYPE_CHECKING:
    from tsunagi.app.hub import Hub


def decide(hub: "Hub", person: Person | None, action: str) -> Decision:  # noqa: ARG001 - policies will come from the hub
    """May this person do this? None is the hub itself, doing what was set up."""
    return authorize(Request(person, action))


def require(hub: "Hub", person: Person | None, action: str) -> None:
    """Raises PermissionDenied, saying who was refused what."""
    decision = decide(hub, person, action)
    if not decision.allowed:
        raise PermissionDenied(decision.reason)


def require_administrator(hub: "Hub", person: Person | None, action: str) -> None:
    """For what only administrators of the CRM may do: who they are is asked afresh, never taken from memory.

    Raises PermissionDenied; NotConnected where there is no CRM to ask yet.
    """
    if person is None:
        return
    fresh = person_named(hub, person.email, refresh=True)
    if not (fresh.active and fresh.administrator):
        raise PermissionDenied(
            Text(
                en=f"{action} is for administrators of the CRM; {fresh.email} has the profile '{fresh.profile}'.",
                ja=f"{action} は CRM の管理者のみ可能です。{fresh.email} のプロファイルは「{fresh.profile}」です。",
            ),
            hint=Text(en="Ask a CRM administrator.", ja="CRM の管理者に依頼してください。"),
        )


def person_named(hub: "Hub", email: str, *, refresh: bool = False) -> Person:
    """The CRM's user with this e-mail address, as last read, or read anew. Raises ConfigError for an unknown one."""
    if refresh or (found := _known(hub, email)) is None:
        refresh_people(hub)
        found = _known(hub, email)
    if found is None:
        raise ConfigError(
            Text(en=f"The CRM has no user '{email}'.", ja=f"CRM に利用者「{email}」はいません。"),
            hint=Text(
                en="Use the e-mail address the CRM knows them by.",
                ja="CRM に登録されたメールアドレスを使ってください。",
            ),
        )
    return found


def _known(hub: "Hub", email: str) -> Person | None:
    with hub.store.read() as session:
        return People(session).by_email(email)


def list_people(hub: "Hub", actor: Person | None) -> Sequence[Person]:
    """The CRM's users, as last read; everybody may see them."""
    require(hub, actor, "people:view")
    with hub.store.read() as session:
        return People(session).all(crm_service(hub))


def refresh_people(hub: "Hub") -> tuple[Person, ...]:
    """Read the CRM's users and keep them. Raises NotConnected, ConfigError where the CRM tells none."""
    service = crm_service(hub)
    connector = hub.connector(service)
    if not isinstance(connector, Directory):
        raise ConfigError(
            Text(
                en=f"The plugin of '{service}' does not tell who its users are.",
                ja=f"「{service}」のプラグインは利用者の情報を提供していません。",
            )
        )
    people = connector.people()
    with hub.store.write() as session:
        People(session).replace_all(service, people, hub.now())
    return people
