"""Who is asking, and whether they may: every use case goes through here."""

from collections.abc import Sequence

from tsunagi.app.context import Context
from tsunagi.domain.directory import Directory, Person
from tsunagi.errors import ConfigError, PermissionDenied
from tsunagi.rules.permissions import Decision, Request, authorize
from tsunagi.store.people import People
from tsunagi.text import Text


def decide(context: Context, person: Person | None, action: str) -> Decision:  # noqa: ARG001 - policies will come from the hub
    """May this person do this? None is the hub itself, doing what was set up."""
    return authorize(Request(person, action))


def require(context: Context, person: Person | None, action: str) -> None:
    """Raises PermissionDenied, saying who was refused what."""
    decision = decide(context, person, action)
    if not decision.allowed:
        raise PermissionDenied(decision.reason)


def require_administrator(context: Context, person: Person | None, action: str) -> None:
    """For what only administrators of the CRM may do: who they are is asked afresh, never taken from memory.

    Raises PermissionDenied; NotConnected where there is no CRM to ask yet.
    """
    if person is None:
        return
    fresh = person_named(context, person.email, refresh=True)
    if not (fresh.active and fresh.administrator):
        raise PermissionDenied(
            Text(
                en=f"{action} is for administrators of the CRM; {fresh.email} has the profile '{fresh.profile}'.",
                ja=f"{action} は CRM の管理者のみ可能です。{fresh.email} のプロファイルは「{fresh.profile}」です。",
            ),
            hint=Text(en="Ask a CRM administrator.", ja="CRM の管理者に依頼してください。"),
        )


def person_named(context: Context, email: str, *, refresh: bool = False) -> Person:
    """The CRM's user with this e-mail address, as last read, or read anew. Raises ConfigError for an unknown one."""
    if refresh or (found := _known(context, email)) is None:
        refresh_people(context)
        found = _known(context, email)
    if found is None:
        raise ConfigError(
            Text(en=f"The CRM has no user '{email}'.", ja=f"CRM に利用者「{email}」はいません。"),
            hint=Text(
                en="Use the e-mail address the CRM knows them by.",
                ja="CRM に登録されたメールアドレスを使ってください。",
            ),
        )
    return found


def _known(context: Context, email: str) -> Person | None:
    with context.store.read() as session:
        return People(session).by_email(email)


def list_people(context: Context, actor: Person | None) -> Sequence[Person]:
    """The CRM's users, as last read; everybody may see them."""
    require(context, actor, "people:view")
    with context.store.read() as session:
        return People(session).all(context.registry.crm_service())


def refresh_people(context: Context) -> tuple[Person, ...]:
    """Read the CRM's users and keep them. Raises NotConnected, ConfigError where the CRM tells none."""
    service = context.registry.crm_service()
    connector = context.connectors.get(service)
    if not isinstance(connector, Directory):
        raise ConfigError(
            Text(
                en=f"The plugin of '{service}' does not tell who its users are.",
                ja=f"「{service}」のプラグインは利用者の情報を提供していません。",
            )
        )
    people = connector.people()
    with context.store.write() as session:
        People(session).replace_all(service, people, context.now())
    return people
