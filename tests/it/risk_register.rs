//! Accepted risks end: a waiver in `docs/risk-register.md` that is over, or that nobody owns, fails here.

use std::collections::BTreeSet;

use chrono::{Months, NaiveDate};
use rollcall::environment::{Environment as _, SystemEnvironment};

use crate::support::repository;

const OWNERS: [&str; 4] = ["security", "operations", "data", "engineering"];
/// The head of the table, by which it is found.
const HEAD: &str = "| id | risk | why it is accepted | what limits it | owner | expires |";
/// For how many months a risk may be accepted at once.
const MONTHS_MAX: Months = Months::new(9);

/// What is wrong with a register on the day `today`.
fn faults(register: &str, today: NaiveDate) -> Vec<String> {
    let mut rows = register.lines().skip_while(|line| *line != HEAD).skip(1);
    let Some("|---|---|---|---|---|---|") = rows.next() else {
        return vec![format!("there is no table with the head {HEAD}")];
    };
    let mut ids = BTreeSet::new();
    let mut faults = Vec::new();
    for row in rows.take_while(|row| !row.is_empty()) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let &[id, risk, reason, limits, owner, expires] = cells.as_slice() else {
            faults.push(format!("this row has {} cells and not 6: {row}", cells.len()));
            continue;
        };
        let mut fault = |what: &str| faults.push(format!("{id}: {what}"));
        if id
            .strip_prefix('R')
            .and_then(|number| number.parse::<u32>().ok())
            .is_none()
        {
            fault("the id is not R and a number");
        }
        if !ids.insert(id) {
            fault("the id is given twice");
        }
        if [risk, reason, limits]
            .iter()
            .any(|text| text.len() < 20 || !text.ends_with('.'))
        {
            fault("risk, reason and limits are sentences");
        }
        if !OWNERS.contains(&owner) {
            fault(&format!("{owner:?} is none of the roles {OWNERS:?}"));
        }
        match NaiveDate::parse_from_str(expires, "%Y-%m-%d") {
            Err(_) => fault(&format!("{expires:?} is no date such as 2027-03-31")),
            Ok(end) if end < today => fault(&format!(
                "it ended on {end}; mend it, or look again and say why it may stay"
            )),
            Ok(end) if end > today + MONTHS_MAX => fault("it lasts for more than nine months"),
            Ok(_) => {}
        }
    }
    if ids.is_empty() && faults.is_empty() {
        faults.push("the table has no rows".to_owned());
    }
    faults
}

#[test]
fn no_waiver_is_over_or_malformed() {
    let register = std::fs::read_to_string(repository().join("docs/risk-register.md")).expect("the register");
    let today = SystemEnvironment.now().date_naive();
    assert_eq!(faults(&register, today), Vec::<String>::new());
}

/// A register with one row, on the first of January 2027.
fn check(row: &str, expected: &[&str]) {
    let register = format!("# Risks\n\n{HEAD}\n|---|---|---|---|---|---|\n{row}\n\nMore.\n");
    let today = NaiveDate::from_ymd_opt(2027, 1, 1).expect("a day");
    let faults = faults(&register, today);
    assert_eq!(faults.len(), expected.len(), "{row}: {faults:?}");
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.contains(expected), "{row}: {fault}");
    }
}

#[test]
fn a_waiver_that_is_over_is_found() {
    let row = |expires: &str| {
        format!(
            "| R1 | It may break one day. | It costs much to mend. | It is watched closely. | data | {expires} |"
        )
    };
    check(&row("2027-06-30"), &[]);
    check(&row("2027-01-01"), &[]);
    check(&row("2026-12-31"), &["R1: it ended on 2026-12-31"]);
    check(&row("2020-02-29"), &["R1: it ended on 2020-02-29"]);
    check(&row("2028-01-01"), &["more than nine months"]);
}

#[test]
fn a_malformed_waiver_is_found() {
    let good = "It may break one day. | It costs much to mend. | It is watched closely.";
    for (row, expected) in [
        (format!("| R1 | {good} | data | soon |"), "\"soon\" is no date"),
        (
            format!("| R1 | {good} | data | 2027-02-30 |"),
            "\"2027-02-30\" is no date",
        ),
        (format!("| R1 | {good} | data | 30.06.2027 |"), "is no date"),
        (format!("| R1 | {good} | data | |"), "\"\" is no date"),
        (
            format!("| R1 | {good} | nobody | 2027-03-31 |"),
            "\"nobody\" is none of the roles",
        ),
        (
            format!("| R1 | {good} | | 2027-03-31 |"),
            "\"\" is none of the roles",
        ),
        (
            format!("| one | {good} | data | 2027-03-31 |"),
            "the id is not R and a number",
        ),
        (format!("| R1 | {good} | data |"), "has 5 cells"),
        (
            "| R1 | It may break one day. | | It is watched closely. | data | 2027-03-31 |".to_owned(),
            "are sentences",
        ),
        (
            format!("| R1 | {good} | data | 2027-03-31 |\n| R1 | {good} | data | 2027-03-31 |"),
            "the id is given twice",
        ),
    ] {
        check(&row, &[expected]);
    }
    check("", &["no rows"]);
    let today = NaiveDate::from_ymd_opt(2027, 1, 1).expect("a day");
    assert_eq!(faults("# Nothing\n", today).len(), 1);
}
