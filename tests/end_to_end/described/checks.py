"""What schemathesis may be told by GraphQL: an answer, or that what it asked was wrong."""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response

from service.errors import ConflictError, InvalidQueryError, TooCostlyError

_CALLERS_MISTAKES = {error.code for error in (ConflictError, InvalidQueryError, TooCostlyError)}


@schemathesis.check
def nothing_but_callers_mistakes(_: CheckContext, response: Response, __: Case[Any]) -> None:
    """Nothing breaks, and every error has a code that says what the caller did wrong."""
    assert response.status_code == 200
    answer = response.json()
    assert "data" in answer or "errors" in answer
    for error in answer.get("errors", ()):
        assert error["extensions"]["code"] in _CALLERS_MISTAKES, error
