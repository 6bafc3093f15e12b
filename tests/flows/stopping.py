"""Stopping a flow at any call it makes: a process that dies between two lines, without the wait for one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


class Stopped(BaseException):
    """The process ends here. No handler of errors may catch it, as none could catch a kill."""


class Stopper:
    """Counts the calls to whatever it wraps, and stops before or after one of them."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        """Number of the half-step to stop at: 2n before call n, 2n + 1 after it. None: never."""
        self.calls: list[str] = []

    @property
    def half_steps(self) -> int:
        """How many places there are to stop at."""
        return 2 * len(self.calls)

    @property
    def place(self) -> str:
        """Where it stopped, in words. How often a loop turns may differ: the place need not have come at all."""
        if self.at is None or self.at >= self.half_steps:
            return "not stopped"
        return f"stopped {'after' if self.at % 2 else 'before'} {self.calls[self.at // 2]}"

    async def call(self, name: str, method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """One call, counted."""
        number = len(self.calls)
        self.calls.append(name)
        self._stop_if(2 * number)
        answer = await method(*arguments, **named)
        self._stop_if(2 * number + 1)
        return answer

    def _stop_if(self, half_step: int) -> None:
        if self.at is not None and half_step >= self.at:
            raise Stopped(self.calls[-1])

    def wrap(self, thing: Any, name: str = "") -> Any:
        """The same thing, stoppable at each of its asynchronous methods, and those of its parts."""
        return _Stoppable(thing, self, name)


class _Stoppable:
    def __init__(self, thing: Any, stopper: Stopper, name: str) -> None:
        self._thing = thing
        self._stopper = stopper
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._thing, attribute)
        name = f"{self._name}.{attribute}".strip(".")
        if inspect.iscoroutinefunction(found):
            return lambda *a, **n: self._stopper.call(name, found, *a, **n)
        if not callable(found) and type(found).__module__.startswith("storage."):
            return _Stoppable(found, self._stopper, name)
        return found


def is_stopped(error: BaseException) -> bool:
    """Is this, or any error grouped in it, a stop?"""
    if isinstance(error, BaseExceptionGroup):
        return any(is_stopped(inner) for inner in error.exceptions)
    return isinstance(error, Stopped)
