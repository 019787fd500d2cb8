"""The Python client: send messages, read people and their journeys, say who is who.

It imports nothing of the server but the limits of a message.
"""

from service.client.clients import AsyncKnoop, Knoop
from service.client.errors import (
    ClientError,
    ForbiddenError,
    InvalidError,
    MessagesRefusedError,
    TooLargeError,
    UnauthorizedError,
    UnavailableError,
    UnexpectedAnswerError,
)
from service.client.frames import StableIds
from service.client.results import (
    Accepted,
    BatchReport,
    Explanation,
    Identifier,
    LinkResult,
    Profile,
    RefusedMessage,
    Touchpoint,
)
from service.client.retrying import Retries

__all__ = [
    "Accepted",
    "AsyncKnoop",
    "BatchReport",
    "ClientError",
    "Explanation",
    "ForbiddenError",
    "Identifier",
    "InvalidError",
    "Knoop",
    "LinkResult",
    "MessagesRefusedError",
    "Profile",
    "RefusedMessage",
    "Retries",
    "StableIds",
    "TooLargeError",
    "Touchpoint",
    "UnauthorizedError",
    "UnavailableError",
    "UnexpectedAnswerError",
]
