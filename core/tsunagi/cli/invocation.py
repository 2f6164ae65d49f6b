"""What the person asked of every command: which installation, which language, how much log."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsunagi.translation import gettext as _
from tsunagi.translation import set_language

if TYPE_CHECKING:
    from tsunagi.app.hub import Hub
    from tsunagi.app.settings import Settings
    from tsunagi.text import Language

Json = Annotated[bool, typer.Option("--json", help=_("Print one JSON value and nothing else."))]


@dataclass(frozen=True, slots=True)
class Invocation:
    """The global options; None where one was not given."""

    home: Path | None = None
    language: "Language | None" = None
    log_level: str | None = None

    @classmethod
    def of_parameters(cls, given: Mapping[str, Any]) -> "Invocation":
        return cls(given.get("home"), given.get("language"), given.get("log_level"))

    @classmethod
    def of(cls, context: typer.Context) -> "Invocation":
        found = context.find_object(cls)
        return found if found is not None else cls()

    def flags(self) -> dict[str, object]:
        """The settings that were given as options."""
        given = {"home": self.home, "language": self.language, "log_level": self.log_level}
        return {name: value for name, value in given.items() if value is not None}

    def settings(self) -> "Settings":
        """Settings of this installation, in force from now on: logging and language follow them."""
        from tsunagi.app.settings import load_settings
        from tsunagi.logging import configure

        settings = load_settings(**self.flags())
        configure(settings.log_level)
        # Without a word in flags, environment or file, the terminal's own language stands.
        if "language" in settings.model_fields_set:
            set_language(settings.language)
        return settings

    @contextmanager
    def hub(self) -> Iterator["Hub"]:
        """The hub of this installation, open for one command."""
        from tsunagi.app.hub import Hub

        with Hub(self.settings()) as hub:
            yield hub
