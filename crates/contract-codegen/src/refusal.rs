//! What a contract says that cannot be taken over, and where.

use std::fmt;

use indexmap::IndexSet;

/// One thing that stops the generation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Refusal {
    /// The contract's file.
    pub file: String,
    /// The line, from 1; 0 where it is not known.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// The JSON pointer.
    pub pointer: String,
    /// Why.
    pub reason: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            // The file as such: nothing of it could be read.
            return write!(formatter, "{}: {}", self.file, self.reason);
        }
        write!(
            formatter,
            "{}:{}:{}: {}: {}",
            self.file, self.line, self.column, self.pointer, self.reason
        )
    }
}

/// One thing that does not stop the generation, though a reader of the contract may expect more of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is that of a refusal")]
pub struct Warning {
    pub file: String,
    pub line: u64,
    pub column: u64,
    pub pointer: String,
    pub reason: String,
}

impl From<Refusal> for Warning {
    fn from(refusal: Refusal) -> Self {
        let Refusal {
            file,
            line,
            column,
            pointer,
            reason,
        } = refusal;
        Self {
            file,
            line,
            column,
            pointer,
            reason,
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}:{}:{}: {}: {}",
            self.file, self.line, self.column, self.pointer, self.reason
        )
    }
}

/// Everything that stops the generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals(pub Vec<Refusal>);

impl Refusals {
    /// Without repetitions: what stands in a component is met once for each operation that refers to it.
    pub(crate) fn unique(refusals: Vec<Refusal>) -> Self {
        Self(
            refusals
                .into_iter()
                .collect::<IndexSet<_>>()
                .into_iter()
                .collect(),
        )
    }
}

impl fmt::Display for Refusals {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, refusal) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(formatter)?;
            }
            refusal.fmt(formatter)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusals {}
