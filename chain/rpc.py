"""One node: JSON-RPC over HTTP, where every way to fail has a name.

Nothing is tried twice here: whether and where to ask again is decided by those who know what the
answer is for (chain.nodes, chain.listener). A node's URL may hold a key; no error tells more of it
than the host.
"""

import itertools
import re
import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import orjson
import urllib3
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util import make_headers, parse_url

from chain.errors import (
    Away,
    BadAnswer,
    Behind,
    NodeError,
    RangeTooLarge,
    RateLimited,
    Refused,
    Reverted,
    TimedOut,
)

Call = tuple[str, Sequence[Any]]

TIMEOUT_SECONDS = 10.0
CONNECT_SECONDS = 3.0
# An answer beyond this is not read to its end: half the range, and it will fit.
ANSWER_BYTES_MAX = 64 << 20
READ_BYTES = 1 << 16
BATCH_MAX = 100
MESSAGE_LENGTH_MAX = 200

# What providers say, in the order in which it is looked for: the first would match later ones.
_BEHIND = re.compile(
    r"unknown block|(block|header)( for hash| with hash \S+| \S+)?( was)? not found"
    r"|blocks? .*(cannot|could not) be found|(beyond|after|past|above|greater than) .*(head|latest)"
    r"|in the future|invalid block range|not yet available|missing trie node|unfinalized",
    re.IGNORECASE,
)
_TOO_OFTEN = re.compile(
    r"rate.?limit|too many requests|request (count|limit|rate)|requests? per|/second|throttl|quota"
    r"|compute units|credits|(reached|exceeded|over) .*(capacity|plan'?s? limit)|slow down",
    re.IGNORECASE,
)
_TOO_SLOW = re.compile(r"time.?out|timed.?out|deadline|took too long", re.IGNORECASE)
_TOO_LARGE = re.compile(
    r"range|too (large|wide|big)|too many (blocks|logs|results|matching)"
    r"|more than \S+ (results|logs)|smaller than"
    r"|(limit|max\w*|at most) .*(blocks|logs|results)|(blocks|logs|results) .*(limit|max)"
    r"|response size|size .*exceed|limit.? ?exceeded|exceeds? .*limit",
    re.IGNORECASE,
)
# What is said where the contract itself refuses, and by which calls that may be heard.
_REVERTED_CODE = 3
_REVERTED = re.compile(r"revert|vm execution error", re.IGNORECASE)
_CALLS = {"eth_call", "eth_estimateGas"}
_HEX = re.compile(r"0x(?:[0-9a-f]{2})*", re.IGNORECASE)
_SLOW_STATUSES = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT, 524}


