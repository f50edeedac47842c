"""The days and hours of asking, as pure rules."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from feedback_app.settings import Settings, SettingsError
from feedback_app.timetable import Timetable, Waiting, back_off, outdated
from tests.databases import SECRET

TIMES = Timetable()
MONDAY = date(2026, 3, 2)


def days(audience: str, known_on: date) -> list[tuple[str, str]]:
    return [(one.step, one.on.isoformat()) for one in TIMES.steps(audience, known_on)]


def test_messages_follow_day_zero_and_never_fall_on_a_weekend() -> None:
    assert days("newcomer", MONDAY) == [
        ("first", "2026-03-04"),
        ("reminder1", "2026-03-09"),
        ("reminder2", "2026-03-16"),
    ]
    assert days("partner", MONDAY) == [("first", "2026-03-05"), ("reminder1", "2026-03-12")]
    thursday = date(2026, 3, 5)  # two days later is a Saturday
    assert days("newcomer", thursday)[0] == ("first", "2026-03-09")
    for start in range(28):
        for audience in ("newcomer", "partner"):
            assert all(
                one.on.isoweekday() <= 5 for one in TIMES.steps(audience, MONDAY + timedelta(days=start))
            )


@pytest.mark.parametrize(
    ("moment", "may"),
    [
        (datetime(2026, 3, 2, 8, 0, tzinfo=UTC), True),  # nine in Brussels
        (datetime(2026, 3, 2, 7, 59, tzinfo=UTC), False),
        (datetime(2026, 7, 6, 7, 0, tzinfo=UTC), True),  # nine in summer
        (datetime(2026, 3, 2, 18, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 2, 19, 0, tzinfo=UTC), False),
        (datetime(2026, 3, 1, 12, 0, tzinfo=UTC), False),  # Sunday
        (datetime(2026, 2, 27, 23, 30, tzinfo=UTC), False),  # Saturday in Brussels already
    ],
)
def test_quiet_hours_and_weekends_are_those_of_flanders(moment: datetime, may: bool) -> None:
    assert TIMES.may_send(moment) is may


def test_quiet_hours_may_lie_within_one_day_or_not_exist() -> None:
    noon = Timetable(quiet_from=time(12), quiet_until=time(14))
    assert not noon.may_send(datetime(2026, 3, 2, 11, 30, tzinfo=UTC))
    assert noon.may_send(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    never = Timetable(quiet_from=time(9), quiet_until=time(9))
    assert never.may_send(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))


def test_a_link_works_28_days_and_as_long_for_who_was_written_to_late() -> None:
    assert TIMES.closes_on(MONDAY, None) == date(2026, 3, 30)
    assert TIMES.closes_on(MONDAY, date(2026, 3, 11)) == date(2026, 3, 30)
    assert TIMES.closes_on(MONDAY, date(2026, 4, 1)) == date(2026, 4, 20)


def test_only_reminders_grow_old() -> None:
    assert not outdated("reminder1", MONDAY, MONDAY + timedelta(days=3))
    assert outdated("reminder1", MONDAY, MONDAY + timedelta(days=4))
    assert not outdated("first", MONDAY, MONDAY + timedelta(days=40))


def test_attempts_wait_twice_as_long_each_time_and_end() -> None:
    waits = [back_off(number) for number in range(1, 9)]
    assert waits[:3] == [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20)]
    assert waits[6] == timedelta(minutes=320) and waits[7] is None


def waiting(key: str, contact: str, known_on: date) -> Waiting:
    return Waiting(key, contact, known_on, known_on)


def test_a_partner_is_written_to_once_in_thirty_days_about_all_that_came_between() -> None:
    first = TIMES.bundles([waiting("a", "club", MONDAY), waiting("b", "other", MONDAY)], {})
    assert [(one.lead.invitation_id, one.on, one.others) for one in first] == [
        ("a", date(2026, 3, 5), ()),
        ("b", date(2026, 3, 5), ()),
    ]
    later = [waiting("c", "club", date(2026, 3, 9)), waiting("d", "club", date(2026, 3, 20))]
    [bundle] = TIMES.bundles(later, {"club": date(2026, 3, 5)})
    assert bundle.on == date(2026, 4, 6)  # thirty days later is a Saturday
    assert (bundle.lead.invitation_id, [one.invitation_id for one in bundle.others]) == ("d", ["c"])


def settings(**given: str) -> Timetable:
    environment = {f"FEEDBACK_{name}": value for name, value in given.items()}
    return Settings.from_environment({"FEEDBACK_SECRET_KEY": SECRET, **environment}).timetable


def test_settings_say_all_of_it() -> None:
    assert settings() == TIMES
    own = settings(
        REMINDER_DAYS="7", PARTNER_REMINDER_DAYS="-", QUIET_HOURS="21:30-08:15", SENDING_DAYS="1,3-4"
    )
    assert (own.reminder_days, own.partner_reminder_days) == ((7,), ())
    assert (own.quiet_from, own.quiet_until, own.weekdays) == (time(21, 30), time(8, 15), {1, 3, 4})
    assert [one.step for one in own.steps("partner", MONDAY)] == ["first"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REMINDER_DAYS", "5 12 19"),
        ("REMINDER_DAYS", "12 5"),
        ("REMINDER_DAYS", "0"),
        ("REMINDER_DAYS", "soon"),
        ("QUIET_HOURS", "20-9"),
        ("SENDING_DAYS", "0-5"),
        ("SENDING_DAYS", "5-1"),
        ("LINK_DAYS", "four weeks"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"FEEDBACK_{name}"):
        settings(**{name: value})


def test_what_may_not_go_out_now_goes_out_at_the_first_moment_that_is_allowed() -> None:
    saturday, monday = datetime(2026, 9, 12, 12, tzinfo=UTC), datetime(2026, 9, 14, 7, tzinfo=UTC)
    assert TIMES.next_moment(saturday) == monday, "at nine in Flanders"
    assert TIMES.next_moment(monday) == monday
    late = datetime(2026, 9, 14, 20, tzinfo=UTC)
    assert TIMES.next_moment(late) == datetime(2026, 9, 15, 7, tzinfo=UTC)
