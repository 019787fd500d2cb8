"""The columns of all pieces, added up and decided about by DuckDB, which spills to disk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import uuid_utils

from service.bulk.columns import SEQUENCE_BITS, TABLES
from service.bulk.deciding import DisjointSets, decide_each
from service.bulk.values import ARRAY_DELIMITER, JSON
from service.errors import BulkLoadError, SettingsError
from service.identity.rules import Rules, Strength

if TYPE_CHECKING:
    import duckdb

_ROWS = 100_000
_QUERY = re.compile(r"^-- (nodes|relationships): (\w+)\n(.*?);\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Machine:
    """How much of the machine may be used: threads, and bytes of memory."""

    threads: int
    memory: int


def check_duckdb() -> None:
    """Make sure that there is what adds up.

    Raises:
        SettingsError: it is not installed.
    """
    if find_spec("duckdb") is None:
        raise SettingsError(
            "a bulk load needs DuckDB, which is not installed; run: pip install 'knoop[bulk]'"
        )


@contextmanager
def opened_tables(folder: Path, machine: Machine) -> Iterator[Tables]:
    """What was read into `folder`, ready to be added up.

    Raises:
        SettingsError: DuckDB is not installed.
        BulkLoadError: there is no room, on the disk or in memory.
    """
    check_duckdb()
    import duckdb  # noqa: PLC0415  (an extra, and heavy)

    try:
        with duckdb.connect(
            folder / "tables.duckdb",
            config={
                "threads": machine.threads,
                "memory_limit": f"{machine.memory // 2**20}MiB",
                "temp_directory": str(folder / "spilled"),
                "preserve_insertion_order": False,
            },
        ) as connection:
            connection.execute("SET GLOBAL TimeZone = 'UTC'")
            yield Tables(connection, folder)
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise BulkLoadError(
            f"there is not enough room on the disk or in memory to add up: {error}"
        ) from error


class Tables:
    """The tables of one load. The methods come in the order in which they stand."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._connection = connection
        self._folder = folder
        self._variables: dict[str, object] = {}

    def add_up(self, source_of: Mapping[int, tuple[str, int]], rules: Rules) -> int:
        """Add up what was read; gives how many messages were there before.

        `source_of` is for each piece its source, and the number of that source's node.

        Raises:
            BulkLoadError: two identifiers or accounts go by one number.
        """
        for name in TABLES:
            # One by one: in a pattern, what the folder is called would count as one, too.
            files = sorted(map(str, self._folder.glob(f"{name}-*.parquet")))
            self._connection.read_parquet(files).create_view(f"_{name}")
        self._table(
            "source_of",
            piece=[*source_of],
            source=[name for name, _ in source_of.values()],
            source_node=[node for _, node in source_of.values()],
        )
        named = rules.namespaces.items()
        self._table(
            "namespaces",
            namespace=[name for name, _ in named],
            strength=[int(one.strength) for _, one in named],
            is_unique=[one.is_unique for _, one in named],
            max_per_profile=pa.array([one.max_per_profile for _, one in named], pa.int64()),
            account=pa.array([one.account for _, one in named], pa.string()),
        )
        self._set("piece_bits", SEQUENCE_BITS)
        self._set("none_strength", int(Strength.NONE))
        self._set("delimiter", ARRAY_DELIMITER)
        for name, limit in rules.profile.model_dump().items():
            self._set(name, limit)
        self._script("adding_up")
        [[twins]] = self._rows(_TWINS)
        if twins:
            raise BulkLoadError(
                "two identifiers or accounts came to the same number by chance; load again"
            )
        [[repeated]] = self._rows("SELECT count(*) FROM repeated")
        return int(repeated)

    def decide(self, rules: Rules) -> None:
        """Decide who is who."""
        self._script("deciding")
        [[size]] = self._rows("SELECT count(*) FROM identifiers")
        everybody, people = DisjointSets(size), DisjointSets(size)
        for batch in self.read("SELECT a, b, a_strength + b_strength AS strength FROM evidence"):
            links = list(zip(batch[0].to_pylist(), batch[1].to_pylist(), strict=True))
            everybody.join(links)
            strengths = batch[2].to_pylist()
            people.join(
                link for link, each in zip(links, strengths, strict=True) if each == Strength.PERSON
            )
        self._table(
            "components",
            node=pa.array(range(size), pa.int64()),
            component=pa.array(everybody.components()),
            person=pa.array(people.components()),
        )
        self._script("doubtful")
        members, ties = (
            chain.from_iterable(
                zip(*(column.to_pylist() for column in batch.columns), strict=True)
                for batch in self.read(query)
            )
            for query in (_MEMBERS, _TIES)
        )
        found = decide_each(members, ties, rules)
        self._table(
            "settled",
            node=pa.array([node for node, _ in found.profile_of], pa.int64()),
            profile=pa.array([profile for _, profile in found.profile_of], pa.int64()),
        )
        self._table("contested", profile=pa.array(found.contested, pa.int64()))
        columns = list(zip(*found.refused, strict=True)) or [(), (), ()]
        self._table(
            "refused",
            a=pa.array(columns[0], pa.int64()),
            b=pa.array(columns[1], pa.int64()),
            reason=pa.array(columns[2], pa.string()),
        )
        self._run(_DECIDED)
        self._give_birth()
        self._script("profiles")

    def rows(self) -> Iterator[tuple[str, str, Iterator[pa.Table]]]:
        """Everything but the events: nodes or relationships, the label or type, and rows."""
        self._set("now", datetime.now(UTC))
        for what, name, query in _QUERY.findall(_text("graph")):
            yield what, name, map(pa.Table.from_batches, ([one] for one in self.read(query)))
        yield from self._traits()

    def amended_traits(self) -> list[dict[str, Any]]:
        """The traits whose values the importer cannot be told: a list of one empty text."""
        names = ("key", "source", "name", "of_account", "latest", "first")
        return [dict(zip(names, row, strict=True)) for row in self._rows(_AMENDED)]

    def repeated(self) -> pa.Array:
        """The numbers of messages that were there before."""
        return pa.array([seq for (seq,) in self._rows("SELECT seq FROM repeated")], pa.int64())

    def read(self, query: str) -> Iterator[pa.RecordBatch]:
        """The rows of a query, a batch at a time."""
        # Of its own, so that several can be read in turns. It has variables of its own, too.
        with self._connection.cursor() as cursor:
            for name, value in self._variables.items():
                _set(cursor, name, value)
            yield from cursor.sql(query).to_arrow_reader(_ROWS)

    def _give_birth(self) -> None:
        """Give each identifier an id to be born as; who was seen first has the lesser one."""
        batches = self.read("SELECT node FROM identifiers ORDER BY first_seen, key")
        self._run("CREATE TABLE born (node BIGINT, born_as VARCHAR)")
        for batch in batches:
            ids = [str(uuid_utils.uuid7()) for _ in range(batch.num_rows)]
            self._insert("born", pa.table({"node": batch[0], "born_as": ids}))

    def _traits(self) -> Iterator[tuple[str, str, Iterator[pa.Table]]]:
        kinds = self._rows("SELECT DISTINCT type, first_type FROM said_traits")
        for kind, first_kind in kinds:
            columns = [_value_column("value", kind)]
            if first_kind is not None:
                columns += [_value_column("first_value", first_kind), _FIRST]
            query = _TRAITS.replace("value_columns", ", ".join(columns))
            self._set("trait_type", kind)
            self._set("first_type", first_kind)
            yield "nodes", "Trait", map(pa.Table.from_batches, ([one] for one in self.read(query)))

    def _run(self, statement: str) -> None:
        self._connection.execute(statement)

    def _rows(self, query: str) -> list[Any]:
        return self._connection.execute(query).fetchall()

    def _script(self, name: str) -> None:
        self._connection.execute(_text(name))

    def _set(self, name: str, value: object) -> None:
        self._variables[name] = value
        _set(self._connection, name, value)

    def _table(self, name: str, **columns: Any) -> None:
        self._connection.register("given", pa.table(columns))
        self._run(f"CREATE TABLE {name} AS SELECT * FROM given")  # noqa: S608
        self._connection.unregister("given")

    def _insert(self, name: str, rows: pa.Table) -> None:
        self._connection.register("given", rows)
        self._run(f"INSERT INTO {name} SELECT * FROM given")  # noqa: S608
        self._connection.unregister("given")


