"""How near the default rules come to the demo's truth, and why not nearer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from statistics import median

from rich.console import Console
from rich.table import Table

from service.demo.generate import PEOPLE, SEED, generate
from service.demo.score import Score, score
from service.demo.truth import Demo
from service.identity.components import connected_components
from service.identity.evidence import Evidence, Partition
from service.identity.partition import partition
from service.identity.rules import load_rules, namespace_of
from service.ingest.message import parse_message
from service.ingest.simulate import evidence_of

_AFTER_ALL = datetime(2100, 1, 1, tzinfo=UTC)

# By what two people in one profile are held together, the most telling first.
CAUSES = {
    "crm_id": "a CRM contact that holds two people",
    "shared": "a login, mailbox, number or device that is really both's",
    "loyalty_card": "a card that was lent or scanned for somebody else",
    "device": "a cookie of one on which the other was known too, without a login",
    "other": "a number or address that came to somebody else, or was mistyped into somebody's",
}


@dataclass(frozen=True, slots=True)
class Found:
    """The scores, and the wrong pairs and profiles by what holds them together."""

    ours: Score
    plain: Score
    pairs: Counter[str]
    profiles: Counter[str]
    all_profiles: int
    identifiers: int
    neighbourhoods: list[int]
    """The identifiers of each contested neighbourhood, the largest first."""
    refused: Counter[str]


def judge(seed: int = SEED, people: int = PEOPLE) -> Found:
    """Decide about the demo's messages without a database, and compare with what is true."""
    rules = load_rules()
    demo = generate(seed, people)
    messages = (parse_message(one.body, _AFTER_ALL, rules, new_id="-") for one in demo.messages)
    evidence = evidence_of(messages)
    decided = partition(evidence, rules)
    components = connected_components(
        evidence.identifiers, ((link.a, link.b) for link in evidence.links)
    )
    pairs, profiles = Counter[str](), Counter[str]()
    for cause, wrong in _wrong(evidence, decided, demo):
        pairs[cause] += wrong
        profiles[cause] += 1
    return Found(
        ours=score([list(cluster) for cluster in decided.clusters], demo.truth, components),
        plain=score(components, demo.truth, components),
        pairs=pairs,
        profiles=profiles,
        all_profiles=len(decided.clusters),
        identifiers=len(evidence.identifiers),
        neighbourhoods=_neighbourhoods(decided),
        refused=Counter(str(one.reason) for one in decided.refused),
    )


def show(found: Found, console: Console) -> None:
    """Print the scores and the causes."""
    scores = Table("", "precision", "recall", "F1", "recall of what evidence connects")
    for name, one in (("knoop's rule", found.ours), ("plain connected components", found.plain)):
        figures = (one.precision, one.recall, one.f1, one.connectable_recall or 0)
        scores.add_row(name, *(f"{figure:.3f}" for figure in figures))
    console.print(scores)
    causes = Table("two people are held together by", "profiles", "wrong pairs")
    for cause, words in CAUSES.items():
        causes.add_row(words, str(found.profiles[cause]), str(found.pairs[cause]))
    causes.add_row("in all", f"{found.profiles.total()} of {found.all_profiles}",
                   f"{found.pairs.total()} of {found.ours.together}")  # fmt: skip
    console.print(causes)
    sizes = found.neighbourhoods
    console.print(
        f"{sum(sizes)} of {found.identifiers} identifiers are in {len(sizes)} contested "
        f"neighbourhoods: the median has {median(sizes):.0f}, the largest {sizes[0]}. "
        f"Refused links: {dict(found.refused)}"
    )


def _neighbourhoods(decided: Partition) -> list[int]:
    """How many identifiers refused links hold together, and overused devices have with them."""
    first = {key: min(cluster) for cluster in decided.clusters for key in cluster}
    size = {min(cluster): len(cluster) for cluster in decided.clusters}
    refused = [(first[one.link.a], first[one.link.b]) for one in decided.refused]
    touched = {end for pair in refused for end in pair} | {first[key] for key in decided.overused}
    joined = connected_components(touched, refused)
    return sorted((sum(size[one] for one in group) for group in joined), reverse=True)


def _wrong(evidence: Evidence, decided: Partition, demo: Demo) -> Iterator[tuple[str, int]]:
    """Of each profile with several people: what holds them together, and how many pairs."""
    person_of = demo.truth.person_of
    cluster_of = {key: cluster for cluster in decided.clusters for key in cluster}
    neighbours: dict[str, set[str]] = defaultdict(set)
    for link in evidence.links:
        if cluster_of[link.a] is cluster_of[link.b]:
            neighbours[link.a].add(link.b)
            neighbours[link.b].add(link.a)
    for cluster in decided.clusters:
        people: dict[str, list[str]] = defaultdict(list)
        for key in cluster:
            if key in person_of:
                people[person_of[key]].append(key)
        if len(people) > 1:
            wrong = sum(len(a) * len(b) for a, b in combinations(people.values(), 2))
            yield _cause(cluster, neighbours, person_of), wrong


def _cause(
    cluster: frozenset[str], neighbours: Mapping[str, set[str]], person_of: Mapping[str, str]
) -> str:
    joint = {
        namespace_of(key)
        for key in cluster
        if key not in person_of
        and len({person_of[other] for other in neighbours[key] if other in person_of}) > 1
    }
    crossing = {
        namespace_of(end)
        for key in cluster & person_of.keys()
        for other in neighbours[key] & person_of.keys()
        if person_of[key] != person_of[other]
        for end in (key, other)
    }
    if "crm_id" in joint:
        return "crm_id"
    if joint:
        return "shared"
    if "loyalty_card" in crossing:
        return "loyalty_card"
    return "device" if "anonymous_id" in crossing else "other"
