"""The control API's words about people that are the same on every platform."""

import time
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from aiohttp import web

from simulator.chats import B, Chat
from simulator.jsonio import JsonObject
from simulator.pulse import Pulse
from simulator.replies import ControlError, number, patience, text


class Person(Protocol):
    """Somebody with a phone; `shown` on the page or not."""

    name: str
    title: str
    shown: bool


P = TypeVar("P", bound=Person)


def listed(
    request: web.Request, people: Iterable[P], is_meant: Callable[[P, str], bool], as_json: Callable[[P], JsonObject]
) -> JsonObject:
    """People in the order in which they came; `q` (in lower case to `is_meant`), `shown`, `offset` and `limit` narrow
    it down. Raises: ControlError.
    """
    wanted = list(people)
    if request.query.get("shown") in {"1", "true"}:
        wanted = [person for person in wanted if person.shown]
    if words := request.query.get("q", "").strip().lower():
        wanted = [person for person in wanted if is_meant(person, words)]
    start = int(number(request, "offset", 0))
    stop = start + int(number(request, "limit", len(wanted)))
    return {"total": len(wanted), "users": [as_json(person) for person in wanted[start:stop]]}


def each(body: JsonObject, put: Callable[[JsonObject], JsonObject]) -> JsonObject:
    """`put` one person, or each of a list. Raises: ControlError."""
    if "users" not in body:
        return put(body)
    given = body["users"]
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise ControlError(400, "users must be a list of objects")
    return {"users": [put(one) for one in given]}


def describe(person: Person, wish: JsonObject, claims: Iterable[str]) -> None:
    """Take over the name, the title and the claims (true or false) that the wish has. Raises: ControlError."""
    person.name, person.title = text(wish, "name", person.name), text(wish, "title", person.title)
    for name in claims:
        if name in wish:
            setattr(person, name, bool(wish[name]))


async def messages(request: web.Request, chat: Chat[B]) -> JsonObject:
    """The bubbles `after` a number, as a long poll of `wait` seconds."""
    after, seconds = int(number(request, "after", 0)), patience(request, "wait")
    until = time.monotonic() + seconds
    while len(chat.items) <= after and (left := until - time.monotonic()) > 0:
        chat.pulse = chat.pulse or Pulse()
        await chat.pulse.wait(left)
    items = [item.as_json(seq) for seq, item in enumerate(chat.items[after:], after + 1)]
    return {"messages": items, "last_seq": len(chat.items), "revision": chat.revision}


def picture(content: tuple[str, bytes] | None) -> web.Response:
    """What someone sent, for the phones page. Raises: HTTPNotFound for anything but a picture."""
    if content is None or not content[0].startswith("image/"):
        raise web.HTTPNotFound
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    return web.Response(body=content[1], content_type=content[0], headers=headers)
