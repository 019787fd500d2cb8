"""Who read or changed what of whom: a line of JSON each, in a file. Decision 0025 says why."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import orjson

from service.errors import SettingsError, UnavailableError
from service.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One read of personal data, or one write. It holds no value of anybody's.

    `actor` is key:NAME, or command:USER of who ran a command here; `address` where they called
    from, `field` what they asked for and `operation` what they call that themselves. `profiles` are
    the ids of the people who were told or concerned, `node` the id of what was told or changed that
    is no profile, `change` that of a `Change`.
    """

    actor: str
    address: str | None
    action: Literal["read", "write"]
    field: str
    operation: str | None = None
    profiles: Iterable[str] = ()
    node: str | None = None
    change: str | None = None


def audit_log(settings: Settings) -> AuditLog:
    """The one that the settings name.

    Raises:
        SettingsError: it cannot be written.
    """
    return AuditLog(settings.audit_log or settings.home / "audit.jsonl")


class AuditLog:
    """A file that is only ever added to, by several processes too: a line is one write.

    It is opened for each line, so that it can be moved away at any time.
    """

    def __init__(self, path: Path) -> None:
        """Make sure that it can be written.

        Raises:
            SettingsError: it cannot.
        """
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._append(b"")
        except OSError as error:
            raise SettingsError(
                f"KNOOP_AUDIT_LOG: {path} cannot be written ({error.strerror}): name another file"
            ) from error

    def record(self, entry: Entry) -> None:
        """Add a line, before the caller is told anything.

        Raises:
            UnavailableError: it cannot be written, so nothing may be told.
        """
        line = {
            "at": datetime.now(UTC),
            "actor": entry.actor,
            "from": entry.address,
            "action": entry.action,
            "field": entry.field,
            "operation": entry.operation,
            "profiles": list(entry.profiles),
            "node": entry.node,
            "change": entry.change,
        }
        try:
            self._append(
                orjson.dumps(
                    {name: one for name, one in line.items() if one is not None},
                    option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z,
                )
            )
        except OSError as error:
            raise UnavailableError(
                f"the audit log cannot be written ({error.strerror}), so nothing is told"
            ) from error

    def _append(self, line: bytes) -> None:
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            while line:  # All of it goes at once, unless the disk fills up.
                line = line[os.write(file, line) :]
        finally:
            os.close(file)
