"""`python -m simulator`: serve until SIGTERM or SIGINT."""

import argparse
import asyncio
import signal
from pathlib import Path

from simulator.app import Options, Simulator
from simulator.line.settings import Settings
from simulator.whatsapp.settings import Settings as WhatsAppSettings


def options(arguments: list[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description="LINE and WhatsApp on your own machine.")
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
    usual = WhatsAppSettings()
    parser.add_argument("--whatsapp-app-secret", default=usual.app_secret)
    parser.add_argument("--whatsapp-access-token", default=usual.access_tokens[0])
    parser.add_argument("--whatsapp-verify-token", default=usual.verify_token)
    parser.add_argument("--whatsapp-phone-number-id", default=usual.phone_number_id)
    parser.add_argument("--whatsapp-waba-id", default=usual.waba_id)
    parser.add_argument(
        "--whatsapp-phone-number", default=usual.display_phone_number, help="digits, as webhooks say it"
    )
    parser.add_argument("--whatsapp-name", help="without it, --name")
    parser.add_argument("--whatsapp-webhook-url")
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
    return Options(given.host, given.port, given.clock_file, line, _whatsapp(given))


def _whatsapp(given: argparse.Namespace) -> WhatsAppSettings:
    return WhatsAppSettings(
        app_secret=given.whatsapp_app_secret,
        access_tokens=[given.whatsapp_access_token],
        verify_token=given.whatsapp_verify_token,
        phone_number_id=given.whatsapp_phone_number_id,
        waba_id=given.whatsapp_waba_id,
        display_phone_number=given.whatsapp_phone_number,
        name=given.whatsapp_name or given.name,
        webhook_url=given.whatsapp_webhook_url,
    )


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
