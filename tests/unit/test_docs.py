"""What the docs say, held against the code where that is cheap."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import typer.main
from graphql import GraphQLSchema, build_schema, parse, validate
from prometheus_client import Counter, Gauge, Histogram

from service import metrics
from service.cli import app
from service.demo.generate import generate
from service.errors import KnoopError
from service.identity.rules import parse_rules
from service.ingest.files.mapping_file import parse_mapping
from service.settings import Settings
from service.store.procedures import cypher_folder, load

_ROOT = Path(__file__).parents[2]
_README = (_ROOT / "README.md").read_text(encoding="utf-8")
_PAGES = sorted([*_ROOT.glob("*.md"), *(_ROOT / "docs").rglob("*.md")])
_GUIDES = sorted((_ROOT / "docs" / "guides").glob("*.md"))
_DECISIONS = sorted((_ROOT / "docs" / "decisions").glob("*.md"))

# Where a setting's default depends on the machine, or is nothing.
_DEFAULTS = {
    "home": "the user's data folder, as in `~/.local/share/knoop`",
    "cache": "the user's cache folder, as in `~/.cache/knoop`",
    None: "not set",
    (): "not set",
}


class Block(NamedTuple):
    """A fenced block of a page."""

    page: str
    text: str


def blocks(language: str) -> list[Block]:
    return [
        Block(page.name, text)
        for page in _PAGES
        for text in re.findall(
            rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
        )
    ]


def section(page: str, heading: str) -> str:
    return page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """The rows of a section's table, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines[2:]]


