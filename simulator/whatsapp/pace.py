"""How fast one may send: in all, and to one person. Token buckets, refilled by the simulated clock."""

from simulator.whatsapp.settings import Settings


class Pace:
    """The throughput of the number, and the pair limit of the number and each person."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._buckets: dict[str, tuple[float, int]] = {}

    def take(self, now_ms: int) -> bool:
        """Take one message out of the number's throughput; False when it is used up."""
        rate = self._settings.throughput_per_s
        return rate is None or self._take("", rate, max(1.0, rate), now_ms)

    def take_pair(self, address: str, now_ms: int) -> bool:
        """Take one message to this person; False when there were too many."""
        rate = self._settings.pair_per_s
        return rate is None or self._take(address, rate, self._settings.pair_burst, now_ms)

    def clear(self) -> None:
        """All buckets are full again."""
        self._buckets.clear()

    def _take(self, name: str, per_second: float, burst: float, now_ms: int) -> bool:
        level, at_ms = self._buckets.get(name, (burst, now_ms))
        level = min(burst, level + max(0, now_ms - at_ms) / 1000 * per_second)
        allowed = level >= 1
        self._buckets[name] = (level - allowed, now_ms)
        return allowed
