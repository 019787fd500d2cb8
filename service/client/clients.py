"""The two clients: one that waits where it is, and one for asyncio.

Both run the steps of `service.client.calls`. A method is written there, once, and named here.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, Self, TypedDict, TypeVar, Unpack

import httpx
from tenacity import AsyncRetrying, Retrying

from service.client import calls, messages
from service.client.answers import Answer, Request, read
from service.client.calls import Pages, Steps
from service.client.errors import (
    ClientError,
    InvalidError,
    UnauthorizedError,
    UnavailableError,
    UnexpectedAnswerError,
)
from service.client.messages import Message
from service.client.results import Accepted, Touchpoint
from service.client.retrying import Retries, policy

_P = ParamSpec("_P")
_T = TypeVar("_T")
# Mistakes of ours, which no second try mends.
_LASTING = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)


class Options(TypedDict, total=False):
    """What a client may be told beside the url.

    Attributes:
        write_key: A source's key, to send messages: `knoop source add NAME`.
        api_key: A key to read, link and separate: `knoop key add NAME --scope SCOPE`.
        retries: How long to go on when the service is away or busy.
        timeout: The seconds that one attempt may wait for an answer; 30, if not said.
    """

    write_key: str | None
    api_key: str | None
    retries: Retries
    timeout: float


class _Settings:
    """Where the service is, and the keys; they are in no text that this shows."""

    def __init__(self, url: str, options: Options) -> None:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise InvalidError(f"url: {error}", field="url") from None
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise InvalidError("url: is not http://HOST or https://HOST", field="url")
        if parsed.userinfo:
            raise InvalidError("url: holds a user name; give write_key and api_key", field="url")
        self._write_key, self._api_key = options.get("write_key"), options.get("api_key")
        for name, key in (("write_key", self._write_key), ("api_key", self._api_key)):
            if key is not None and not (key.isascii() and key.isprintable() and key):
                raise InvalidError(f"{name}: is not a key", field=name)
        self._url = parsed
        self._timeout = options.get("timeout", 30.0)
        self._policy = policy(options.get("retries", Retries()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._url)!r})"

    def _posting(self, request: Request) -> dict[str, Any]:
        """How httpx is to post it."""
        posting: dict[str, Any] = {
            "url": request.path,
            "content": request.content,
            "headers": {"Content-Type": "application/json"},
        }
        if request.is_query:
            if self._api_key is None:
                raise UnauthorizedError("no api_key was given")
            posting["headers"]["Authorization"] = f"Bearer {self._api_key}"
        else:
            if self._write_key is None:
                raise UnauthorizedError("no write_key was given")
            posting["auth"] = (self._write_key, "")
        return posting


def _understood(request: Request, response: httpx.Response) -> dict[str, Any]:
    answer = Answer(response.status_code, response.content, response.headers.get("Retry-After"))
    return read(request, answer, datetime.now(UTC))


def _failed(error: httpx.RequestError) -> ClientError:
    kind = type(error).__name__
    if isinstance(error, httpx.TransportError) and not isinstance(error, _LASTING):
        return UnavailableError(f"the service cannot be reached: {kind}: {error}")
    return UnexpectedAnswerError(f"the request failed: {kind}: {error}")


# --- Waiting where it is ---


def _like(method: Any, original: Callable[..., Any], returns: str | None = None) -> None:
    """Let a method show itself as what it was made from."""
    signature = inspect.signature(original)
    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    method.__signature__ = signature.replace(
        parameters=[itself, *signature.parameters.values()],
        return_annotation=returns or signature.return_annotation.removeprefix("Steps[")[:-1],
    )
    method.__name__, method.__doc__ = original.__name__, original.__doc__


def _runs(call: Callable[_P, Steps[_T]]) -> Callable[Concatenate[Knoop, _P], _T]:
    def method(self: Knoop, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return self._run(call(*args, **kwargs))

    _like(method, call)
    return method


def _sends(build: Callable[_P, Message]) -> Callable[Concatenate[Knoop, _P], Accepted]:
    def method(self: Knoop, /, *args: _P.args, **kwargs: _P.kwargs) -> Accepted:
        return self._run(calls.send(build(*args, **kwargs)))

    _like(method, build, "Accepted")
    return method


def _pages(
    call: Callable[_P, Pages],
) -> Callable[Concatenate[Knoop, _P], Iterator[Touchpoint]]:
    def method(self: Knoop, /, *args: _P.args, **kwargs: _P.kwargs) -> Iterator[Touchpoint]:
        return self._page(call(*args, **kwargs))

    _like(method, call, "Iterator[Touchpoint]")
    return method


class Knoop(_Settings):
    """A client that waits for each answer. It may be used from several threads.

    Use it as a context manager, or call `close`. Nothing is buffered: what a method has returned
    from is committed.
    """

    def __init__(
        self, url: str, *, transport: httpx.BaseTransport | None = None, **options: Unpack[Options]
    ) -> None:
        """Say where the service is, as in `http://127.0.0.1:8080`. Nothing is sent yet.

        Args:
            url: The service.
            transport: Another way to reach it, as httpx has them.
            options: `write_key`, `api_key`, `retries` and `timeout`: see `Options`.

        Raises:
            InvalidError: it is no URL, or a key holds what no key holds.
        """
        super().__init__(url, options)
        self._http = httpx.Client(base_url=self._url, timeout=self._timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. Nothing is left to be sent."""
        self._http.close()

    def _run(self, steps: Steps[_T]) -> _T:
        try:
            request = next(steps)
            while True:
                try:
                    told = Retrying(**self._policy)(self._post, request)
                except ClientError as error:
                    request = steps.throw(error)
                else:
                    request = steps.send(told)
        except StopIteration as done:
            result: _T = done.value
            return result

    def _page(self, pages: Pages) -> Iterator[Touchpoint]:
        while not pages.is_over:
            yield from self._run(pages.next_page())

    def _post(self, request: Request) -> dict[str, Any]:
        try:
            response = self._http.post(**self._posting(request))
        except httpx.RequestError as error:
            raise _failed(error) from error
        return _understood(request, response)

    identify = _sends(messages.identify)
    track = _sends(messages.track)
    page = _sends(messages.page)
    screen = _sends(messages.screen)
    group = _sends(messages.group)
    alias = _sends(messages.alias)
    merge = _sends(messages.merge)
    send = _runs(calls.send)
    batch = _runs(calls.batch)
    send_frame = _runs(calls.send_frame)
    profile = _runs(calls.profile)
    journey = _pages(calls.journey)
    explain = _runs(calls.explain)
    link = _runs(calls.link)
    separate = _runs(calls.separate)
    withdraw = _runs(calls.withdraw)
    ask = _runs(calls.ask)


