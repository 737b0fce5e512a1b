//! Dates, times and durations of RFC 3339.

/// `2026-01-31`
pub(super) fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2)) else {
        return false;
    };
    day >= 1 && day <= days_of(year, month)
}

fn days_of(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    }
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let is_number = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// `08:30:00Z`, `08:30:00.25+01:00`
pub(super) fn is_time(text: &str) -> bool {
    is_time_if_any(text).is_some()
}

fn is_time_if_any(text: &str) -> Option<()> {
    let (clock, offset_minutes) = match text.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, 0),
        None => with_offset(text)?,
    };
    let (clock, fraction) = clock
        .split_once('.')
        .map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let (hour, rest) = clock.split_once(':')?;
    let (minute, second) = rest.split_once(':')?;
    let (hour, minute, second) = (digits(hour, 2)?, digits(minute, 2)?, digits(second, 2)?);
    let fraction_is_digits =
        fraction.is_none_or(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    // A leap second is inserted at midnight UTC (RFC 3339 §5.7).
    let utc = i64::from(hour * 60 + minute) - offset_minutes;
    let is_second = second <= 59 || (second == 60 && utc.rem_euclid(24 * 60) == 24 * 60 - 1);
    (hour <= 23 && minute <= 59 && is_second && fraction_is_digits).then_some(())
}

/// The time before its offset, and the offset in minutes.
fn with_offset(text: &str) -> Option<(&str, i64)> {
    let at = text.rfind(['+', '-'])?;
    let (clock, offset) = text.split_at(at);
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let minutes = i64::from(hours * 60 + minutes);
    Some((
        clock,
        if offset.starts_with('-') {
            -minutes
        } else {
            minutes
        },
    ))
}

/// RFC 3339 leaves it to agreement whether a blank may stand for the `T`; contracts do not agree to it.
pub(super) fn is_date_time(text: &str) -> bool {
    text.split_once(['T', 't'])
        .is_some_and(|(date, time)| is_date(date) && is_time(time))
}

/// `P3DT12H`, `P2W`: parts in their order, none left out between two.
pub(super) fn is_duration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('P') else {
        return false;
    };
    if let Some(weeks) = rest.strip_suffix('W') {
        return is_count(weeks);
    }
    let (date, time) = rest
        .split_once('T')
        .map_or((rest, None), |(date, time)| (date, Some(time)));
    let is_time = time.is_none_or(|time| !time.is_empty() && are_parts(time, "HMS"));
    (time.is_some() || !date.is_empty()) && are_parts(date, "YMD") && is_time
}

fn is_count(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether `text` is of counts, each with one of the letters, which stand next to each other in `letters`.
fn are_parts(text: &str, letters: &str) -> bool {
    let mut used = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|character: char| !character.is_ascii_digit()) {
        let (count, after) = rest.split_at(at);
        let mut after = after.chars();
        if !is_count(count) {
            return false;
        }
        used.extend(after.next());
        rest = after.as_str();
    }
    rest.is_empty() && letters.contains(&used)
}
