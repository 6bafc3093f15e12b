"""Around every endpoint of a simulated API: reading the request, the call log, the silence that a fault asks for."""

import asyncio
import inspect
import time
from collections.abc import Callable, Collection

from aiohttp import web

from simulator.calls import Call, CallLog
from simulator.clock import Clock
from simulator.exchange import Answer, ApiCall, Work
from simulator.faults import Fault
from simulator.jsonio import dumps


async def received(request: web.Request, clock: Clock, request_id: str) -> ApiCall:
    """The request, of which only the body is read, and nothing is parsed."""
    started, at_ms = time.perf_counter(), clock.now_ms()
    raw = await request.read()
    return ApiCall(request_id, raw, at_ms, started)


def is_authorised(request: web.Request, tokens: Collection[str]) -> bool:
    """Whether it carries one of the access tokens."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme == "Bearer" and token in tokens


async def worked(work: Work, call: ApiCall) -> Answer:
    """What the endpoint says, whether it has to wait or not."""
    done = work(call)
    return await done if inspect.isawaitable(done) else done


def respond(
    request: web.Request,
    call: ApiCall,
    answer: Answer,
    log: CallLog,
    headers: dict[str, str],
    shown: Callable[[bytes], object],
) -> web.Response:
    """The answer for aiohttp, after it was logged; `shown` says what is logged of a body that was never parsed."""
    raw = answer.body if isinstance(answer.body, bytes) else dumps(answer.body)
    log.add(
        Call(
            kind="api",
            method=request.method,
            path=request.path,
            status=answer.status,
            request_id=call.request_id,
            retry_key=call.retry_key,
            body=call.body if call.body is not None else shown(call.raw),
            response=f"{len(raw)} bytes" if isinstance(answer.body, bytes) else answer.body,
            elapsed_ms=(time.perf_counter() - call.started) * 1000,
            delivered_to=answer.delivered_to,
            notes=answer.notes,
            at_ms=call.at_ms,
        )
    )
    return web.Response(
        body=raw,
        status=answer.status or 500,
        content_type=answer.content_type,
        headers={"Cache-Control": "no-store", **headers, **answer.headers},
    )


async def spoil(request: web.Request, response: web.Response, fault: Fault, stopping: asyncio.Event) -> web.Response:
    """Say nothing for a while; then hang up, unless the fault only makes the answer late."""
    if not fault.kind.startswith("disconnect"):
        try:
            async with asyncio.timeout(fault.seconds):
                await stopping.wait()
        except TimeoutError:
            pass
    if fault.is_silence and request.transport is not None:
        request.transport.abort()
    return response
