"""When who is asked: the days of a message and its reminders, the hours to write in, the end of a link.

Days are calendar days in Flanders. Day zero of an invitation is the day on which the trajectory ended, or the
one on which this service heard of it or began to ask, whichever is last. Nothing here knows whether somebody
answered: who did is passed over when a message is due, so that no plan and no calendar can tell it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

#: a reminder that could not go out for so many days is left out: the next one is near
LATE = timedelta(days=3)
#: how often a message is tried before it is given up
MOST_ATTEMPTS = 8
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)
_ZONE = ZoneInfo("Europe/Brussels")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_WEEKDAYS = re.compile(r"[1-7](?:-[1-7])?(?:,[1-7](?:-[1-7])?)*", re.ASCII)


class TimesInvalid(ValueError):
    """Hours or days are not written as they can be read; the message says how."""


@dataclass(frozen=True)
class Planned:
    """One message of an invitation and its day."""

    step: str
    on: date


@dataclass(frozen=True)
class Waiting:
    """An invitation to a partner that no message was planned for; `contact` is the same for one address."""

    invitation_id: str
    contact: str
    known_on: date
    ended_on: date


@dataclass(frozen=True)
class Bundle:
    """One message to a partner's address, about one trajectory or about all that waited for it."""

    contact: str
    on: date
    lead: Waiting
    others: tuple[Waiting, ...]


@dataclass(frozen=True)
class Timetable:
    """The rules of this installation; `docs/timetable.md` explains each."""

    first_days: int = 2
    reminder_days: tuple[int, ...] = (5, 12)
    partner_first_days: int = 3
    partner_reminder_days: tuple[int, ...] = (7,)
    partner_pause_days: int = 30
    link_days: int = 28
    ask_within_days: int = 28
    quiet_from: time = time(20)
    quiet_until: time = time(9)
    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    impact_months: int = 6
    draft_reports: bool = True

    def asked_after_months(self, day: date) -> tuple[date, date]:
        """First and last day of the month whose trajectories are asked now how things are."""
        month = day.year * 12 + day.month - 1 - self.impact_months
        first = date(month // 12, month % 12 + 1, 1)
        following = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
        return first, following - timedelta(days=1)

    def next_day(self, day: date) -> date:
        """The day itself, or the first after it on which messages go out."""
        while day.isoweekday() not in self.weekdays:
            day += timedelta(days=1)
        return day

    def may_send(self, moment: datetime) -> bool:
        """Whether a message may go out at this moment: a day that is allowed, outside the quiet hours."""
        local = moment.astimezone(_ZONE)
        clock = local.time()
        if self.quiet_from <= self.quiet_until:
            quiet = self.quiet_from <= clock < self.quiet_until
        else:
            quiet = clock >= self.quiet_from or clock < self.quiet_until
        return local.isoweekday() in self.weekdays and not quiet

    def next_moment(self, moment: datetime) -> datetime:
        """The moment itself, or the first after it at which a message may go out."""
        first = moment.astimezone(_ZONE).date()
        days = (first + timedelta(days=after) for after in range(9))
        starts = (
            datetime.combine(day, clock, _ZONE)
            for day in days
            for clock in sorted({time(0), self.quiet_until})
        )
        return next(one for one in (moment, *starts) if one >= moment and self.may_send(one))

    def steps(self, audience: str, known_on: date) -> tuple[Planned, ...]:
        """Every message of an invitation whose day zero this is, in order."""
        after = self.partner_first_days if audience == "partner" else self.first_days
        return self.steps_from(audience, known_on + timedelta(days=after))

    def steps_from(self, audience: str, first_on: date) -> tuple[Planned, ...]:
        """Every message when the first one goes out on this day, or the next that is allowed."""
        first_on = self.next_day(first_on)
        days = self.partner_reminder_days if audience == "partner" else self.reminder_days
        reminders = (
            Planned(f"reminder{number}", self.next_day(first_on + timedelta(days=after)))
            for number, after in enumerate(days, start=1)
        )
        return Planned("first", first_on), *reminders

    def closes_on(self, known_on: date, first_on: date | None) -> date:
        """The last day on which a link can be answered.

        Whoever was written to late, after a pause or a breakdown, keeps as many days as anybody else.
        """
        closes = known_on + timedelta(days=self.link_days)
        return max(closes, first_on + self.days_to_answer) if first_on else closes

    @property
    def days_to_answer(self) -> timedelta:
        """How long a link works after its first message, at least: as if that went out on day nine."""
        return timedelta(days=max(1, self.link_days - 9))

    def bundles(self, waiting: Iterable[Waiting], asked: Mapping[str, date]) -> list[Bundle]:
        """One message for each address that has something waiting: never two within the pause.

        `asked` says when an address was last written to. The message goes out in the name of the trajectory
        that ended last.
        """
        groups: dict[str, list[Waiting]] = defaultdict(list)
        for one in waiting:
            groups[one.contact].append(one)
        made = []
        for contact, group in sorted(groups.items()):
            on = min(one.known_on for one in group) + timedelta(days=self.partner_first_days)
            if contact in asked:
                on = max(on, asked[contact] + timedelta(days=self.partner_pause_days))
            group.sort(key=lambda one: (one.ended_on, one.invitation_id))
            made.append(Bundle(contact, self.next_day(on), group[-1], tuple(group[:-1])))
        return made


def outdated(step: str, due_on: date, day: date) -> bool:
    """Whether a message is left out; never a first one: somebody would be forgotten."""
    return step != "first" and day > due_on + LATE


def back_off(attempts: int) -> timedelta | None:
    """How long to wait after so many attempts that failed: twice as long each time; None to give up."""
    if attempts >= MOST_ATTEMPTS:
        return None
    doubled: int = 2 ** max(0, attempts - 1)
    return min(_FIRST_WAIT * doubled, _LONGEST_WAIT)


def read_quiet_hours(text: str) -> tuple[time, time]:
    """`20:00-09:00` as two times of day; TimesInvalid."""
    found = _HOURS.fullmatch(text.strip())
    if not found:
        raise TimesInvalid(f"must be written like 20:00-09:00, not “{text}”")
    return time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))


