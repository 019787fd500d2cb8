"""The errors that the client raises: one small family, by what the caller can do about them.

They are not those of `service.errors`: what another service answered is no failure of this process.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from service.client.results import BatchReport


class ClientError(Exception):
    """What everything below is.

    Attributes:
        message: What is wrong, as the service says it.
        code: The service's stable code, as in `invalid_message`; else the kind's own.
        field: The field or argument that is wrong, as in `traits.email`; None where it is none.
        remedy: What to do about it.
        status: The HTTP status; None where nothing was answered.
        report: Of a batch: what became of the messages that were answered before.
        unsent: Of messages: those that may not be stored, each with its `messageId`, so that it
            is safe to give them to `batch` again. It can be gone through once.
    """

    kind: ClassVar[str] = "client"
    advice: ClassVar[str] = "see the message"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.kind
        self.field = field
        self.status = status
        self.report: BatchReport | None = None
        self.unsent: Iterator[dict[str, Any]] = iter(())

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return self.advice

    def __str__(self) -> str:
        return f"{self.message} ({self.code}; {self.remedy})"


class InvalidError(ClientError):
    """A message, an argument or a query is wrong; sent again as it is, it will be wrong again."""

    kind = "invalid"

    @property
    def remedy(self) -> str:
        """Which field to mend."""
        return f"mend {self.field}, then send it again" if self.field else "mend it"


class UnauthorizedError(ClientError):
    """No key, or one that the service does not know."""

    kind = "unauthorized"
    advice = (
        "messages need a source's write_key (knoop source add), all else an api_key (knoop key add)"
    )


class ForbiddenError(ClientError):
    """The key is known, and its scopes do not allow this."""

    kind = "forbidden"
    advice = "make a key that has the scope: knoop key add NAME --scope SCOPE"


class TooLargeError(ClientError):
    """A message is over 32 KiB, or something on the way takes no body of this size."""

    kind = "too_large"
    advice = "send less in one message"


class UnavailableError(ClientError):
    """The service could not be reached or had no time, and every attempt was used up.

    Attributes:
        retry_after: The seconds to wait, as the service said; None where it did not say.
        attempts: How often it was tried.
    """

    kind = "unavailable"
    advice = "send it again later; its messageId keeps it from counting twice"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, code=code, status=status)
        self.retry_after = retry_after
        self.attempts = 1


class UnexpectedAnswerError(ClientError):
    """Not what knoop answers: another address, something on the way, or a mistake in knoop."""

    kind = "unexpected"
    advice = "check the url; if it is right, the service's log has the story"


class MessagesRefusedError(ClientError):
    """Some messages of a batch were refused; all others are stored. `report` names them."""

    kind = "messages_refused"
    advice = "mend the messages that report.refused names, and send those again"

    def __init__(self, report: BatchReport) -> None:
        first = report.refused[0]
        super().__init__(
            f"{len(report.refused)} of {report.accepted + len(report.refused)} messages were "
            f"refused, the first of them number {first.index}: {first.message}",
            code=first.code,
            field=first.field,
        )
        self.report: BatchReport = report
