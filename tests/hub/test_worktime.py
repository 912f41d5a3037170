"""Working time by frozen calendars: weekends, holidays of a region, clocks that change, zones."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from freelance_hub.models import Membership, Tenant, User
from freelance_hub.worktime import add_working_days, add_working_hours, is_working_day, region_problem, term_end

BERLIN = "Europe/Berlin"


def local(text, zone=BERLIN):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def after(start, hours, zone=BERLIN, **more):
    """The local time at which so many working hours have passed."""
    end = add_working_hours(local(start, zone), hours, zone=zone, **more)
    assert end.tzinfo == UTC
    return end.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-02 10:00", 2, "2026-03-02 12:00"),  # within a Monday
        ("2026-03-02 16:00", 2, "2026-03-03 10:00"),  # over night
        ("2026-03-02 15:00", 2, "2026-03-02 17:00"),  # to the last minute
        ("2026-03-02 06:00", 1, "2026-03-02 10:00"),  # before it opens
        ("2026-03-02 22:00", 1, "2026-03-03 10:00"),  # after it closes
        ("2026-03-06 16:30", 1, "2026-03-09 09:30"),  # over a weekend
        ("2026-03-07 12:00", 8, "2026-03-09 17:00"),  # from a Saturday
        ("2026-03-02 09:00", 40, "2026-03-06 17:00"),  # a week of work
        ("2026-03-02 10:00", 0, "2026-03-02 10:00"),
        ("2026-03-02 10:00", 0.5, "2026-03-02 10:30"),
        ("2026-12-31 16:00", 2, "2027-01-01 10:00"),  # no region: no holiday
    ],
)
def test_hours_count_from_opening_to_closing_on_working_days(start, hours, end):
    assert after(start, hours) == end


@pytest.mark.parametrize(
    ("region", "start", "end"),
    [
        ("DE", "2026-12-24 16:00", "2026-12-28 10:00"),  # Christmas, two days, and a weekend
        ("GB-ENG", "2026-12-24 16:00", "2026-12-29 10:00"),  # Boxing Day is given on Monday
        ("DE-BY", "2026-01-05 16:00", "2026-01-07 10:00"),  # Epiphany in Bavaria
        ("DE-BE", "2026-01-05 16:00", "2026-01-06 10:00"),  # not in Berlin
        ("DE-BE", "2026-03-06 16:00", "2026-03-09 10:00"),  # Women's Day is a Sunday that year
        ("SA", "2026-03-05 16:00", "2026-03-08 10:00"),  # there the weekend is Friday and Saturday
        ("nowhere", "2026-12-24 16:00", "2026-12-25 10:00"),
    ],
)
def test_holidays_and_weekends_are_those_of_the_region(region, start, end):
    assert after(start, 2, region=region) == end


def test_the_night_in_which_the_clocks_change_counts_for_nothing():
    assert after("2026-03-27 16:00", 2) == "2026-03-30 10:00"  # summer time begins on the Sunday
    assert after("2026-10-23 16:00", 2) == "2026-10-26 10:00"  # and ends on that one


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-29 01:00", 3, "2026-03-29 05:00"),  # the hour from 2 to 3 does not exist
        ("2026-10-25 01:00", 3, "2026-10-25 03:00"),  # the hour from 2 to 3 is there twice
    ],
)
def test_a_shift_in_which_the_clocks_change_is_as_long_as_it_really_is(start, hours, end, monkeypatch):
    monkeypatch.setattr("freelance_hub.worktime.is_working_day", lambda day, region="": True)

    assert after(start, hours, opens=time(0), closes=time(8)) == end


def test_the_same_instant_is_another_time_of_day_elsewhere():
    start = datetime(2026, 3, 2, 16, tzinfo=UTC)  # 17:00 in Berlin, 11:00 in New York, 1:00 on Tuesday in Tokyo

    ends = {zone: add_working_hours(start, 1, zone=zone) for zone in (BERLIN, "America/New_York", "Asia/Tokyo")}

    assert ends == {
        BERLIN: datetime(2026, 3, 3, 9, tzinfo=UTC),
        "America/New_York": datetime(2026, 3, 2, 17, tzinfo=UTC),
        "Asia/Tokyo": datetime(2026, 3, 3, 1, tzinfo=UTC),
    }


def test_days_are_counted_behind_the_first():
    assert add_working_days(date(2026, 3, 6), 1) == date(2026, 3, 9)
    assert add_working_days(date(2026, 12, 24), 1, "DE") == date(2026, 12, 28)
    assert add_working_days(date(2026, 3, 7), 0) == date(2026, 3, 7)
    assert not is_working_day(date(2026, 12, 25), "DE")
    with pytest.raises(ValueError, match="forwards"):
        add_working_days(date(2026, 3, 6), -1)


@pytest.mark.parametrize(("opens", "closes"), [(time(17), time(9)), (time(9), time(9))])
def test_working_time_that_never_opens_is_refused(opens, closes):
    with pytest.raises(ValueError, match="open before it closes"):
        add_working_hours(local("2026-03-02 10:00"), 1, zone=BERLIN, opens=opens, closes=closes)


@pytest.mark.parametrize(
    ("region", "words"),
    [
        ("", ""),
        ("DE", ""),
        ("DE-BE", ""),
        ("XX", "No holidays are known"),
        ("DE-XX", "no part of DE"),
        ("SG-1", "Write SG"),
    ],
)
def test_a_region_that_nobody_knows_is_told_how_to_write_it(region, words):
    problem = region_problem(region)

    assert words in problem
    assert bool(problem) == bool(words)


def test_a_term_is_counted_by_the_persons_calendar_and_else_by_the_companys():
    company = Tenant(time_zone=BERLIN, holiday_region="DE", work_starts=time(8), work_ends=time(16))
    start = datetime(2026, 7, 3, 13, tzinfo=UTC)  # a Friday, 15:00 in Berlin and 9:00 in New York; observed there
    nobody = term_end(start, 2, company=company)
    unset = term_end(start, 2, company=company, member=Membership(user=User()))
    american = Membership(user=User(time_zone="America/New_York"), holiday_region="US")

    assert nobody == unset == datetime(2026, 7, 6, 7, tzinfo=UTC)
    assert term_end(start, 2, company=company, member=american) == datetime(2026, 7, 6, 14, tzinfo=UTC)
