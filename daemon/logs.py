"""Logs: what the daemon did, never what a customer wrote and never a secret."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import Processor

from rules.model import Notice

_SECRET = frozenset({"password", "token", "url", "key", "secret", "authorization"})
_CUSTOMERS_WORDS = frozenset({"text", "new_text", "body", "content", "subject"})
_REDACTED = "[redacted]"


Style = Literal["auto", "console", "json"]
"""How a line looks; `auto` is `console` on a terminal and `json` elsewhere."""

Level = Literal["debug", "info", "warning", "error"]


def configure(style: Style = "auto", level: Level = "info", stream: TextIO | None = None) -> None:
    """Send our lines, from `level` on, and other libraries', from WARNING on, to standard error.

    Times are UTC in ISO 8601. Values under a key that ends in a word like `token` are redacted;
    values under keys for customers' words are dropped. Exceptions keep their message: raise none
    that carries either. Calling it again replaces what was configured.
    """
    stream = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        keep_private,
    ]
    rendering = _rendering(_is_console(style, stream), colors=stream.isatty())
    structlog.configure(
        processors=[*shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns in its peers' words


def write_notice(notice: Notice) -> None:
    """Log that a notice is there and whom it is for: its words are customers' words, too."""
    structlog.get_logger(__name__).warning(
        "notice",
        notice=notice.id,
        kind=notice.kind.value,
        request=notice.request_id,
        person=notice.person,
        due=notice.priority_at.isoformat(),
    )


def keep_private(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A structlog processor: the event without customers' words and secrets."""
    return _private(event)


def _private(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _REDACTED if _is_secret(key) else _inside(value)
        for key, value in values.items()
        if key not in _CUSTOMERS_WORDS
    }


def _inside(value: object) -> object:
    return _private(value) if isinstance(value, Mapping) else value


def _is_secret(key: str) -> bool:
    return str(key).lower().rpartition("_")[2] in _SECRET


def _is_console(style: Style, stream: TextIO) -> bool:
    return stream.isatty() if style == "auto" else style == "console"


def _rendering(console: bool, colors: bool) -> list[Processor]:
    if console:
        # The default formatter of exceptions shows local variables: customers' words among them.
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
