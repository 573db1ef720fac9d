"""What is logged, and how: lines for people in development, JSON in production, no secret in either.

What a request causes carries its id, also where a worker does it hours later: the id is kept with the
row that was queued.
"""

import logging
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from structlog import contextvars

_OF_REQUEST = "request_id"  # its name in each line


def configure(*, json: bool) -> None:
    """Set up logging for the process; as JSON also what packages log: each line is one object.

    Tracebacks carry no local variables: those hold payout details and codes.
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    chain: list[structlog.typing.Processor] = [
        contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if json:
        chain.append(structlog.processors.format_exc_info)
        _take_in_packages(chain, renderer)
    structlog.configure(
        processors=[*chain, renderer],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


class _OfPackages(logging.Handler):
    """Writes what packages log by the standard library."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        structlog.PrintLogger(sys.stderr).msg(self.format(record))


def _take_in_packages(
    chain: list[structlog.typing.Processor], renderer: structlog.typing.Processor
) -> None:
    handler = _OfPackages()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [each for each in root.handlers if not isinstance(each, _OfPackages)]
    root.addHandler(handler)
    logging.captureWarnings(capture=True)


def begin_request(given: str | None) -> None:
    """From here to ``end_request`` all that is logged and queued is of one request: ``given``, or a new id."""
    contextvars.bind_contextvars(**{_OF_REQUEST: given or secrets.token_hex(16)})


def end_request() -> None:
    """What follows is of no request."""
    contextvars.unbind_contextvars(_OF_REQUEST)


def request_id() -> str | None:
    """The id of the request that is answered, or that caused what is done; None where there is none."""
    found = contextvars.get_contextvars().get(_OF_REQUEST)
    return None if found is None else str(found)


@contextmanager
def caused_by(request: str | None) -> Iterator[None]:
    """Within the block all that is logged and queued is of this request, or of none."""
    before = request_id()
    end_request()
    if request:
        begin_request(request)
    try:
        yield
    finally:
        end_request()
        if before:
            begin_request(before)
