"""Serves the page: files as they are, a strict content policy, the event stream."""

from pathlib import Path

from aiohttp import web

from simulator.phones.stream import Stream

_STATIC = Path(__file__).with_name("static")
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class Page:
    """The phones page. All files are read once, at the start."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._files = {
            file.name: (file.read_bytes(), _KINDS[file.suffix]) for file in _STATIC.iterdir() if file.suffix in _KINDS
        }

    def routes(self) -> list[web.RouteDef]:
        """/, /static/… and /_sim/stream."""
        return [
            web.get("/", self._index),
            web.get("/static/{name}", self._file),
            web.get("/_sim/stream", self._listen),
        ]

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return self._serve("index.html")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return self._serve(request.match_info["name"])

    def _serve(self, name: str) -> web.Response:
        if name not in self._files:
            raise web.HTTPNotFound
        content, kind = self._files[name]
        return web.Response(body=content, content_type=kind, charset="utf-8", headers=_HEADERS)

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        lines = self._stream.listen()
        try:
            async for line in lines:
                await response.write(line)
        except ConnectionError:
            pass
        finally:
            await lines.aclose()
        return response
