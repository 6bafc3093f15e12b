"""LINE: verify and read webhooks, render and send messages. `LineChannel` is all that others need."""

from bot.channels.line.answers import BotInfo, WebhookEndpoint, WebhookTest
from bot.channels.line.client import LineChannel
from bot.channels.line.config import LineConfig

__all__ = ["BotInfo", "LineChannel", "LineConfig", "WebhookEndpoint", "WebhookTest"]
