"""WhatsApp: verify and read webhooks, render and send messages. `WhatsAppChannel` is all that others need."""

from bot.channels.whatsapp.client import WhatsAppChannel
from bot.channels.whatsapp.config import WhatsAppConfig

__all__ = ["WhatsAppChannel", "WhatsAppConfig"]
