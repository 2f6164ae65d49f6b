"""People: users of a service, as it describes them."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Person:
    """A user of a service. `profile` is the service's own name for what they may do (a profile, a role).

    `administrator`: whether the service lets them administer it, `active` whether they can sign in at all. `role` is
    their place in its hierarchy, empty for none; None where it was not read.
    """

    service: str
    id: str
    email: str
    name: str
    profile: str
    administrator: bool = False
    active: bool = True
    role: str | None = None


@runtime_checkable
class Directory(Protocol):
    """A connector whose service knows people. Nothing is cached: each answer is fresh. Raises as Connector."""

    def me(self) -> Person:
        """Whom the connection's credentials act for."""
        ...

    def people(self) -> tuple[Person, ...]:
        """Everybody in the organisation, active or not, all pages."""
        ...
