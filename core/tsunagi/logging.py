"""What the hub writes down about its own work: to standard error, for people or for machines, never a secret."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Literal, TextIO

import structlog
from pydantic import SecretStr
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


def configure(level: Level = "INFO", *, form: Form = "auto", stream: TextIO | None = None) -> None:
    """Set up logging for this process; calling it again replaces what was set before.

    `form` auto is `console` on a terminal and `json` (one object a line) elsewhere. Records of other libraries,
    uvicorn's too, are written the same way.
    """
    target = stream or sys.stderr
    shared = _shared_processors()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _plain,
                *_rendering(form, target),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    _quieten(level)


def hide_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Blank what is named like a secret, and what reads like one inside a text."""
    return {name: _hidden(name, value) for name, value in event.items()}


def _plain(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    # uvicorn says everything twice, the second time in colour.
    event.pop("color_message", None)
    return event


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _rendering(form: Form, target: TextIO) -> list[Processor]:
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
