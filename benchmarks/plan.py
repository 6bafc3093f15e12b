"""How big a run is: the whole, the short form, or a tiny one that only shows that the programs work."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes are given for the whole; `plan` cuts them."""

    form: str = "short"
    rounds: int = 5

    @property
    def is_full(self) -> bool:
        """With a million."""
        return self.form == "full"

    @property
    def is_tiny(self) -> bool:
        """Nothing is measured; the programs are only shown to work."""
        return self.form == "tiny"

    def seconds(self, whole: float) -> float:
        """A length of time."""
        return {"full": whole, "short": whole * 0.6, "tiny": 0.3}[self.form]

    def patience(self, whole: float) -> float:
        """How long something may take; where nothing is measured the machine may be as busy as it likes."""
        return 10 * whole if self.is_tiny else whole

    def tally(self, whole: int) -> int:
        """How often something is done."""
        return min(whole, 100) if self.is_tiny else whole

    def people(self, whole: int, short: int = 0) -> int:
        """How many people there are; short: as many as in the whole unless said otherwise."""
        if self.is_tiny:
            return min(whole, 1_000)
        return whole if self.is_full or not short else short

    def sizes(self) -> list[int]:
        """The ladder of sizes over which something must stay flat."""
        if self.is_tiny:
            return [500, 1_000]
        return [1_000, 10_000, 100_000, 1_000_000] if self.is_full else [1_000, 10_000, 100_000]
