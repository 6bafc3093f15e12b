"""A: a webhook server that verifies, decodes, says 200, and keeps nothing.

`python -m benchmarks.rivals.stateless` prints its port.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json

from aiohttp import web

from benchmarks.people import SECRET


async def receive(request: web.Request) -> web.Response:
    """One delivery."""
    body = await request.read()
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
    if not hmac.compare_digest(base64.b64encode(digest).decode(), request.headers.get("X-Line-Signature", "")):
        return web.Response(status=401)
    for event in json.loads(body)["events"]:
        if event["type"] != "postback":
            continue
    return web.Response()


async def main() -> None:
    """Serve until killed."""
    app = web.Application()
    app.router.add_post("/webhooks/line", receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"listening {runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
