//! `date`, `time`, `date-time` and `duration` ([RFC 3339](https://www.rfc-editor.org/rfc/rfc3339)).

pub(super) fn is_date_time(text: &str) -> bool {
    text.split_once(['T', 't']).is_some_and(|(date, time)| is_date(date) && is_time(time))
}

pub(super) fn is_date(text: &str) -> bool {
    let [year, month, day] = &*text.split('-').collect::<Vec<_>>() else { return false };
    match (digits(year, 4), digits(month, 2), digits(day, 2)) {
        (Some(year), Some(month), Some(day)) => day >= 1 && day <= days_of(year, month),
        _ => false,
    }
}

/// The days of a month; none if there is no such month.
fn days_of(year: u32, month: u32) -> u32 {
    let is_leap_year = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        2 if is_leap_year => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

/// A time with an offset. A leap second is the last one of a day in UTC.
pub(super) fn is_time(text: &str) -> bool {
    let Some(at) = text.rfind(['Z', 'z', '+', '-']) else { return false };
    let (time, zone) = text.split_at(at);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = &*time.split(':').collect::<Vec<_>>() else { return false };
    let clock = (digits(hour, 2), digits(minute, 2), digits(second, 2), offset(zone));
    let (Some(hour @ 0..24), Some(minute @ 0..60), Some(second @ 0..=60), Some(offset)) = clock else {
        return false;
    };
    let minute_of_day = i64::from(hour * 60 + minute) - offset;
    let is_last_minute = minute_of_day.rem_euclid(24 * 60) == 24 * 60 - 1;
    are_digits(fraction) && (second < 60 || is_last_minute)
}

/// The minutes that a time zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    let (sign, clock) = match zone.split_at_checked(1)? {
        ("Z" | "z", "") => return Some(0),
        ("+", clock) => (1, clock),
        ("-", clock) => (-1, clock),
        _ => return None,
    };
    let (hours, minutes) = clock.split_once(':')?;
    match (digits(hours, 2)?, digits(minutes, 2)?) {
        (hours @ 0..24, minutes @ 0..60) => Some(sign * i64::from(hours * 60 + minutes)),
        _ => None,
    }
}

/// A duration by the grammar of RFC 3339, appendix A: without fractions, and without gaps such as hours and seconds
/// without minutes.
pub(super) fn is_duration(text: &str) -> bool {
    let Some(text) = text.strip_prefix('P') else { return false };
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let is_time = |time: &str| is_run_of(time, "HMS");
    match (date, time) {
        ("", Some(time)) => is_time(time),
        (date, None) if date.ends_with('W') => is_run_of(date, "W"),
        (date, time) => is_run_of(date, "YMD") && time.is_none_or(is_time),
    }
}

/// Whether `text` is one or more numbers, each with a unit, and the units follow each other in `units`.
fn is_run_of(text: &str, units: &str) -> bool {
    let parts: Vec<&str> = text.split_inclusive(|c: char| !c.is_ascii_digit()).collect();
    let used: String = parts.iter().filter_map(|part| part.chars().last()).collect();
    let are_numbers = parts
        .iter()
        .all(|part| part.char_indices().last().is_some_and(|(unit, _)| are_digits(&part[..unit])));
    !used.is_empty() && units.contains(&used) && are_numbers
}

/// The number that exactly `count` digits stand for.
fn digits(text: &str, count: usize) -> Option<u32> {
    if text.len() == count && are_digits(text) { text.parse().ok() } else { None }
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
