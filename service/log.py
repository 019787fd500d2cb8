"""Structured logs, on standard error. No personal data is ever given to them."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_log(log_format: str) -> None:
    """Log lines for people (`text`) or for programs (`json`)."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            exception_formatter=structlog.dev.plain_traceback,  # without variables: they are data
        )
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer]
        if log_format == "json"
        else [*shared, renderer],
        # Asked for anew at each line: whoever runs a command within a process may change it.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    # The driver tells of every retry of its own; retries are ordinary under load.
    logging.getLogger("neo4j").setLevel(logging.ERROR)
