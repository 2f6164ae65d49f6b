"""What the hub writes down about its own work: to standard error, for people or for machines, never a secret."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TextIO

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
Form = Literal["auto", "console", "json"]

HIDDEN = "[hidden]"
_SECRET_NAME = re.compile(r"token|secret|passw|authorization|cookie|credential|api_?key|signature", re.IGNORECASE)
# Within longer texts: `Authorization: Bearer abc`, `refresh_token=abc`, `"client_secret": "abc"`.
_SECRET_TEXT = re.compile(
    r"(?P<name>\b(?:authorization|bearer|[\w-]*oauthtoken)\b[\"']?\s*[:=]?\s*(?:bearer\s+|[\w-]*oauthtoken\s+)?"
    r"|\b[\w-]*(?:token|secret|password)[\"']?\s*[:=]\s*)"
    r"(?P<value>\"[^\"]+\"|'[^']+'|[^\s\"'&,;)}\]]+)",
    re.IGNORECASE,
)
# Libraries that tell of every call or statement; what the hub needs of it, it counts itself.
_TALKATIVE = ("alembic", "asyncio", "httpcore2", "httpx2", "sqlalchemy")
_UVICORN = ("uvicorn", "uvicorn.access", "uvicorn.error")


class Log:
    """A module's way to the log: an event's name, and facts about it.

    The library that writes it down takes longer to import than most commands run, and most write nothing.
    """

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def info(self, event: str, **facts: object) -> None:
        self._write(logging.INFO, event, facts)

    def warning(self, event: str, **facts: object) -> None:
        self._write(logging.WARNING, event, facts)

    def error(self, event: str, **facts: object) -> None:
        self._write(logging.ERROR, event, facts)

    def exception(self, event: str, **facts: object) -> None:
        """Within an `except`, with the traceback."""
        self._write(logging.ERROR, event, {**facts, "exc_info": True})

    def _write(self, level: int, event: str, facts: Mapping[str, object]) -> None:
        if self._logger.isEnabledFor(level):
            import structlog

            set_up_if_loaded()
            if structlog.is_configured():
                structlog.get_logger(self._logger.name).log(level, event, **facts)
            else:
                self._write_plainly(level, event, dict(facts))

    def _write_plainly(self, level: int, event: str, facts: dict[str, Any]) -> None:
        """Where a program that embeds the hub set up nothing: what structlog does then shows the variables of each
        frame of a traceback, and with them secrets."""
        exc_info = facts.pop("exc_info", None)
        told = " ".join(f"{name}={value!r}" for name, value in hide_secrets(None, "", facts).items())
        self._logger.log(level, "%s %s", event, told, exc_info=exc_info)


def configure(level: Level = "INFO", *, form: Form = "auto", stream: TextIO | None = None) -> None:
    """Set up logging for this process; calling it again replaces what was set before.

    `form` auto is `console` on a terminal and `json` (one object a line) elsewhere. Records of other libraries,
    uvicorn's too, are written the same way.
    """
    handler = _Handler(level, form, stream or sys.stderr)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    _quieten(level)
    if "structlog" in sys.modules:
        handler.set_up()


def set_up_if_loaded() -> None:
    """Set up structlog where something has imported it, such as a plugin that logs with it."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Handler) and "structlog" in sys.modules:
            handler.set_up()


class _Handler(logging.StreamHandler[TextIO]):
    """Loads the library that writes records down with the first of them."""

    def __init__(self, level: Level, form: Form, target: TextIO) -> None:
        super().__init__(target)
        self._level, self._form, self._target = level, form, target

    def set_up(self) -> None:
        import structlog

        if self.formatter is not None:
            return
        shared = _shared_processors()
        structlog.configure(
            processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[self._level]),
            logger_factory=structlog.stdlib.LoggerFactory(),
            cache_logger_on_first_use=False,
        )
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=shared,
                processors=[
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    _plain,
                    *_rendering(self._form, self._target),
                ],
            )
        )

    def format(self, record: logging.LogRecord) -> str:
        self.set_up()
        return super().format(record)


def hide_secrets(_: "WrappedLogger", __: str, event: "EventDict") -> "EventDict":
    """Blank what is named like a secret, and what reads like one inside a text."""
    return {name: _hidden(name, value) for name, value in event.items()}


def _plain(_: "WrappedLogger", __: str, event: "EventDict") -> "EventDict":
    # uvicorn says everything twice, the second time in colour.
    event.pop("color_message", None)
    return event


def _shared_processors() -> "list[Processor]":
    import structlog

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _rendering(form: Form, target: TextIO) -> "list[Processor]":
    import structlog

    terminal = target.isatty()
    if form == "json" or (form == "auto" and not terminal):
        return [
            structlog.processors.format_exc_info,
            hide_secrets,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ]
    return [structlog.processors.format_exc_info, hide_secrets, structlog.dev.ConsoleRenderer(colors=terminal)]


def _quieten(level: Level) -> None:
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel("INFO" if level == "DEBUG" else "WARNING")
    for name in _UVICORN:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(level)
    # DBOS adds a handler of its own, and keeps its records to itself, where it finds none.
    durable = logging.getLogger("dbos")
    durable.handlers[:] = [logging.NullHandler()]
    durable.propagate = True


def _hidden(name: str, value: Any) -> Any:
    from pydantic import SecretStr

    if isinstance(value, SecretStr) or (_SECRET_NAME.search(name) and isinstance(value, str) and value):
        return HIDDEN
    if isinstance(value, str):
        return _SECRET_TEXT.sub(_blanked, value)
    if isinstance(value, Mapping):
        return {key: _hidden(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(name, item) for item in value]
    return value


def _blanked(found: re.Match[str]) -> str:
    return f"{found['name']}{HIDDEN}"