def read_months(text: str) -> int:
    """`6` as a number of months; TimesInvalid. Before three months nobody can say what stayed."""
    if not text.isdecimal() or not 3 <= int(text) <= 24:
        raise TimesInvalid(f"must be a number of months from 3 to 24, not “{text}”")
    return int(text)


def read_weekdays(text: str) -> frozenset[int]:
    """`1-5` or `1,3,5` as days of the week, Monday is 1; TimesInvalid."""
    text = text.replace(" ", "")
    if not _WEEKDAYS.fullmatch(text):
        raise TimesInvalid(f"must be days like 1-5 or 1,3,5 (1 is Monday), not “{text}”")
    days: set[int] = set()
    for part in text.split(","):
        first, _dash, last = part.partition("-")
        days.update(range(int(first), int(last or first) + 1))
    if not days:
        raise TimesInvalid(f"must name a day: “{text}” runs backwards")
    return frozenset(days)


def read_days(text: str, most: int) -> tuple[int, ...]:
    """`5 12` as numbers of days that grow; none for “-”; TimesInvalid."""
    if text.strip() == "-":
        return ()
    words = text.replace(",", " ").split()
    if not all(word.isdecimal() for word in words):
        raise TimesInvalid(f"must be numbers of days like 5 12, or - for none, not “{text}”")
    days = tuple(map(int, words))
    apart = LATE.days + 1  # else one that is late would come with the next
    if len(days) > most or any(later - one < apart for one, later in pairwise((0, *days))):
        raise TimesInvalid(f"must be at most {most} number(s), {apart} days or more apart, not “{text}”")
    return days
