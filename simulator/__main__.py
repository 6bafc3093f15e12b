"""`python -m simulator`: serve until SIGTERM or SIGINT."""

import argparse
import asyncio
import signal
from pathlib import Path

from simulator.app import Options, Simulator
from simulator.line.settings import Settings


def options(arguments: list[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description="A LINE platform on your own machine.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--line-channel-secret", default="simulated-channel-secret")
    parser.add_argument("--line-channel-access-token", default="simulated-channel-access-token")
    parser.add_argument("--webhook-url")
    parser.add_argument("--webhook-redelivery", action="store_true")
    parser.add_argument("--quota", type=int, help="people per month; without it there is no limit")
    parser.add_argument("--clock-file", type=Path, help="an offset in seconds, read and written")
    parser.add_argument("--basic-id", default="@kakunin")
    parser.add_argument("--name", default="確認ボット")
    given = parser.parse_args(arguments)
    line = Settings(
        channel_secrets=[given.line_channel_secret],
        access_tokens=[given.line_channel_access_token],
        name=given.name,
        basic_id=given.basic_id,
        webhook_url=given.webhook_url,
        webhook_redelivery=given.webhook_redelivery,
        quota=given.quota,
    )
    return Options(given.host, given.port, given.clock_file, line)


async def serve(chosen: Options) -> None:
    """Announce the address on the first line of standard output, then run until told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with Simulator(chosen) as simulator:
        print(f"simulator listening on {simulator.url}", flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(options()))