# --- asyncio ---


def _awaits(
    call: Callable[_P, Steps[_T]],
) -> Callable[Concatenate[AsyncKnoop, _P], Coroutine[Any, Any, _T]]:
    async def method(self: AsyncKnoop, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await self._run(call(*args, **kwargs))

    _like(method, call)
    return method


def _awaits_sending(
    build: Callable[_P, Message],
) -> Callable[Concatenate[AsyncKnoop, _P], Coroutine[Any, Any, Accepted]]:
    async def method(self: AsyncKnoop, /, *args: _P.args, **kwargs: _P.kwargs) -> Accepted:
        return await self._run(calls.send(build(*args, **kwargs)))

    _like(method, build, "Accepted")
    return method


def _awaits_pages(
    call: Callable[_P, Pages],
) -> Callable[Concatenate[AsyncKnoop, _P], AsyncIterator[Touchpoint]]:
    def method(
        self: AsyncKnoop, /, *args: _P.args, **kwargs: _P.kwargs
    ) -> AsyncIterator[Touchpoint]:
        return self._page(call(*args, **kwargs))

    _like(method, call, "AsyncIterator[Touchpoint]")
    return method


class AsyncKnoop(_Settings):
    """A client for asyncio: the same methods, each to be awaited; `journey` is for `async for`.

    Use it as an async context manager, or await `close`.
    """

    def __init__(
        self,
        url: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[Options],
    ) -> None:
        """Say where the service is; see `Knoop`."""
        super().__init__(url, options)
        self._http = httpx.AsyncClient(
            base_url=self._url, timeout=self._timeout, transport=transport
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections. Nothing is left to be sent."""
        await self._http.aclose()

    async def _run(self, steps: Steps[_T]) -> _T:
        try:
            request = next(steps)
            while True:
                try:
                    told: dict[str, Any] = await AsyncRetrying(**self._policy)(self._post, request)
                except ClientError as error:
                    request = steps.throw(error)
                else:
                    request = steps.send(told)
        except StopIteration as done:
            result: _T = done.value
            return result

    async def _page(self, pages: Pages) -> AsyncIterator[Touchpoint]:
        while not pages.is_over:
            for one in await self._run(pages.next_page()):
                yield one

    async def _post(self, request: Request) -> dict[str, Any]:
        try:
            response = await self._http.post(**self._posting(request))
        except httpx.RequestError as error:
            raise _failed(error) from error
        return _understood(request, response)

    identify = _awaits_sending(messages.identify)
    track = _awaits_sending(messages.track)
    page = _awaits_sending(messages.page)
    screen = _awaits_sending(messages.screen)
    group = _awaits_sending(messages.group)
    alias = _awaits_sending(messages.alias)
    merge = _awaits_sending(messages.merge)
    send = _awaits(calls.send)
    batch = _awaits(calls.batch)
    send_frame = _awaits(calls.send_frame)
    profile = _awaits(calls.profile)
    journey = _awaits_pages(calls.journey)
    explain = _awaits(calls.explain)
    link = _awaits(calls.link)
    separate = _awaits(calls.separate)
    withdraw = _awaits(calls.withdraw)
    ask = _awaits(calls.ask)
