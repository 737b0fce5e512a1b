//! Responses of an API, and what the oracle says of each.
//!
//! For each response that an operation declares, some are made of which every part is meant to be as declared, and some of which exactly
//! one part is not. A part is a header, the body or the status. As with requests, what was meant counts for nothing: what is on the wire
//! is read back into every value that it may stand for.

mod declared;
mod header;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::instance::Maker;
use crate::request::content::MadeBody;
use crate::request::operation::{self, Operation};
use crate::survey::message;
use crate::{Dialect, Direction, Judges, Survey, translated};
use declared::{Declared, Statuses};

/// A response as it is on the wire.
#[derive(Debug, Clone)]
pub struct Response {
    /// The method of the operation that answers.
    pub method: &'static str,
    /// The path of the operation, as the contract writes it.
    pub path: String,
    /// The status.
    pub status: u16,
    /// The header fields.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Asks `check` about `count` responses, evenly over the operations of a contract, but about each that an operation declares at least
/// once as it should be and once with a fault. `check` says why the API does not declare a response.
pub fn survey_responses(
    document: &Value,
    mut check: impl FnMut(&Response) -> Result<(), String>,
    count: usize,
    seed: u64,
) -> Result<Survey, String> {
    let dialect = Dialect::of(document).ok_or("this crate has no rules for the document's version")?;
    let responses = translated(document, dialect, Direction::Response);
    let judges = Judges::new(&responses, dialect)?;
    let operations = operation::all(document);
    let each = count.div_ceil(operations.len().max(1));
    let mut survey = Survey::default();
    for (index, operation) in operations.iter().enumerate() {
        let random = Rng::with_seed(seed.wrapping_add(index as u64));
        let mut driver = Driver::new(&responses, &judges, operation, random, &mut survey);
        for turn in 0..each.max(2 * driver.declared.len()) {
            driver.turn(turn / 2, turn % 2 == 1, &mut check, &mut survey);
        }
    }
    Ok(survey)
}

/// Makes the responses of one operation.
struct Driver<'a> {
    operation: &'a Operation<'a>,
    statuses: Statuses,
    declared: Vec<Declared<'a>>,
    maker: Maker<'a>,
}

/// What is broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Status,
    Header(usize),
    Body,
}

/// A response with what is known of it.
struct Made {
    response: Response,
    verdicts: Vec<Option<bool>>,
    told: Vec<Value>,
}

impl<'a> Driver<'a> {
    fn new(
        responses: &'a Value,
        judges: &Judges,
        operation: &'a Operation<'a>,
        random: Rng,
        survey: &mut Survey,
    ) -> Self {
        let mut declared = Vec::new();
        let mut statuses = Statuses::default();
        for (key, pointer) in declared::listed(responses, operation) {
            statuses.add(key);
            match Declared::read(responses, judges, &pointer, key) {
                Ok(one) => declared.push(one),
                Err(why) => survey.skip(why),
            }
        }
        Self {
            operation,
            statuses,
            declared,
            maker: Maker::new(responses, random),
        }
    }

    /// Makes a response, as declared or with one fault, asks about it, and notes what is said.
    fn turn(
        &mut self,
        index: usize,
        is_faulty: bool,
        check: &mut impl FnMut(&Response) -> Result<(), String>,
        survey: &mut Survey,
    ) {
        let Some(made) = self.make(index, is_faulty) else {
            return;
        };
        let is_valid = if made.verdicts.contains(&Some(false)) {
            false
        } else if made.verdicts.contains(&None) {
            survey.undecided += 1;
            return;
        } else {
            true
        };
        let found = check(&made.response);
        match (is_valid, &found) {
            (true, Ok(())) => survey.accepted += 1,
            (false, Err(_)) => survey.refused += 1,
            (_, found) => survey.disagree(|| self.told(is_valid, &made, found)),
        }
    }

    /// A response of the declared one at `index`, counted round; none where there is nothing of the kind.
    fn make(&mut self, index: usize, is_faulty: bool) -> Option<Made> {
        let index = index.checked_rem(self.declared.len())?;
        let declared = self.declared.get(index)?;
        let random = &mut self.maker.random;
        let status = self.statuses.of(&declared.key, random)?;
        let undeclared = self.statuses.undeclared(random);
        let has_body = self.operation.method != "HEAD" && !matches!(status, 100..=199 | 204 | 304);
        let mut faults: Vec<Fault> = (0..declared.headers.len()).map(Fault::Header).collect();
        faults.extend(undeclared.map(|_| Fault::Status));
        // The body is what most of a contract speaks of.
        faults.extend([Fault::Body; 3].into_iter().filter(|_| has_body));
        let fault = if is_faulty {
            Some(random.choice(faults)?)
        } else {
            None
        };
        let mut made = Made {
            response: Response {
                method: self.operation.method,
                path: self.operation.path.to_owned(),
                status,
                headers: Vec::new(),
                body: Vec::new(),
            },
            verdicts: Vec::new(),
            told: Vec::new(),
        };
        if let (Some(Fault::Status), Some(undeclared)) = (fault, undeclared) {
            made.response.status = undeclared;
            made.verdicts.push(Some(false));
        }
        for (place, header) in declared.headers.iter().enumerate() {
            let one = header.make(&mut self.maker, fault == Some(Fault::Header(place)));
            made.verdicts.push(header.verdict(&one.lines));
            made.told.push(one.told);
            let lines = one.lines.into_iter();
            made.response
                .headers
                .extend(lines.map(|line| (header.name().to_owned(), line)));
        }
        if has_body {
            let body = declared.body(&mut self.maker, fault == Some(Fault::Body))?;
            made.add(body);
        }
        Some(made)
    }

    /// A disagreement, with all that is needed to understand it.
    fn told(&self, is_valid: bool, made: &Made, found: &Result<(), String>) -> Value {
        let Response {
            status,
            headers,
            body,
            ..
        } = &made.response;
        json!({
            "operation": format!("{} {}", self.operation.method, self.operation.path),
            "pointer": self.operation.pointer,
            "oracle": if is_valid { "accepts" } else { "refuses" },
            "status": if found.is_ok() { "as declared" } else { "as undeclared" },
            "answer": found.as_ref().err(),
            "request": message(&status.to_string(), headers, Some(body)),
            "parts": made.told,
        })
    }
}

impl Made {
    fn add(&mut self, body: MadeBody) {
        self.verdicts.push(body.is_valid);
        self.told.push(body.told);
        if let Some((media_type, bytes)) = body.bytes {
            self.response
                .headers
                .push(("content-type".to_owned(), media_type));
            self.response.body = bytes;
        }
    }
}

#[cfg(test)]
mod tests;
