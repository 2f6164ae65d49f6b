"""Command groups: those written here, and those that plugins bring, found when somebody asks for them."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from typer.core import TyperGroup

from tsunagi.translation import gettext as _


class Group(TyperGroup):
    """A group that says in the reader's language which command is unknown, and which was probably meant."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            ctx.fail(_("There is no command '{name}'.").format(name=name) + self._near(ctx, name))
        return super().resolve_command(ctx, args)

    def _near(self, ctx: Any, name: str) -> str:
        near = get_close_matches(name, self.list_commands(ctx), n=1)
        return " " + _("Did you mean '{name}'?").format(name=near[0]) if near else ""


class Root(Group):
    """The commands written here, then those of plugins. Plugins are asked only where a name is none of ours."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *self._contributed(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return super().get_command(ctx, cmd_name) or self._contributed(ctx).get(cmd_name)

    def _contributed(self, ctx: Any) -> Mapping[str, Any]:
        if self._of_plugins is None:
            from tsunagi.cli.plugin_commands import plugin_commands

            self._of_plugins = plugin_commands(ctx, taken=super().list_commands(ctx))
        return self._of_plugins

    _of_plugins: Mapping[str, Any] | None = None