def _set(connection: duckdb.DuckDBPyConnection, name: str, value: object) -> None:
    connection.execute(f"SET VARIABLE {name} = $1", [value])


def _value_column(name: str, kind: str) -> str:
    return f'{name} AS "{name}_json:string"' if kind == JSON else f'{name} AS "{name}:{kind}"'


def _text(name: str) -> str:
    return resources.files("service.bulk").joinpath(f"{name}.sql").read_text(encoding="utf-8")


_TWINS = """
SELECT (SELECT count(*) FROM identifiers WHERE key <> other_key) + (
  SELECT count(*) FROM (
    SELECT account FROM members
    GROUP BY account
    HAVING min(kind || ':' || account_id) <> max(kind || ':' || account_id)
  )
)
"""
_MEMBERS = """
SELECT component, key, node
FROM components SEMI JOIN doubtful USING (component) JOIN identifiers USING (node)
ORDER BY component, node
"""
_TIES = """
SELECT component, one.key, other.key, evidence.kind, evidence.first_seen, evidence.last_seen
FROM evidence
JOIN components ON evidence.a = components.node
SEMI JOIN doubtful USING (component)
JOIN identifiers AS one ON evidence.a = one.node
JOIN identifiers AS other ON evidence.b = other.node
ORDER BY component, one.key, other.key
"""
_DECIDED = """
CREATE TABLE decided AS
SELECT node, profile FROM settled
UNION ALL
SELECT node, component FROM components ANTI JOIN doubtful USING (component)
"""
_TRAITS = """
SELECT
  node AS ":ID(Trait)", source AS "source:string", name AS "name:string",
  moment AS "at:datetime", message_id AS "message_id:string", value_columns
FROM said_traits
WHERE type = getvariable('trait_type') AND first_type IS NOT DISTINCT FROM getvariable('first_type')
"""
_FIRST = 'first_moment AS "first_at:datetime", first_message_id AS "first_message_id:string"'
_AMENDED = """
SELECT
  coalesce(identifiers.key, kind || ':' || account_id), source, name, of_account,
  type = 'string[]' AND said_traits.value = '' AS latest,
  coalesce(first_type = 'string[]' AND first_value = '', false) AS first
FROM said_traits
LEFT JOIN identifiers ON NOT of_account AND holder = identifiers.id
LEFT JOIN (SELECT DISTINCT account, kind, account_id FROM members) AS found
  ON of_account AND holder = found.account
WHERE latest OR first
"""
