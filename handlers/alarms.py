"""The administrators are told what is late, once when it begins and once when it is over; and what does not add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from handlers.buttons import pack
from handlers.comparing import Difference
from handlers.replies import Button, Panel
from handlers.reporting import Report, Reporter, answerable, report
from handlers.selfcheck import AT_ONCE, TOLD_AFTER, Finding, Kind
from handlers.wording import Words
from storage.models import Contact, Notice

_BEGAN = "alarm/"
_OVER = "calm/"


class Alarms:
    """Episodes of lateness, one of each kind at a time, remembered in the pulses: any process may see them begin and
    end."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._before: frozenset[Kind] = frozenset()

    async def raise_for(self, found: Mapping[Kind, Finding], now: datetime) -> tuple[list[Finding], list[Kind]]:
        """Tell what has become late, and what is so no more; (kinds that began, kinds that ended).

        What was not late at the last look either is given until the next one: a clock that was set forward, or a
        process that has just started, is no alarm.
        """
        began, ended = [], []
        for kind in Kind:
            finding, start = found.get(kind), await self._open_since(kind)
            if finding is None and start is not None:
                await self._tell_over(kind, start, now)
                ended.append(kind)
            elif finding is not None and start is None and self._is_due(finding, now):
                await self._tell(finding, now)
                began.append(finding)
        self._before = frozenset(found)
        return began, ended

    def _is_due(self, finding: Finding, now: datetime) -> bool:
        return now >= finding.told_from and finding.kind in self._before

    async def _open_since(self, kind: Kind) -> datetime | None:
        began = await self._reporter.storage.pulses.read(f"{_BEGAN}{kind}")
        over = await self._reporter.storage.pulses.read(f"{_OVER}{kind}") if began else None
        return None if over is not None and began is not None and over >= began else began

    async def _tell(self, finding: Finding, now: datetime) -> None:
        over = await self._reporter.storage.pulses.read(f"{_OVER}{finding.kind}")
        start = finding.told_from if over is None else max(finding.told_from, over + timedelta(milliseconds=1))
        notices = await self._reporter.storage.notices.get(finding.notices)
        told = Report(
            _id(finding.kind, start, "begun"),
            lambda words: _late(finding, notices, now, words),
            urgent=any(notice.urgent for notice in notices.values()),
        )
        await report(told, await self._whom(finding, notices), self._reporter, now)
        await self._reporter.storage.pulses.beat(f"{_BEGAN}{finding.kind}", start)

    async def _whom(self, finding: Finding, notices: Mapping[str, Notice]) -> Sequence[Contact]:
        """The administrators; of a used up quota without whoever is told of it as its notice's sender."""
        people = await self._reporter.storage.contacts.administrators()
        if finding.kind is not Kind.QUOTA:
            return people
        told = {p.id for notice in notices.values() for p in await answerable(notice.sender, self._reporter)}
        return [person for person in people if person.id not in told]

    async def _tell_over(self, kind: Kind, start: datetime, now: datetime) -> None:
        people = await self._reporter.storage.contacts.administrators()
        told = Report(_id(kind, start, "over"), lambda words: _over(kind, start, now, words))
        await report(told, people, self._reporter, now)
        await self._reporter.storage.pulses.beat(f"{_OVER}{kind}", now)

    async def tell_difference(self, difference: Difference, now: datetime) -> None:
        """What does not add up, once for each notice or mailing."""
        notices = await self._reporter.storage.notices.get([difference.notice])
        told = Report(
            f"report/difference/{difference.what}/{difference.where}",
            lambda words: _difference(difference, notices, words),
        )
        await report(told, await self._reporter.storage.contacts.administrators(), self._reporter, now)


def _id(kind: Kind, start: datetime, which: str) -> str:
    return f"report/alarm/{kind}/{int(start.timestamp() * 1000)}/{which}"


def _late(finding: Finding, notices: Mapping[str, Notice], now: datetime, words: Words) -> Panel:
    since = words.brief(finding.since, now)
    named = [words("alarm-notice", number=str(n.number), title=n.title) for n in _shown(notices)]
    rest = len(finding.notices) - len(named)
    return Panel(
        words(f"alarm-title-{finding.kind}"),
        tuple(
            line
            for line in (
                words(f"alarm-what-{finding.kind}", count=finding.count, since=since),
                words("alarm-notices", notices=words.listing(named), rest=max(0, rest)) if named else "",
                words(f"alarm-do-{finding.kind}"),
            )
            if line
        ),
        buttons=_buttons(notices, words),
    )


def _over(kind: Kind, start: datetime, now: datetime, words: Words) -> Panel:
    since = start if kind in AT_ONCE else start - TOLD_AFTER
    sentence = words("alarm-over", since=words.brief(since, now), until=words.brief(now, now))
    return Panel(words("alarm-over-title"), (words(f"alarm-title-{kind}"), sentence))


def _difference(difference: Difference, notices: Mapping[str, Notice], words: Words) -> Panel:
    named = [words("alarm-notice", number=str(n.number), title=n.title) for n in _shown(notices)]
    numbers = {"expected": difference.expected, "found": difference.found}
    sentence = words(f"alarm-difference-{difference.what}", notice=words.listing(named), **numbers)
    return Panel(
        words("alarm-difference-title"), (sentence, words("alarm-difference-do")), buttons=_buttons(notices, words)
    )


def _shown(notices: Mapping[str, Notice]) -> list[Notice]:
    return sorted(notices.values(), key=lambda notice: notice.number)[-3:]


def _buttons(notices: Mapping[str, Notice], words: Words) -> tuple[Button, ...]:
    shown = _shown(notices)
    return (Button(words("choose-see-status"), pack("status", shown[-1].number)),) if shown else ()