def slug(heading: str) -> str:
    """A heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema((_ROOT / "schema.graphql").read_text(encoding="utf-8"))


def test_the_readme_lists_every_setting_with_its_default_and_meaning() -> None:
    expected = []
    for name, field in Settings.model_fields.items():
        default = _DEFAULTS.get(name) or _DEFAULTS.get(field.default, f"`{field.default}`")
        expected.append([f"`KNOOP_{name.upper()}`", default, field.description])
    assert rows(section(_README, "Settings")) == expected


def commands() -> dict[str, set[str]]:
    """Every command of knoop, in full, with its options."""
    found = {}
    group = typer.main.get_group(app)
    for name, command in group.commands.items():
        for full, one in [
            (name, command),
            *((f"{name} {sub}", one) for sub, one in getattr(command, "commands", {}).items()),
        ]:
            found[full] = {option for param in one.params for option in param.opts}
    return found


def test_the_readme_lists_every_command_and_no_option_that_is_not_there() -> None:
    there = commands()
    listed = set()
    for first, _ in rows(section(_README, "The command")):
        names = re.findall(r"`([^`]+)`", first)
        words = names[0].removeprefix("knoop ").split()
        name = " ".join(words[:2]) if " ".join(words[:2]) in there else words[0]
        assert set(re.findall(r"--[a-z-]+", first)) <= there[name], first
        listed |= {name, *(f"{words[0]} {other}" for other in names[1:])}
    assert listed == {name for name in there if not any(n.startswith(f"{name} ") for n in there)}


def test_no_page_names_a_command_that_is_not_there() -> None:
    there = commands()
    named = {
        (page.name, command)
        for page in [_ROOT / "README.md", _ROOT / "CONTRIBUTING.md", *_GUIDES]
        for command in re.findall(
            r"(?:`|bin/|exec knoop )knoop "
            r"([a-z0-9-]+(?: (?:add|list|replay|show|start|stop|status)\b)?)",
            page.read_text("utf-8").replace(section(_README, "Not there yet"), ""),
            re.MULTILINE,
        )
    }
    assert {one for one in named if one[1] not in there} == set()


def test_every_query_fits_the_schema(schema: GraphQLSchema) -> None:
    found = blocks("graphql")
    assert len(found) > 2
    assert [(b.page, validate(schema, parse(b.text))) for b in found] == [
        (b.page, []) for b in found
    ]


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if re.match(r"https?:", target):
            continue
        file, _, anchor = target.partition("#")
        linked = (page.parent / file).resolve() if file else page
        assert linked.exists(), target
        assert linked.is_relative_to(_ROOT), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", linked.read_text("utf-8"), re.MULTILINE)
            assert anchor in map(slug, headings), target


def test_the_analysts_guide_lists_every_question() -> None:
    guide = (_ROOT / "docs" / "guides" / "analysts.md").read_text("utf-8")
    listed = [first.strip("`") for first, _ in rows(section(guide, "The ready-made questions"))]
    assert listed == sorted(path.stem for path in cypher_folder("questions").glob("*.cypher"))


def public() -> Iterator[str]:
    for kind, prefix in (("procedures", "knoop."), ("questions", "knoop.questions.")):
        for path in cypher_folder(kind).glob("*.cypher"):  # type: ignore[arg-type]
            if load(path)[0].public:
                yield prefix + path.stem


def test_every_procedure_that_is_called_is_there_and_all_of_them_are_described() -> None:
    there = set(public())
    called = {
        name
        for page in [_ROOT / "README.md", *_GUIDES]
        for name in re.findall(r"CALL custom\.(knoop\.[a-z_.]+)\(", page.read_text("utf-8"))
    }
    assert called <= there
    assert {name for name in there if "questions" not in name} <= called


def test_snippets_can_be_read() -> None:
    for block in blocks("python"):
        ast.parse(block.text)
    for block in blocks("json"):
        for one in block.text.strip().split("\n\n"):
            json.loads(one)
    for block in blocks("toml"):
        parse = parse_mapping if block.text.startswith("# A mapping") else parse_rules
        parse(block.text, block.page)
    for block in blocks("bash"):
        subprocess.run(["bash", "-n"], input=block.text, text=True, check=True)


def test_error_codes_and_metrics_in_the_guides_are_those_of_the_code() -> None:
    errors: list[type[KnoopError]] = [KnoopError, *KnoopError.__subclasses__()]
    codes = {error.code for error in errors} | {"http"}
    integrators = (_ROOT / "docs" / "guides" / "integrators.md").read_text("utf-8")
    documented = {code.strip("`") for _, code, *_ in rows(section(integrators, "Answers")) if code}
    assert documented <= codes
    operators = (_ROOT / "docs" / "guides" / "operators.md").read_text("utf-8")
    assert set(re.findall(r"`(knoop_\w+?)(?:_total)?(?:\{[^`]*)?` \|", operators)) == {
        next(iter(one.describe())).name
        for one in vars(metrics).values()
        if isinstance(one, Counter | Gauge | Histogram)
    }


def test_the_dashboard_shows_metrics_that_there_are() -> None:
    dashboard = json.loads((_ROOT / "docs" / "grafana.json").read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    shown = set(re.findall(r"\bknoop_\w+", " ".join(asked)))
    families = [
        next(iter(one.describe()))
        for one in vars(metrics).values()
        if isinstance(one, Counter | Gauge | Histogram)
    ]
    endings = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_sum", "_count"]}
    assert shown <= {one.name + end for one in families for end in endings[one.type]}
    named = {re.sub("_(total|bucket|sum|count)$", "", one) for one in shown}
    assert named == {one.name for one in families} - {"knoop_messages_repeated"}


def test_the_person_in_the_readme_is_in_the_demo() -> None:
    email = "samanthawilliams@quickmail.example.com"
    messages = generate().messages
    orders = [one.body for one in messages if one.body.get("event") == "Order Completed"]
    ids = {body["properties"].get("order_id") for body in orders}
    assert set(re.findall(r'"order_id": "([NW]-\d{6})"', _README)) <= ids
    assert any(email in json.dumps(one.body).lower() for one in messages)
    assert email in _README


def test_decisions_are_numbered_and_have_all_their_parts() -> None:
    assert [path.name[:4] for path in _DECISIONS] == [
        f"{number:04}" for number in range(1, len(_DECISIONS) + 1)
    ]
    for path in _DECISIONS:
        text = path.read_text(encoding="utf-8")
        headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences", "Alternatives"], path.name
        assert text.startswith(f"# {path.name[:4]}: "), path.name
        assert re.search(r"^\d{4}-\d\d-\d\d$", text, re.MULTILINE), path.name


def test_the_hook_runs_a_script_that_is_there() -> None:
    entry = re.search(r"entry: (\S+)", (_ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    assert entry is not None
    assert (_ROOT / entry[1]).stat().st_mode & 0o100
