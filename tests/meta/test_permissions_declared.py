"""Every route and every command says in one table what it asks of a person: a new one without it fails here."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from tsunagi import Person
from tsunagi.app.access.faces import ADMINISTRATOR, COMMANDS, DOCUMENT, LOOK, OPEN, ROUTES, admit
from tsunagi.cli.application import root_command
from tsunagi.errors import PermissionDenied
from tsunagi.http.application import create_application
from tsunagi.http.auth import route_name
from tsunagi.hub import Hub
from tsunagi.rules.permissions_catalogue import VERBS

sys.path.insert(0, str(Path(__file__).parents[1] / "company"))
from filled_hub import empty_hub

# Profiles of a matrix: what each may do beside looking, and with which kind of document.
MATRIX = """
version: 1
permissions: matrix
title: A matrix of profiles
policies:
  - {policy: admins, effect: permit, who: {administrators: true}, actions: all, on: all}
  - policy: look
    effect: permit
    who: {profiles: [Viewer, Mailer, Worker]}
    actions: [view]
    on: [hub, tabs, documents]
  - {policy: mail, effect: permit, who: {profiles: [Mailer]}, actions: [email], on: [documents]}
  - {policy: work, effect: permit, who: {profiles: [Worker]}, actions: [run, check], on: [sync, currencies]}
  - {policy: nothing, effect: forbid, who: {profiles: [Nobody]}, actions: all, on: all}
"""
PEOPLE = {
    name: Person("crm", name, f"{name}@example.com", name, name, name == "Administrator", role="")
    for name in ("Administrator", "Viewer", "Mailer", "Worker", "Nobody")
}
MAY = {
    "Administrator": {"run", "check", "disable", "enable", "email", "create", "edit", "view"},
    "Viewer": {"view"},
    "Mailer": {"view", "email"},
    "Worker": {"view", "run", "check"},
    "Nobody": set(),
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    home = tmp_path_factory.mktemp("hub")
    folder = home / "rules" / "permissions"
    folder.mkdir(parents=True)
    (folder / "matrix.yaml").write_text(MATRIX, encoding="utf-8")
    with empty_hub(home, rules_dir=home / "rules") as opened:
        assert opened.context.permissions.book.problems == ()
        yield opened


def commands() -> set[str]:
    """Those written here; plugins bring others, which ask for nothing but looking."""

    def leaves(command: Any, words: tuple[str, ...]) -> Iterator[str]:
        if not hasattr(command, "commands"):
            yield " ".join(words)
            return
        for name, inner in command.commands.items():
            yield from leaves(inner, (*words, name))

    return {name for word, each in root_command().written.items() for name in leaves(each.command(), (word,))}


def test_every_route_and_command_is_in_the_table_and_nothing_else(hub: Hub) -> None:
    routes = iter_route_contexts(create_application(hub).routes)
    named = {route_name(route.endpoint) for route in routes if getattr(route, "endpoint", None)}
    assert sorted(named) == sorted(ROUTES)
    assert sorted(commands()) == sorted(COMMANDS)


def test_every_route_command_and_action_lets_in_whom_the_matrix_says(hub: Hub) -> None:
    for profile, person in PEOPLE.items():
        for name, declared in {**ROUTES, **COMMANDS}.items():
            verb = declared.rpartition(":")[2]
            wanted = declared == OPEN or (
                "view" in MAY[profile] and (declared in {LOOK, ADMINISTRATOR} or verb in MAY[profile])
            )
            assert admitted(hub, person, declared, name) == wanted, (profile, name)
        for resource in hub.context.permissions.catalogue.resources.values():
            for action in resource.actions:
                verb = action.rpartition(":")[2]
                # Balances are not in the file: what nothing permits is denied.
                wanted = verb in MAY[profile] and (resource.name != "receivables" or person.administrator)
                assert hub.context.permissions.book.policies.decide(person, action).allowed == wanted, (profile, action)


def admitted(hub: Hub, person: Person, declared: str | None, name: str) -> bool:
    try:
        admit(hub.context, person, declared, name)
    except PermissionDenied:
        return False
    return True


def test_what_nobody_declared_is_refused_to_everybody(hub: Hub) -> None:
    assert not admitted(hub, PEOPLE["Administrator"], None, "api.new:route")


def test_what_is_declared_exists(hub: Hub) -> None:
    known = {action for each in hub.context.permissions.catalogue.resources.values() for action in each.actions}
    for declared in {*ROUTES.values(), *COMMANDS.values()} - {OPEN, ADMINISTRATOR}:
        assert declared in known or declared.removeprefix(DOCUMENT) in VERBS, declared
