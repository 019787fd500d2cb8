"""What the client does, without any input or output: both clients run these same steps.

A call is a generator. It yields what is to be posted, is sent what was answered (or has the error
thrown into it), and returns its result. Who runs it has the connection, the waiting and the tries.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any, TypeVar

import orjson

from service.client import queries
from service.client.answers import Request
from service.client.batches import Batch, divide, write_one
from service.client.errors import ClientError, InvalidError, UnexpectedAnswerError
from service.client.frames import Frame, StableIds, messages_of
from service.client.messages import Message
from service.client.results import (
    Accepted,
    BatchReport,
    Explanation,
    Identifier,
    LinkResult,
    MessageWarning,
    Profile,
    RefusedMessage,
    Touchpoint,
    decode,
)

Result = TypeVar("Result")
Steps = Generator[Request, dict[str, Any], Result]

MAX_PAGE = 500


# --- Messages ---


def send(message: Mapping[str, Any]) -> Steps[Accepted]:
    """Send one message, as a builder of `service.client.messages` makes it.

    Returns:
        Its `messageId`, and what the service warns of. It is committed.

    Raises:
        ClientError: it is not stored, or nobody knows; `unsent` holds it, with its `messageId`.
    """
    whole, raw = write_one(message, datetime.now(UTC))
    try:
        told = yield Request(f"/v1/{whole.get('type')}", raw)
    except ClientError as error:
        error.unsent = iter((whole,))
        raise
    return Accepted(whole["messageId"], tuple(one.warning for one in _warnings(told)))


def batch(messages: Iterable[Mapping[str, Any]], *, check: bool = True) -> Steps[BatchReport]:
    """Send many messages, in as few requests as the limits allow.

    The messages are taken as they are needed, so a generator of millions will do. Each one that has
    no `messageId` gets one, and each one that has no time gets this one.

    Args:
        messages: As the builders of `service.client.messages` make them.
        check: Whether a message that is refused is an error; else see the report.

    Returns:
        How many are stored, and which were refused: place, field and code.

    Raises:
        MessagesRefusedError: some were refused. All others are stored.
        ClientError: the service took no more. `report` says what became of the messages before;
            `unsent` holds the others, and can be given to `batch` again.
    """
    report = yield from _batches(messages)
    if check:
        report.raise_for_refused()
    return report


def send_frame(
    frame: Frame,
    columns: Mapping[str, str],
    *,
    constant: Mapping[str, Any] | None = None,
    rest: str | None = None,
    ids: StableIds | None = None,
    check: bool = True,
) -> Steps[BatchReport]:
    """Send a message for each row of a polars or pandas frame, or of any mappings.

    Args:
        frame: The rows.
        columns: Where in the message each column goes: `{"userId": "customer", "timestamp": "at",
            "properties.total": "amount", "identifiers.loyalty_card": "card"}`. An empty cell says
            nothing.
        constant: What is the same in all: `{"type": "track", "event": "Order Completed"}`.
        rest: Where all other columns go, each under its own name: `properties`, or `traits`.
        ids: How to make `messageId`s from the rows, so that the frame can be sent again, whole or
            with more rows, and nothing counts twice. Without it they are random.
        check: Whether a row that is refused is an error; else see the report.

    Returns:
        How many are stored, and which rows were refused: number, field and code.

    Raises:
        MessagesRefusedError: some rows were refused. All others are stored.
        ClientError: the service took no more, or a column is not there; as for `batch`.
    """
    report = yield from _batches(
        messages_of(frame, columns, constant=constant or {}, rest=rest, ids=ids)
    )
    if check:
        report.raise_for_refused()
    return report


def _batches(messages: Iterable[Mapping[str, Any] | RefusedMessage]) -> Steps[BatchReport]:
    now = datetime.now(UTC)
    report = BatchReport()
    coming = iter(messages)
    batches = divide(coming, now)
    for one in batches:
        report = replace(report, refused=(*report.refused, *one.refused))
        if not one.messages:
            continue
        try:
            told = yield Request("/v1/batch", one.body())
        except ClientError as error:
            error.report = report
            error.unsent = _unsent(one, batches)
            raise
        report = _and(report, one, told)
    return replace(report, refused=tuple(sorted(report.refused, key=lambda one: one.index)))


def _and(report: BatchReport, sent: Batch, told: Mapping[str, Any]) -> BatchReport:
    """The report with what the service says of one more batch."""
    refused = [
        RefusedMessage(
            index=sent.messages[error["index"]][0],
            message_id=sent.messages[error["index"]][1]["messageId"],
            code=error["code"],
            message=error["message"],
            field=error.get("field"),
        )
        for error in told.get("errors", [])
    ]
    return BatchReport(
        report.accepted + len(sent.messages) - len(refused),
        (*report.refused, *refused),
        (*report.warnings, *_warnings(told)),
    )


def _unsent(sent: Batch, batches: Iterator[Batch]) -> Iterator[Message]:
    for one in chain([sent], batches):
        yield from (message for _, message in one.messages)


def _warnings(told: Mapping[str, Any]) -> tuple[MessageWarning, ...]:
    return tuple(decode(MessageWarning, one) for one in told.get("warnings", []))


# --- People ---


def profile(who: str | Identifier) -> Steps[Profile | None]:
    """One person, by an identifier or by any id that the profile ever had.

    Args:
        who: An identifier, as in `email:ann@example.com`, or an id, which has no colon.

    Returns:
        The profile; None when nobody is known by it.
    """
    told = yield from _ask(queries.PROFILE, **_who(who))
    one = told["profile"]
    if one is None:
        return None
    for identifier in one["identifiers"]:
        identifier["device"] = (identifier["device"] or {}).get("id")
        identifier["account"] = (identifier["account"] or {}).get("key")
    return _decode(Profile, one)


@dataclass(slots=True)
class Pages:
    """A journey, of which the next page can be asked for while there is one."""

    variables: dict[str, Any]
    left: int | None
    page: int
    is_over: bool = False
    _after: str | None = field(default=None, init=False)

    def next_page(self) -> Steps[tuple[Touchpoint, ...]]:
        """The touchpoints of the next page; none, and `is_over`, when nobody is known."""
        size = self.page if self.left is None else min(self.page, self.left)
        told = yield from _ask(queries.JOURNEY, **self.variables, first=size, after=self._after)
        if told["profile"] is None:
            self.is_over = True
            return ()
        connection = told["profile"]["touchpoints"]
        page = tuple(_touchpoint(edge["node"]) for edge in connection["edges"])
        self._after = connection["pageInfo"]["endCursor"]
        if self.left is not None:
            self.left -= len(page)
        self.is_over = (
            not connection["pageInfo"]["hasNextPage"] or self._after is None or self.left == 0
        )
        return page


def journey(
    who: str | Identifier,
    *,
    from_: datetime | None = None,
    to: datetime | None = None,
    names: Iterable[str] | None = None,
    channels: Iterable[str] | None = None,
    newest_first: bool = False,
    first: int | None = None,
    page: int = 100,
) -> Pages:
    """What one person did, over all devices and channels; the pages are asked for as needed.

    Args:
        who: An identifier, as in `email:ann@example.com`, or any id that the profile ever had.
        from_: This time or later. Without a zone it is UTC.
        to: Before this time.
        names: Only events of these names.
        channels: Only these channels.
        newest_first: Whether to begin at the end.
        first: At most so many in all; all of them, if not said.
        page: How many to ask for at a time, up to 500.

    Yields:
        The touchpoints in order of time; none when nobody is known.

    Raises:
        InvalidError: a number is not possible.
    """
    if not 1 <= page <= MAX_PAGE:
        raise InvalidError(f"page: is {page}; ask for 1 to {MAX_PAGE} at a time", field="page")
    if first is not None and first < 0:
        raise InvalidError(f"first: is {first}", field="first")
    return Pages(
        {
            **_who(who),
            "from": from_,
            "to": to,
            "names": None if names is None else list(names),
            "channels": None if channels is None else list(channels),
            "order": "DESC" if newest_first else "ASC",
        },
        left=first,
        page=page,
        is_over=first == 0,
    )


def _touchpoint(told: dict[str, Any]) -> Touchpoint:
    return _decode(Touchpoint, {**told, "source": (told["source"] or {}).get("id")})


# --- Who is who ---


def explain(a: str | Identifier, b: str | Identifier) -> Steps[Explanation]:
    """Why two identifiers are one person, or why they are not."""
    told = yield from _ask(queries.EXPLAIN, a=_named(a), b=_named(b))
    absent: dict[str, Any] = {
        "refused": None,
        "won": None,
        "leftOut": [],
        "separation": None,
        "unknown": [],
    }
    return _decode(Explanation, {**absent, **told["explain"], "profiles": _ids(told["explain"])})


def link(a: str | Identifier, b: str | Identifier, reason: str) -> Steps[LinkResult]:
    """Say that two identifiers are one person. It is evidence: a rule can still refuse it.

    Said again, as a second try does whose first was not answered, it is `AlreadyLinked`.

    Args:
        a: An identifier, as in `email:ann@example.com`.
        b: The other one.
        reason: Why, for those who read it later.
    """
    return (yield from _act(queries.LINK, a=_named(a), b=_named(b), reason=reason))


def separate(a: str | Identifier, b: str | Identifier, reason: str) -> Steps[LinkResult]:
    """Say that two identifiers are not one person. It beats every link.

    Args:
        a: An identifier, as in `email:ann@example.com`.
        b: The other one.
        reason: Why, for those who read it later.
    """
    return (yield from _act(queries.SEPARATE, a=_named(a), b=_named(b), reason=reason))


def withdraw(change_id: str, reason: str) -> Steps[LinkResult]:
    """Take back what was linked or separated by hand.

    Args:
        change_id: The `change_id` of what came of it.
        reason: Why, for those who read it later.
    """
    return (yield from _act(queries.WITHDRAW, id=change_id, reason=reason))


def _act(query: str, **variables: Any) -> Steps[LinkResult]:
    result = (yield from _ask(query, **variables))["result"]
    return LinkResult(
        outcome=result["__typename"],
        message=result["message"],
        change_id=(result["change"] or {}).get("changeId"),
        rule=result.get("rule", result.get("standing")),
        profiles=_ids(result),
    )


# --- GraphQL ---


def ask(query: str, variables: Mapping[str, Any] | None = None) -> Steps[dict[str, Any]]:
    """Ask what there is no method for, by GraphQL.

    Args:
        query: The query or mutation.
        variables: Its variables; times may be Python's.

    Returns:
        The answer's data, as it is.
    """
    return (yield from _ask(query, **(variables or {})))


def _ask(query: str, **variables: Any) -> Steps[dict[str, Any]]:
    content = orjson.dumps({"query": query, "variables": variables}, option=orjson.OPT_NAIVE_UTC)
    return (yield Request("/graphql", content, is_query=True))


def _who(who: str | Identifier) -> dict[str, Any]:
    if isinstance(who, str) and ":" not in who:
        if not who:
            raise InvalidError("give an identifier, as in email:ann@example.com, or an id")
        return {"id": who, "identifier": None}
    return {"id": None, "identifier": _named(who)}


def _named(who: str | Identifier) -> dict[str, str]:
    one = Identifier.of(who)
    return {"namespace": one.namespace, "value": one.value}


def _ids(told: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(one["id"] for one in told["profiles"])


def _decode(type_: type[Result], told: Any) -> Result:
    try:
        return decode(type_, told)
    except (KeyError, ValueError, TypeError) as error:
        raise UnexpectedAnswerError(f"the answer is of another shape: {error!r}") from error
