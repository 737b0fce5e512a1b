//! The table that the kit prints.

use std::fmt;

use super::ConformanceError;
use super::scenarios::{SCENARIOS, Scenario};
use super::stage::{Play, Trouble};

/// What a consumer came to in a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It did what it must.
    Passed,
    /// It did not.
    Failed,
}

/// How one scenario went; displayed as a row of the table.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The scenario.
    pub scenario: &'static Scenario,
    /// Passed or not.
    pub verdict: Verdict,
    /// What the consumer did, in words.
    pub got: String,
    /// The last lines on its standard error.
    pub complaints: Vec<String>,
}

pub(super) fn outcome(
    scenario: &'static Scenario,
    played: Play<String>,
    handled: &str,
    complaints: Vec<String>,
) -> Result<Outcome, ConformanceError> {
    let (verdict, got) = match played {
        Ok(got) => (Verdict::Passed, got),
        Err(Trouble::Failed(how)) => (Verdict::Failed, format!("{how} ({handled})")),
        Err(Trouble::Kit(error)) => return Err(error),
    };
    Ok(Outcome {
        scenario,
        verdict,
        got,
        complaints,
    })
}

/// The row above the outcomes.
#[must_use]
pub fn heading() -> String {
    row("scenario", "expected", "verdict", "got")
}

fn row(scenario: &str, expected: &str, verdict: &str, got: &str) -> String {
    let width = |of: fn(&Scenario) -> &str| SCENARIOS.iter().map(|scenario| of(scenario).len()).max();
    let name_width = width(|scenario| scenario.name).unwrap_or_default();
    let expected_width = width(|scenario| scenario.expected).unwrap_or_default();
    format!("{scenario:name_width$}  {expected:expected_width$}  {verdict:7}  {got}")
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Passed => "passed",
            Verdict::Failed => "FAILED",
        };
        let line = row(self.scenario.name, self.scenario.expected, verdict, &self.got);
        formatter.write_str(&line)?;
        if self.verdict == Verdict::Failed {
            for complaint in &self.complaints {
                write!(formatter, "\n    | {complaint}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_their_headings() {
        let outcome = Outcome {
            scenario: &SCENARIOS[0],
            verdict: Verdict::Failed,
            got: "GOT".to_owned(),
            complaints: vec!["why".to_owned()],
        };
        let text = outcome.to_string();
        let (line, complaint) = text.split_once('\n').unwrap();
        assert_eq!(line.find("FAILED"), heading().find("verdict"));
        assert_eq!(line.find("GOT"), heading().find("got"));
        assert_eq!(complaint, "    | why");
    }
}
