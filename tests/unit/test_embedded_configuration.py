"""What a server is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.embedded.configuration import (
    Ports,
    environment,
    neo4j_conf,
    password_command,
    server_command,
)
from service.embedded.installation import Installation
from service.embedded.readiness import telling_line

INSTALLATION = Installation(Path("/j/java"), (Path("/c/a.jar"), Path("/c/b.jar")), ())
HOME = Path("/my home")


def conf() -> dict[str, str]:
    """Read the rendered file back."""
    lines = neo4j_conf(Ports(bolt=1, http=2), "64m").splitlines()
    pairs = (line.split("=", 1) for line in lines if not line.startswith("#"))
    return {name: value for name, value in pairs}  # noqa: C416


def test_the_server_is_for_this_machine_alone() -> None:
    addresses = {name: value for name, value in conf().items() if "address" in name}
    assert addresses == {
        "server.default_listen_address": "127.0.0.1",
        "server.default_advertised_address": "127.0.0.1",
        "server.bolt.listen_address": "127.0.0.1:1",
        "server.bolt.advertised_address": "127.0.0.1:1",
        "server.http.listen_address": "127.0.0.1:2",
        "server.http.advertised_address": "127.0.0.1:2",
    }
    assert conf()["server.https.enabled"] == "false"
    assert conf()["dbms.security.auth_enabled"] == "true"


def test_only_custom_procedures_are_unrestricted_and_none_reach_out() -> None:
    assert conf()["dbms.security.procedures.unrestricted"] == "apoc.custom.*"
    allowed = conf()["dbms.security.procedures.allowlist"].split(",")
    assert "apoc.custom.*" in allowed
    outside = ("apoc.*", "apoc.load", "apoc.export", "apoc.import", "apoc.cypher", "apoc.periodic")
    assert not [name for name in allowed if name.startswith(outside) and name != "apoc.help"]


def test_nothing_personal_is_logged_and_nothing_is_reported() -> None:
    assert conf()["db.logs.query.enabled"] == "OFF"
    assert conf()["dbms.usage_report.enabled"] == "false"
    assert conf()["client.allow_telemetry"] == "false"


def test_the_commands_hold_no_secret_and_the_home_in_one_piece() -> None:
    command = server_command(INSTALLATION, HOME, HOME / "conf", "512m")
    assert command[:2] == ["/j/java", "-Xmx512m"]
    assert command[-2:] == ["--home-dir=/my home", "--config-dir=/my home/conf"]
    assert password_command(INSTALLATION, HOME / "password")[-1] == "@/my home/password"
    variables = environment(INSTALLATION, HOME, HOME / "conf", HOME / "plugins")
    assert variables["CLASSPATH"] == "/c/a.jar:/c/b.jar:/my home/plugins/*"


START_FAILED = """
2026-01-01 10:00:00.000+0000 INFO  Starting...
2026-01-01 10:00:09.000+0000 ERROR Failed to start Neo4j on 127.0.0.1:7474.
"""

CAUSE = """
java.lang.RuntimeException: Error starting Neo4j database server at /h/data
\tat org.neo4j.x(Y.java:1)
Caused by: java.net.BindException: Address already in use
\t... 12 more
2026-01-01 10:00:09.000+0000 INFO  Stopped.
"""

NO_JVM = """
Invalid maximum heap size: -Xmx5x
Error: Could not create the Java Virtual Machine.
Error: A fatal exception has occurred. Program will exit.
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (START_FAILED + CAUSE, "Address already in use"),
        (START_FAILED, "Failed to start Neo4j on 127.0.0.1:7474"),
        (NO_JVM, "Invalid maximum heap size: -Xmx5x"),
        ("2026-01-01 10:00:00.000+0000 INFO  Started.", None),
    ],
)
def test_a_failure_is_told_in_the_words_of_its_cause(text: str, line: str | None) -> None:
    assert telling_line(text) == line
