"""The conversation in which an administrator makes a notice. Rights are checked before (`handlers.dispatch`)."""

from handlers.drafting.flow import begin, offer, press, resume

__all__ = ["begin", "offer", "press", "resume"]
