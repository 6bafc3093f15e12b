"""Keeps strangers out: the simulator listens on loopback, so only pages of its own may steer it."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from simulator.replies import respond

_PLATFORMS = ("/line/", "/whatsapp/")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def is_ours(request: web.Request) -> bool:
    """Addressed to a loopback name, and not sent by another site's page (DNS rebinding, cross-site requests)."""
    host = request.headers.get("Host", "")
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    if name not in _LOOPBACK:
        return False
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{host}":
        return False
    return request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}


@web.middleware
async def own_pages_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """403 for anything but our own page and programs on this machine. The platforms' APIs have their tokens."""
    if not request.path.startswith(_PLATFORMS) and not is_ours(request):
        return respond({"error": "only this machine's own page may use the simulator"}, 403)
    return await handler(request)
