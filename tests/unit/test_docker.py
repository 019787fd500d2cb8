"""The container files, as far as they can be checked without a Docker engine."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path
from typing import Any

import pytest

from service.embedded.configuration import ALLOWED, UNRESTRICTED, Ports, apoc_conf, neo4j_conf
from service.embedded.lock import locked_jars
from service.settings import Settings

yaml = pytest.importorskip("yaml")

_ROOT = Path(__file__).parents[2]
_COMPOSE = (_ROOT / "docker-compose.yml").read_text(encoding="utf-8")
_DOCKERFILE = (_ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_COMPOSE)["services"]
    return found


def neo4j_settings(environment: dict[str, str]) -> dict[str, str]:
    """Neo4j's settings, of which its image makes them: `_` stands for a dot, `__` for `_`."""
    return {
        name.removeprefix("NEO4J_").replace("__", "\0").replace("_", ".").replace("\0", "_"): value
        for name, value in environment.items()
        if name not in ("NEO4J_AUTH", "NEO4J_PLUGINS")
    }


@pytest.mark.parametrize("text", [_COMPOSE, _DOCKERFILE], ids=["compose", "Dockerfile"])
def test_every_variable_of_knoop_is_a_setting(text: str) -> None:
    settings = {f"KNOOP_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"KNOOP_[A-Z0-9_]+", text)) <= settings


def test_there_is_no_password_but_the_one_that_is_asked_for(services: dict[str, Any]) -> None:
    asked = "${KNOOP_NEO4J_PASSWORD:?"
    assert services["neo4j"]["environment"]["NEO4J_AUTH"].startswith(f"neo4j/{asked}")
    assert services["knoop"]["environment"]["KNOOP_NEO4J_PASSWORD"].startswith(asked)


def test_nothing_is_reachable_from_other_machines(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service["ports"]]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_neo4j_is_set_as_the_one_that_knoop_starts(services: dict[str, Any]) -> None:
    there = neo4j_settings(services["neo4j"]["environment"])
    text = neo4j_conf(Ports(bolt=7687, http=7474), "256m") + apoc_conf()
    ours = dict(line.split("=", 1) for line in text.splitlines() if not line.startswith("#"))
    same = there.keys() - {"server.memory.heap.max_size", "server.memory.pagecache.size"}
    assert {name: there[name] for name in same} == {name: ours[name] for name in same}
    assert there["dbms.security.procedures.allowlist"].split(",") == list(ALLOWED)
    assert there["dbms.security.procedures.unrestricted"].split(",") == list(UNRESTRICTED)


def test_memory_is_by_default_as_in_the_settings(services: dict[str, Any]) -> None:
    there = neo4j_settings(services["neo4j"]["environment"])
    settings = Settings.model_fields
    for name, field in (("heap.max_size", "neo4j_heap"), ("pagecache.size", "neo4j_page_cache")):
        variable = f"KNOOP_{field.upper()}"
        assert there[f"server.memory.{name}"] == f"${{{variable}:-{settings[field].default}}}"


def test_neo4j_is_of_the_version_that_is_tested(services: dict[str, Any]) -> None:
    [server] = [jar for jar in locked_jars() if jar.artifact == "neo4j-server"]
    minor = ".".join(server.version.split(".")[:2])
    assert services["neo4j"]["image"] == f"neo4j:{minor}-community"


def test_knoop_waits_for_neo4j(services: dict[str, Any]) -> None:
    assert services["knoop"]["depends_on"] == {"neo4j": {"condition": "service_healthy"}}
    assert services["neo4j"]["healthcheck"]["test"][0] == "CMD"
    assert "HEALTHCHECK" in _DOCKERFILE


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.*)$", _DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    ignore = (_ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = [line.removeprefix("!") for line in ignore if line.startswith("!")]
    assert copied
    for source in copied:
        assert (_ROOT / source).exists(), source
        assert any(fnmatch.fnmatch(source, pattern) for pattern in let_in), source


def test_the_audit_log_has_a_place_that_can_be_written_and_stays(services: dict[str, Any]) -> None:
    [home] = re.findall(r"KNOOP_HOME=(\S+)", _DOCKERFILE)
    assert services["knoop"]["read_only"]
    assert f"home:{home}" in services["knoop"]["volumes"]
    assert "home" in yaml.safe_load(_COMPOSE)["volumes"]
    # A new volume belongs to whom the folder belongs in the image.
    assert re.search(rf"useradd .*--create-home --home-dir {home} knoop", _DOCKERFILE)


def test_the_image_serves_without_being_root() -> None:
    users = re.findall(r"^USER (.*)$", _DOCKERFILE, re.MULTILINE)
    assert users == ["knoop"]
    assert _DOCKERFILE.rstrip().endswith('ENTRYPOINT ["knoop"]\nCMD ["serve"]')
