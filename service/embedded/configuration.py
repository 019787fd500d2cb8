"""What a server is told: its configuration files and its command line. Text in, text out."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from service.embedded.installation import Installation

LOOPBACK = "127.0.0.1"
SERVER_CLASS = "org.neo4j.server.CommunityEntryPoint"
DATABASE = "neo4j"  # the one that a server has
ADMIN_CLASS = "org.neo4j.cli.AdminTool"

# Only what installs knoop's own procedures may go around the rights of the caller.
UNRESTRICTED = ("apoc.custom.*",)

# Nothing that reaches files, the network, other databases or runs by itself.
ALLOWED = (
    "apoc.agg.*",
    "apoc.coll.*",
    "apoc.convert.*",
    "apoc.custom.*",
    "apoc.date.*",
    "apoc.help",
    "apoc.lock.*",
    "apoc.map.*",
    "apoc.math.*",
    "apoc.meta.*",
    "apoc.number.*",
    "apoc.path.*",
    "apoc.temporal.*",
    "apoc.text.*",
    "apoc.util.*",
    "apoc.version",
)

_G1 = "-XX:+UseG1GC"
# As Neo4j's own launcher has them.
JVM_OPTIONS = (
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    _G1,
    "-XX:-OmitStackTraceInFastThrow",
    "-XX:+UnlockExperimentalVMOptions",
    "-XX:+TrustFinalNonStaticFields",
    "-XX:+DisableExplicitGC",
    "-XX:+ExitOnOutOfMemoryError",  # a process that ends is noticed; one that limps is not
    "-Djdk.nio.maxCachedBufferSize=1024",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dlog4j2.disable.jmx=true",
)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a server listens, on this machine alone."""

    bolt: int
    http: int

    @property
    def bolt_uri(self) -> str:
        """What a driver connects to."""
        return f"bolt://{LOOPBACK}:{self.bolt}"

    @property
    def browser_url(self) -> str:
        """Where a person opens the Neo4j Browser."""
        return f"http://{LOOPBACK}:{self.http}/browser/"


def neo4j_conf(ports: Ports, page_cache: str, procedures: Iterable[str] = ()) -> str:
    """Write `neo4j.conf`, which lets `procedures` run beside knoop's own."""
    return _properties(
        {
            "server.default_listen_address": LOOPBACK,
            "server.default_advertised_address": LOOPBACK,
            "server.bolt.listen_address": f"{LOOPBACK}:{ports.bolt}",
            "server.bolt.advertised_address": f"{LOOPBACK}:{ports.bolt}",
            "server.http.enabled": "true",
            "server.http.listen_address": f"{LOOPBACK}:{ports.http}",
            "server.http.advertised_address": f"{LOOPBACK}:{ports.http}",
            "server.https.enabled": "false",
            "server.memory.pagecache.size": page_cache,
            "dbms.security.auth_enabled": "true",
            "dbms.security.procedures.unrestricted": ",".join([*UNRESTRICTED, *procedures]),
            "dbms.security.procedures.allowlist": ",".join([*ALLOWED, *procedures]),
            "dbms.usage_report.enabled": "false",
            "client.allow_telemetry": "false",
            "db.logs.query.enabled": "OFF",  # parameters are personal data
            "db.lock.acquisition.timeout": "10s",
            "db.transaction.timeout": "10m",
            "db.tx_log.preallocate": "false",  # 256 MB a database, for nothing, in a small graph
            # Bolt else waits twice 5 s for calls that nobody can make any more.
            "internal.dbms.bolt.netty_server_shutdown_quiet_period": "0",
        }
    )


def apoc_conf() -> str:
    """Write `apoc.conf`."""
    return _properties({"apoc.custom.procedures.refresh": "1000"})  # ms


def server_command(installation: Installation, home: Path, conf: Path, heap: str) -> list[str]:
    """Write the command that runs a server. The class path is in its environment."""
    return [
        str(installation.java),
        f"-Xmx{heap}",
        *JVM_OPTIONS,
        SERVER_CLASS,
        home_argument(home),
        f"--config-dir={conf}",
    ]


def password_command(installation: Installation, password_file: Path) -> list[str]:
    """Write the command that sets the first password, which is read from a file: not for `ps`."""
    return [
        str(installation.java),
        *(ADMIN_CLASS, "dbms", "set-initial-password", f"@{password_file}"),
    ]


def import_command(
    installation: Installation, arguments: Path, report: Path, heap: str, memory: int
) -> list[str]:
    """Write the command that runs the offline importer, told by a file of `arguments` what of.

    Nodes go by whole numbers there, and NUL stands between the items of a list.
    """
    return [
        str(installation.java),
        f"-Xmx{heap}",
        *(option for option in JVM_OPTIONS if option != _G1),
        "-XX:+UseParallelGC",  # as for Neo4j's own commands: pauses disturb nobody
        *(ADMIN_CLASS, "database", "import", "full", DATABASE),
        "--verbose",  # else a failure says nothing of its reason
        "--id-type=integer",
        "--array-delimiter=U+0000",
        "--overwrite-destination",
        f"--max-off-heap-memory={memory}",
        f"--report-file={report}",
        f"@{arguments}",
    ]


def environment(
    installation: Installation, home: Path, conf: Path, plugins: Path
) -> dict[str, str]:
    """Write the variables that either command needs."""
    return {
        "CLASSPATH": os.pathsep.join([*map(str, installation.classpath), f"{plugins}/*"]),
        "NEO4J_HOME": str(home),
        "NEO4J_CONF": str(conf),  # APOC misreads a --config-dir that has a space in it
    }


def home_argument(home: Path) -> str:
    """Write the argument by which a server process is known to be that of `home`."""
    return f"--home-dir={home}"


def _properties(settings: dict[str, str]) -> str:
    lines: Iterable[str] = (f"{name}={value}\n" for name, value in settings.items())
    return "# Written by knoop at every start: a change made here is lost.\n" + "".join(lines)
