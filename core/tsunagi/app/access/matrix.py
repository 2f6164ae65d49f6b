"""Permissions for people to look at: the matrix, what one user may do, and why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tsunagi.app.access.permissions import document_facts, known_person, require, require_document
from tsunagi.app.context import Context
from tsunagi.domain.directory import Person
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConfigError
from tsunagi.rules.facts import Facts
from tsunagi.rules.permissions import Policies
from tsunagi.rules.permissions_book import PermissionBook
from tsunagi.rules.permissions_catalogue import VIEW, Resource
from tsunagi.rules.permissions_matrix import MatrixChange, MatrixRow, changes, matrix, profiles_of
from tsunagi.rules.permissions_proof import Proof, prove
from tsunagi.store.documents import Documents
from tsunagi.store.people import People
from tsunagi.text import Text
from tsunagi.wording import joined, nearest

SEE = f"permissions:{VIEW}"


@dataclass(frozen=True, slots=True)
class Matrix:
    """Resources with their actions across, profiles or people down."""

    resources: Sequence[Resource]
    rows: Sequence[MatrixRow]
    book: PermissionBook


def profile_matrix(context: Context, actor: Person | None) -> Matrix:
    """Every profile that a user of the CRM has or a policy names. Raises PermissionDenied."""
    require(context, actor, SEE)
    book = context.permissions.book
    subjects = profiles_of(_people(context), book.policies)
    return Matrix(tuple(context.permissions.catalogue.resources.values()), matrix(book.policies, subjects), book)


def effective(context: Context, actor: Person | None, email: str) -> Matrix:
    """What one user may do; everybody may ask it of themselves. Raises PermissionDenied, ConfigError."""
    person = _asked_of(context, actor, email)
    book = context.permissions.book
    return Matrix(tuple(context.permissions.catalogue.resources.values()), matrix(book.policies, [person]), book)


def differences(context: Context, actor: Person | None, folder: Path) -> tuple[PermissionBook, list[MatrixChange]]:
    """What the permission files of another rules folder would change. Raises PermissionDenied, ConfigError."""
    require(context, actor, SEE)
    now, then = context.permissions.book, context.permissions.candidate(folder)
    return then, changes(now.policies, then.policies, profiles_of(_people(context), now.policies, then.policies))


def why(context: Context, actor: Person | None, email: str, verb: str, asked: str) -> Proof:
    """Why this user may, or may not, do `verb` with a resource ("ledger.invoice") or a document (service:kind:id).

    Raises PermissionDenied: who asks about others has to see the permissions and the document; ConfigError for
    an unknown user, verb or resource.
    """
    person = _asked_of(context, actor, email)
    ref = _reference(asked)
    if ref is None:
        return prove(context.permissions.book.policies, person, _action(context, verb, asked))
    resource = f"{ref.service}.{ref.entity}"
    action = _action(context, verb, resource)
    if actor is not None:
        require_document(context, actor, ref, VIEW)
    return prove(context.permissions.book.policies, person, action, _facts(context, ref))


def _asked_of(context: Context, actor: Person | None, email: str) -> Person:
    if actor is None or actor.email.casefold() != email.strip().casefold():
        require(context, actor, SEE)
    person = known_person(context, email)
    if person is None:
        raise ConfigError(
            Text(en=f"The CRM has no user '{email}'.", ja=f"CRM に利用者「{email}」はいません。"),
            hint=Text(en="See: tsunagi people list", ja="確認: tsunagi people list"),
        )
    return person


def known_profiles(context: Context, *policies: Policies) -> list[Person]:
    """Somebody of each profile that a user of the CRM has or a policy names."""
    return profiles_of(_people(context), *policies)


def _people(context: Context) -> Sequence[Person]:
    with context.store.read() as session:
        return People(session).all(context.registry.crm_service())


def _facts(context: Context, ref: RecordRef) -> Facts:
    with context.store.read() as session:
        facts = document_facts(context, session, Documents(session).known([ref])).get(ref)
    if facts is None:
        raise ConfigError(Text(en=f"There is no document {ref}.", ja=f"書類 {ref} はありません。"))
    return facts


def _reference(asked: str) -> RecordRef | None:
    try:
        return RecordRef.parse(asked)
    except ValueError:
        return None


def _action(context: Context, verb: str, asked: str) -> str:
    resources = context.permissions.catalogue.resources
    named = [each for each in resources.values() if asked in {each.name, each.short}]
    if not named:
        message = Text(en=f"There is nothing called '{asked}' to permit.", ja=f"「{asked}」という対象はありません。")
        raise ConfigError(message, hint=Text(*_hint(asked, context)))
    if len(named) > 1:
        names = ", ".join(each.name for each in named)
        raise ConfigError(
            Text(en=f"Several services have '{asked}'.", ja=f"「{asked}」は複数のサービスにあります。"),
            hint=Text(en=f"Name one: {names}", ja=f"次から指定してください: {names}"),
        )
    if verb not in named[0].verbs:
        message = Text(
            en=f"'{named[0].name}' has no action '{verb}'.",
            ja=f"「{named[0].name}」に「{verb}」という操作はありません。",
        )
        raise ConfigError(joined(message, nearest(verb, named[0].verbs)))
    return f"{named[0].name}:{verb}"


def _hint(asked: str, context: Context) -> tuple[str, str]:
    near = nearest(asked, context.permissions.catalogue.resources)
    return near.en.strip(), near.ja