class Node:
    """An endpoint. Not for use by two threads at once."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS, name: str = "") -> None:
        parsed = parse_url(url)
        self.name = name or parsed.netloc or "?"
        self._url = parsed._replace(auth=None).url
        parts = (parsed.auth, parsed.query, (parsed.path or "").strip("/"))
        self._secrets = [text for text in parts if text]
        self._timeout = timeout
        self._headers = {
            "Content-Type": "application/json",
            **make_headers(accept_encoding=True, basic_auth=parsed.auth),
        }
        self._http = urllib3.PoolManager(maxsize=1, retries=False)
        self._ids = itertools.count(1)
        self._batch_max = BATCH_MAX

    def __repr__(self) -> str:
        return f"Node({self.name})"

    def call(self, method: str, params: Sequence[Any]) -> Any:
        """Ask, and return the result.

        Raises:
            NodeError: as its subclasses say.
        """
        question = self._question(method, params)
        status, answer = self._post(question)
        self._raise_for(status, answer)
        return _value(self._judged(answer, question["id"], method))

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """Ask several things at once. Each answer is a result or the NodeError in its place.

        A node that takes no batches, or smaller ones, is asked as it likes it.

        Raises:
            NodeError: what concerns all of them: the node is away, or told nonsense.
        """
        answers: list[Any] = []
        while len(answers) < len(calls):
            portion = calls[len(answers) : len(answers) + self._batch_max]
            if len(portion) == 1:
                answers.append(self._alone(*portion[0]))
            elif (told := self._portion(portion)) is None:
                self._batch_max = (len(portion) + 1) // 2
            else:
                answers += told
        return answers

    def ask(self, calls: Sequence[Call]) -> list[Any]:
        """As `batch`, and raise the first NodeError among the answers.

        Raises:
            NodeError: one of the answers is none.
        """
        return [_value(answer) for answer in self.batch(calls)]

    def _alone(self, method: str, params: Sequence[Any]) -> Any:
        try:
            return self.call(method, params)
        except (Away, RateLimited):
            raise
        except NodeError as exc:
            return exc

    def _portion(self, calls: Sequence[Call]) -> list[Any] | None:
        """Return the answers of one batch; None where the node does not take it."""
        questions = [self._question(*call) for call in calls]
        status, answer = self._post(questions)
        if isinstance(answer, dict) and status != HTTPStatus.TOO_MANY_REQUESTS:
            return None
        self._raise_for(status, answer)
        if not isinstance(answer, list) or len(answer) != len(questions):
            raise BadAnswer(f"{self.name}: a batch of {len(questions)} is not answered by as many.")
        by_id = {each.get("id"): each for each in answer if isinstance(each, dict)}
        return [
            self._judged(by_id.get(question["id"]), question["id"], question["method"])
            for question in questions
        ]

    def _question(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}

    def _post(self, body: Any) -> tuple[int, Any]:
        """Return the HTTP status and the JSON of the answer, None where it is none.

        Raises:
            Away, TimedOut, RangeTooLarge, RateLimited: as the names say.
        """
        until = time.monotonic() + self._timeout
        timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS, self._timeout), read=self._timeout)
        try:
            response = self._http.request(
                "POST",
                self._url,
                body=orjson.dumps(body),
                headers=self._headers,
                timeout=timeout,
                preload_content=False,
                redirect=False,
            )
            try:
                content = self._content(response, until)
            except BaseException:
                # What is left of the answer must not become the beginning of the next.
                response.close()
                raise
            response.release_conn()
        except ReadTimeoutError:
            raise TimedOut(f"{self.name}: no answer in {self._timeout} s.") from None
        except HTTPError as exc:
            # Not its words: they may hold the URL.
            raise Away(f"{self.name} does not answer: {type(exc).__name__}.") from None
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimited(f"{self.name}: asked too often.", _retry_after(response.headers))
        try:
            return response.status, orjson.loads(content)
        except orjson.JSONDecodeError:
            return response.status, None

    def _content(self, response: urllib3.BaseHTTPResponse, until: float) -> bytes:
        content = bytearray()
        for piece in response.stream(READ_BYTES, decode_content=True):
            content += piece
            if len(content) > ANSWER_BYTES_MAX:
                raise RangeTooLarge(f"{self.name}: more than {ANSWER_BYTES_MAX} bytes.")
            if time.monotonic() > until:
                raise TimedOut(f"{self.name}: the answer did not end in {self._timeout} s.")
        return bytes(content)

    def _raise_for(self, status: int, answer: Any) -> None:
        """Judge what is no JSON-RPC answer, whatever it was asked."""
        if isinstance(answer, list) or _is_answer(answer):
            return
        if status in _SLOW_STATUSES:
            raise TimedOut(f"{self.name}: HTTP {status}.")
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise RangeTooLarge(f"{self.name}: HTTP {status}.")
        raise Away(f"{self.name}: HTTP {status}, and no JSON-RPC in it.")

    def _judged(self, answer: Any, number: int, method: str) -> Any:
        """Return the result, or the error as a NodeError."""
        if not _is_answer(answer):
            return BadAnswer(f"{self.name}: {method} has neither result nor error.")
        error = answer.get("error")
        # An error about the question as a whole bears no number.
        if answer.get("id") != number and (answer.get("id") is not None or error is None):
            return BadAnswer(f"{self.name}: {method} has the answer to another question.")
        if error is None:
            return answer.get("result")
        if not isinstance(error, dict):
            error = {"message": error}
        return self._error(method, error)

    def _error(self, method: str, error: dict[str, Any]) -> NodeError:
        message = str(error.get("message") or "")[:MESSAGE_LENGTH_MAX]
        for secret in self._secrets:
            message = message.replace(secret, "…")
        code = error.get("code")
        said = f"{self.name}: {method}: {message} ({code})"
        number = code if isinstance(code, int) else 0
        if method in _CALLS and (number == _REVERTED_CODE or _REVERTED.search(message)):
            # First: its words are the contract's, and may be any.
            return Reverted(said, number, _revert_data(error.get("data")), words=message)
        kinds: list[tuple[re.Pattern[str], type[NodeError]]] = [
            (_BEHIND, Behind),
            (_TOO_OFTEN, RateLimited),
            (_TOO_SLOW, TimedOut),
        ]
        if method == "eth_getLogs":
            kinds.append((_TOO_LARGE, RangeTooLarge))
        for words, kind in kinds:
            if words.search(message):
                return kind(said)
        return Refused(said, number, words=message)


def _is_answer(answer: Any) -> bool:
    return isinstance(answer, dict) and not answer.keys().isdisjoint({"result", "error"})


def _value(answer: Any) -> Any:
    if isinstance(answer, NodeError):
        raise answer
    return answer


def _revert_data(data: Any) -> str:
    """Return the bytes that a contract refused with, however a node wraps them."""
    while isinstance(data, dict):
        data = data.get("data")
    found = _HEX.fullmatch(str(data).removeprefix("Reverted "))
    return found[0].lower() if found else ""


def _retry_after(headers: Any) -> float | None:
    """Return the seconds of a Retry-After, which may be a date; None where there is none."""
    text = str(headers.get("Retry-After", "")).strip()
    if re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", text):
        return float(text)
    try:
        date = parsedate_to_datetime(text)
        return max(0.0, (date - parsedate_to_datetime(headers.get("Date", ""))).total_seconds())
    except (TypeError, ValueError):
        return None
