"""What commands print for people to read."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table

from service.demo.score import Score
from service.identity.realignment import Report
from service.ingest.rechannelling import Rechannelled

_SHOWN = 4
_SHOWN_CHANNELS = 20


def scores_table(scores: Mapping[str, Score]) -> Table:
    """How near to the truth each way of deciding comes."""
    table = Table("pairs of identifiers", "precision", "recall", "F1")
    for name, one in scores.items():
        table.add_row(name, f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}")
    return table


def differences_in_words(report: Report, *, dry_run: bool) -> str:
    """What a change of rules did to the profiles, or would do."""
    would = "would " if dry_run else ""
    return (
        f"{report.profiles} profiles looked at: {report.merging} {would}merge, "
        f"{report.splitting} {would}split, {report.changing} in all {would}have other identifiers; "
        f"in {report.marked} more neighbourhoods only marks {would}change."
    )


def differences_table(report: Report) -> Table:
    """The neighbourhoods that change, the largest first: each profile and its size."""
    table = Table("identifiers", title="The largest changes")
    for name in ("profiles before", "and after"):
        table.add_column(name, overflow="fold")
    for one in report.largest:
        table.add_row(str(len(one.keys)), _sizes(one.before), _sizes(one.after))
    return table


def channels_in_words(report: Rechannelled, *, dry_run: bool) -> str:
    """What a change of rules did to the channels, or would do."""
    would = "would have" if dry_run else "have"
    return (
        f"{report.events} events looked at: {report.changing} {would} another channel or "
        "traffic source."
    )


def channels_table(report: Rechannelled) -> Table:
    """From which channel events come into which, the most first."""
    table = Table("events", title="Other channels")
    for name in ("before", "and after"):
        table.add_column(name, overflow="fold")
    for (before, after), events in sorted(
        report.moves.items(), key=lambda one: (-one[1], str(one[0]))
    )[:_SHOWN_CHANNELS]:
        table.add_row(str(events), before or "none", after or "none")
    return table


def _sizes(profiles: Mapping[str, int]) -> str:
    shown = sorted(profiles.items(), key=lambda one: (-one[1], one[0]))
    lines = [f"{id_}: {size}" for id_, size in shown[:_SHOWN]]
    if len(shown) > _SHOWN:
        lines.append(f"and {len(shown) - _SHOWN} more")
    return "\n".join(lines)
