"""The figures as tables for people, and as JSON for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.ingest import Found, Rates
from bench.profiling import Profile


def show(found: Found, console: Console) -> None:
    """Print the rates, their ratio, and where the time goes."""
    plan = found.plan
    table = Table("messages a second", "median", "min", "max", title="Ingest")
    for name, rates in (
        (f"/v1/batch, {plan.connections} connections, batches of {plan.batch}", found.service),
        (f"plainest Cypher, {found.shape}", found.plain),
        *((("the service's graph, written ready", found.same),) if found.same else ()),
    ):
        table.add_row(name, *(f"{rate:,.0f}" for rate in _three(rates)))
    console.print(table)
    console.print(f"the service's share of the ceiling: {found.ratio:.2f}", highlight=False)
    if found.ratio_to_same is not None:
        console.print(
            f"of its own graph, written ready: {found.ratio_to_same:.2f}", highlight=False
        )
    console.print(_shapes(found))
    console.print(_profile(found.profile, plan.messages))


def as_json(found: Found) -> dict[str, Any]:
    """Everything that was measured."""
    total = _total(found.profile)
    return {
        "plan": asdict(found.plan),
        "service": asdict(found.service) | {"median": found.service.median},
        "plain": asdict(found.plain) | {"median": found.plain.median, "shape": asdict(found.shape)},
        "same": asdict(found.same) | {"median": found.same.median} if found.same else None,
        "ratio": found.ratio,
        "ratio_to_same": found.ratio_to_same,
        "shapes": [asdict(shape) | {"rate": rate} for shape, rate in found.shapes.items()],
        "profile": {
            name: asdict(spent) | {"share": spent.seconds / total}
            for name, spent in found.profile.steps.items()
        },
    }


def _three(rates: Rates) -> tuple[float, float, float]:
    return rates.median, min(rates.each), max(rates.each)


def _shapes(found: Found) -> Table:
    table = Table("rows a transaction, sessions", "messages a second", title="The ceiling's shape")
    for shape, rate in sorted(found.shapes.items(), key=lambda item: -item[1]):
        table.add_row(str(shape), f"{rate:,.0f}")
    return table


def _profile(profile: Profile, messages: int) -> Table:
    """One commit after the other, in one process: shares are comparable, the rate is lower."""
    total = _total(profile)
    table = Table(
        *("step", "calls a commit", "ms a commit", "share", "of it in Python"),
        title=f"Where a commit's time goes (alone: {messages / total:,.0f} messages a second)",
    )
    for name, spent in sorted(profile.steps.items(), key=lambda item: -item[1].seconds):
        table.add_row(
            name,
            f"{spent.calls / profile.commits:.1f}",
            f"{1_000 * spent.seconds / profile.commits:.2f}",
            f"{spent.seconds / total:.0%}",
            f"{spent.here / spent.seconds:.0%}",
        )
    here = sum(spent.here for spent in profile.steps.values())
    table.add_section()
    table.add_row(
        *("all", "", f"{1_000 * total / profile.commits:.2f}", "100%", f"{here / total:.0%}")
    )
    return table


def _total(profile: Profile) -> float:
    return sum(spent.seconds for spent in profile.steps.values())
