"""Options of every command: which installation, which language, how much log."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsunagi.errors import ConfigError
from tsunagi.translation import gettext as _
from tsunagi.translation import set_language

if TYPE_CHECKING:
    from tsunagi.app.settings import Settings
    from tsunagi.domain.directory import Person
    from tsunagi.hub import Hub
    from tsunagi.registry import Registry
    from tsunagi.text import Language


Json = Annotated[bool, typer.Option("--json", help=_("Print one JSON value and nothing else."))]


@dataclass(frozen=True, slots=True)
class Invocation:
    """The global options; None where one was not given."""

    home: Path | None = None
    language: "Language | None" = None
    log_level: str | None = None
    acting_for: str | None = None
    command: str = ""

    @classmethod
    def of_parameters(cls, given: Mapping[str, Any]) -> "Invocation":
        return cls(given.get("home"), given.get("language"), given.get("log_level"), given.get("acting_for"))

    @classmethod
    def of(cls, context: typer.Context) -> "Invocation":
        found = context.find_object(cls)
        # "tsunagi documents email" without the program's own name.
        command = context.command_path.partition(" ")[2]
        return replace(found if found is not None else cls(), command=command)

    def flags(self) -> dict[str, object]:
        """The settings that were given as options."""
        given = {"home": self.home, "language": self.language, "log_level": self.log_level}
        return {name: value for name, value in given.items() if value is not None}

    def mentions(self, setting: str) -> bool:
        """Whether environment or settings file name a setting at all, found without reading either as settings."""
        if f"TSUNAGI_{setting}".upper() in os.environ:
            return True
        home = self.home or Path(os.environ.get("TSUNAGI_HOME", ".tsunagi"))
        try:
            lines = (home / "tsunagi.toml").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return False
        # The file that `init` creates names every setting in a comment.
        return any(setting in line for line in lines if not line.lstrip().startswith("#"))

    def settings(self) -> "Settings":
        """Settings of this installation, in force from now on: logging and language follow them."""
        from tsunagi.app.settings import load_settings
        from tsunagi.logging import configure

        settings = load_settings(**self.flags())
        configure(settings.log_level)
        # Without a setting in flags, environment or file, the terminal's own language applies.
        if "language" in settings.model_fields_set:
            set_language(settings.language)
        return settings

    @contextmanager
    def hub(self) -> Iterator["Hub"]:
        """The hub of this installation, open for one command."""
        from tsunagi.app.views.overview import organization_zone
        from tsunagi.cli.printing import show_times_in
        from tsunagi.hub import Hub

        with Hub(self.settings()) as hub:
            if self.acting_for is not None:
                self._let_in(hub)
            show_times_in(organization_zone(hub.context))
            yield hub

    def actor(self, hub: "Hub") -> "Person | None":
        """Whom the command acts for: the one named, else who connected the CRM; nobody known: the hub itself."""
        from tsunagi.app.access.permissions import person_named

        email = self.acting_for or _who_connected(hub)
        return person_named(hub.context, email) if email else None

    def viewer(self, hub: "Hub") -> "Person | None":
        """As `actor`, for looking at what is stored: the user who connected the CRM is not read again there."""
        from tsunagi.app.access.permissions import known_person

        if self.acting_for is not None:
            return self.actor(hub)
        return known_person(hub.context, _who_connected(hub))

    def _let_in(self, hub: "Hub") -> None:
        from tsunagi.app.access.faces import COMMANDS, admit
        from tsunagi.app.access.permissions import LOOK

        # Commands of plugins are not in the table.
        admit(hub.context, self.actor(hub), COMMANDS.get(self.command) or LOOK, self.command)


def _who_connected(hub: "Hub") -> str:
    """The CRM's goes before that of other services, which outlive it."""
    kinds = hub.registry.connectors
    found = [each for each in hub.connectors.all() if each.connected_by]
    found.sort(key=lambda each: each.service not in kinds or not kinds[each.service].is_crm)
    return found[0].connected_by if found else ""


def service_names(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Services that were not named yet."""
    named = context.params.get("services") or ()
    return (name for name in _registry(context).connectors if name.startswith(incomplete) and name not in named)


def feature_names(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Features of the service that was named before."""
    kind = _registry(context).connectors.get(context.params.get("service", ""))
    features = kind.features if kind else ()
    return (each.name for each in features if each.name.startswith(incomplete))


def _registry(context: typer.Context) -> "Registry":
    """Without a word, whatever is wrong: nothing may be written beside the answer to a shell."""
    from tsunagi.logging import configure
    from tsunagi.plugin_loading import load_plugins
    from tsunagi.registry import Registry

    try:
        disabled = Invocation.of_parameters(context.find_root().params).settings().disabled_plugins
    except ConfigError:
        return Registry()
    configure("ERROR")
    return load_plugins(disabled=disabled).registry
