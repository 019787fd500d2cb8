"""What analysts call is what the service runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from service.store.graph import Graph
from service.store.installation import Public, install, public_procedures
from tests.procedures.company import act_by_hand

# Of a parameter without a default, by its name.
_GIVEN = {
    "identifier": "email:ann@example.com",
    "other": "user_id:bob",
    "one": "email:ann@example.com",
    "at": datetime(2100, 1, 1, tzinfo=UTC),
    "change_id": "no-change",
    "reason": "they say so",
    "source": "web",
    "conversion": "Order Completed",
}
_PUBLIC = {one.name: one for one in public_procedures()}


async def _rows(graph: Graph, statement: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """What a statement returns, in a transaction that leaves no trace."""
    async with (
        graph.driver.session(database=graph.database) as session,
        await session.begin_transaction() as transaction,
    ):
        result = await transaction.run(statement, parameters)
        rows = [record.data() async for record in result]
        await transaction.rollback()
        return rows


def _call(procedure: Public, given: dict[str, Any]) -> str:
    """A call that gives what must be given, and leaves the rest to the defaults."""
    return f"CALL custom.{procedure.name}({', '.join(f'${name}' for name in given)})"


async def _all_parameters(graph: Graph, procedure: Public) -> dict[str, Any]:
    """Every parameter of a procedure: by its default, or by the example of its name."""
    values = ", ".join(
        f"{one.name}: {one.default or f'$given.{one.name}'}" for one in procedure.header.params
    )
    [row] = await _rows(graph, f"RETURN {{{values}}} AS values", {"given": _GIVEN})
    return cast("dict[str, Any]", row["values"])


async def test_a_public_procedure_gives_what_its_file_gives(company: Graph) -> None:
    await act_by_hand(company)
    await install(company)
    for name, procedure in _PUBLIC.items():
        given = {one.name: _GIVEN[one.name] for one in procedure.header.params if not one.default}
        called = await _rows(company, _call(procedure, given), given)
        sent = await _rows(company, procedure.statement, await _all_parameters(company, procedure))
        assert called, name
        if procedure.header.mode == "read":
            assert called == sent, name
        else:  # Ids and times are new each time.
            assert [row.keys() for row in called] == [row.keys() for row in sent], name


async def test_a_journey_may_be_cut_and_its_columns_chosen(company: Graph) -> None:
    await install(company)
    rows = await _rows(
        company,
        "CALL custom.knoop.journey('email:ann@example.com', datetime('2026-01-08'), datetime()) "
        "YIELD at, name, channel, device RETURN name, channel ORDER BY at, name",
        {},
    )
    assert rows == [
        {"name": "Order Completed", "channel": "store"},
        # On the laptop that Bob borrows later: she was the one recognised there.
        {"name": "Order Completed", "channel": "web"},
        {"name": "Order Completed", "channel": "web"},
        {"name": None, "channel": "web"},
    ]
