"""The folder of one graph: its data, password, and the note that tells where its server is."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from service.embedded.configuration import Ports, apoc_conf, neo4j_conf
from service.embedded.process import end_all_of
from service.errors import EmbeddedError
from service.settings import Settings

NEEDED_ROOM = 500_000_000  # bytes; Neo4j stops taking writes when a transaction log finds no room

LOADING = "loading"
"""The folder in a home in which another graph is made; nobody needs what is left there."""

_USER = "neo4j"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs, and what is needed to use it."""

    bolt_uri: str
    browser_url: str
    password: str = field(repr=False)
    pid: int
    log: Path
    user: str = _USER


@dataclass(frozen=True, slots=True)
class Note:
    """Where the last server of a home listens, and whether it is meant to outlive its starter."""

    bolt_port: int
    http_port: int
    detached: bool

    @property
    def ports(self) -> Ports:
        """The ports, as what can be connected to."""
        return Ports(self.bolt_port, self.http_port)


@dataclass(frozen=True, slots=True)
class Home:
    """Where everything of one graph is. Nothing of it is needed by another."""

    folder: Path

    @classmethod
    def of(cls, settings: Settings) -> Home:
        """Find the home that the settings name."""
        return cls((settings.home / "neo4j").resolve())

    @property
    def conf(self) -> Path:
        """The configuration, written at every start."""
        return self.folder / "conf"

    @property
    def logs(self) -> Path:
        """All that the server says; where a link leads that stands there."""
        return (self.folder / "logs").resolve()

    @property
    def log(self) -> Path:
        """What the server says to people."""
        return self.logs / "neo4j.log"

    @property
    def plugins(self) -> Path:
        """Links to the fetched plugins; a jar that a person puts here is used, too."""
        return self.folder / "plugins"

    @property
    def password_file(self) -> Path:
        """The password of the user neo4j."""
        return self.folder / "password"

    @property
    def data(self) -> Path:
        """The graph itself, and its users."""
        return self.folder / "data"

    @property
    def has_graph(self) -> bool:
        """Whether a server has run here, so that the password can no longer be chosen."""
        return (self.data / "databases" / "system").exists()

    @property
    def room(self) -> int:
        """Bytes that are free on its disk."""
        return shutil.disk_usage(self.folder).free

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Be the only process that starts, uses or stops a server here.

        Raises:
            EmbeddedError: another one does, and is named; or the home cannot be written.
        """
        lock = FileLock(self.folder / "lock", thread_local=False)
        owner = self.folder / "owner"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock.acquire(timeout=0)
        except Timeout as error:
            pid = owner.read_text() if owner.exists() else "unknown"
            raise EmbeddedError(
                f"The graph in {self.folder} is in use by another knoop (process {pid}): stop "
                "that one, or set KNOOP_HOME to another folder."
            ) from error
        except OSError as error:
            raise EmbeddedError(
                f"{self.folder} cannot be written ({error.strerror}): make it writable, or set "
                "KNOOP_HOME to another folder."
            ) from error
        try:
            owner.write_text(str(os.getpid()))
            self._finish_taking_over()
            yield
        finally:
            owner.unlink(missing_ok=True)
            lock.release()

    def take_over(self, other: Home) -> None:
        """Have the graph of another home, on the same disk, in the place of the one there is.

        Both are owned, and no server runs in them. Whenever this is stopped, one of the two is
        there, whole, the next time that the home is owned.
        """
        other.data.replace(self._next_data)
        self.data.replace(self._former_data)
        self._finish_taking_over()

    def _finish_taking_over(self) -> None:
        if self._next_data.exists() and not self.data.exists():
            self._next_data.replace(self.data)
        loading = self.folder / LOADING
        if loading.exists():  # its maker may have been killed, and what that started lives on
            end_all_of(loading)
        for left in (self._next_data, self._former_data, loading):
            shutil.rmtree(left, ignore_errors=True)

    @property
    def _next_data(self) -> Path:
        return self.folder / "data.next"

    @property
    def _former_data(self) -> Path:
        return self.folder / "data.former"

    def prepare(
        self,
        ports: Ports,
        page_cache: str,
        plugins: Iterable[Path],
        procedures: Iterable[str] = (),
    ) -> None:
        """Write what a server reads when it starts.

        Raises:
            EmbeddedError: there is no room for a server to work in.
        """
        if self.room < NEEDED_ROOM:
            raise EmbeddedError(
                f"The disk of {self.folder} has {self.room / 1e6:.0f} MB left, and a graph needs "
                f"{NEEDED_ROOM / 1e6:.0f}: make room, or set KNOOP_HOME to another disk."
            )
        for folder in (self.conf, self.logs, self.plugins):
            folder.mkdir(exist_ok=True)
        if self.log.exists():  # so that a failure is explained by what is said from now on
            self.log.replace(self.logs / "neo4j.previous.log")
        (self.conf / "neo4j.conf").write_text(neo4j_conf(ports, page_cache, procedures))
        (self.conf / "apoc.conf").write_text(apoc_conf())
        for link in self.plugins.glob("*.jar"):
            if link.is_symlink():
                link.unlink()
        for jar in plugins:
            (self.plugins / jar.name).symlink_to(jar.resolve())

    def password(self) -> str:
        """Read the password, which is made up here before there is a graph.

        Raises:
            EmbeddedError: there is a graph, and its password is gone.
        """
        if not self.password_file.exists():
            if self.has_graph:
                raise EmbeddedError(
                    f"The password of the graph in {self.folder} is gone: bring back the file "
                    f"{self.password_file}, or move the folder away to begin with an empty graph."
                )
            _write(self.password_file, secrets.token_hex(16))
        return self.password_file.read_text().strip()

    def write_note(self, note: Note) -> None:
        """Leave word for the commands to come."""
        _write(self.folder / "server.json", json.dumps(asdict(note)))

    def read_note(self) -> Note | None:
        """Read what was left; None if nothing of use was."""
        try:
            return Note(**json.loads((self.folder / "server.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None


def _write(file: Path, text: str) -> None:
    """Write a private file, whole or not at all."""
    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
