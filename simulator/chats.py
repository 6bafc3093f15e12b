"""What somebody has on the screen: bubbles in their order, and the buttons in them. The bubbles are the platform's."""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from simulator.jsonio import JsonObject
from simulator.pulse import Pulse


class Bubble(Protocol):
    """One message in a chat; its place there is its `seq`."""

    id: str

    @property
    def buttons(self) -> list[JsonObject]:
        """Every button: `label`, `action`, and `quick` for those that vanish with the next message."""

    def as_json(self, seq: int) -> JsonObject:
        """The bubble as number `seq` of a chat."""


B = TypeVar("B", bound=Bubble)


class Chat(Generic[B]):
    """What one person, or one group, has on the screen."""

    __slots__ = ("_changed", "id", "items", "pulse", "revision")

    def __init__(self, chat_id: str, changed: Callable[[str], None]) -> None:
        self.id = chat_id
        self.items: list[B] = []
        self.revision = 0  # goes up when a bubble that was there already looks different
        self.pulse: Pulse | None = None
        self._changed = changed

    def add(self, *items: B) -> None:
        """Append bubbles and tell whoever watches."""
        self.items.extend(items)
        self.touch()

    def altered(self) -> None:
        """A bubble looks different now: its ticks, for example."""
        self.revision += 1
        self.touch()

    def touch(self) -> None:
        """Tell whoever watches that something is different."""
        if self.pulse is not None:
            self.pulse.beat()
        self._changed(self.id)

    def button(self, label: str, message_id: str | None = None) -> tuple[B, JsonObject] | None:
        """The newest bubble that holds a button of that label, and the button."""
        newest = len(self.items) - 1
        for index in range(newest, -1, -1):
            item = self.items[index]
            if message_id is not None and item.id != message_id:
                continue
            for button in item.buttons:
                if button["label"] == label and (index == newest or not button.get("quick")):
                    return item, button
        return None

    def button_at(self, message_id: str, index: int) -> tuple[B, JsonObject] | None:
        """A button by its place in a bubble, for two of the same label."""
        for item in reversed(self.items):
            if item.id == message_id:
                return (item, item.buttons[index]) if 0 <= index < len(item.buttons) else None
        return None

    def labels(self) -> list[str]:
        """The labels of all buttons in the chat, newest first, each once."""
        return list(dict.fromkeys(button["label"] for item in reversed(self.items) for button in item.buttons))
