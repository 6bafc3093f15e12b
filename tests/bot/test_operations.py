"""What the web side answers when something of ours fails."""

from __future__ import annotations

import logging

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.web.operations import last_net


async def test_an_error_nobody_foresaw_answers_500_so_that_the_platform_delivers_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fails(_: web.Request) -> web.StreamResponse:
        raise ZeroDivisionError("what was in hand")

    async def refuses(_: web.Request) -> web.StreamResponse:
        raise web.HTTPRequestEntityTooLarge(1, 2)

    app = web.Application()
    app.router.add_get("/fails", last_net(fails))
    app.router.add_get("/refuses", last_net(refuses))
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/fails")
        assert (answer.status, await answer.text()) == (500, "")
        assert (await client.get("/refuses")).status == 413
        assert (await client.get("/unknown")).status == 404
    assert [record.msg for record in caplog.records if record.levelno == logging.ERROR] == ["unexpected.error"]
