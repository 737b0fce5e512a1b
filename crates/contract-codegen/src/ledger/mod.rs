//! The ledger: what becomes of each JSON pointer of a contract.

mod circles;
mod composition;
mod enforced;
mod fields;
mod held;
mod keywords;
mod numbers;
mod patterns;
mod reach;
mod references;
mod walk;

use serde_json::Value;

use self::numbers::Numbers;
use crate::grammar::{Grammar, Shape};
use crate::openapi::twins;
use crate::source::escape;
use crate::{Language, Refusal, Source, Warning};

/// What becomes of a JSON pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A request or an event that breaks it is refused.
    Enforced,
    /// It is shown to readers, or is structure around what is enforced.
    Documented,
    /// The generation stops because of it.
    Refused,
}

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The JSON pointer.
    pub pointer: String,
    /// What becomes of it.
    pub class: Class,
}

/// How many refusals, and how many warnings, are told one by one: nobody reads more, and a hostile contract could want millions.
const REMARKS_MAX: usize = 1000;

/// Every JSON pointer of a contract, in the order of the document.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The class of each value, in the order of the document.
    classes: Vec<Class>,
    /// Why the refused ones are refused.
    pub refusals: Vec<Refusal>,
    /// What is only shown, though a reader may expect more of it.
    pub warnings: Vec<Warning>,
    /// The references: the number of each, and that of what it leads to.
    pub(crate) links: Vec<(usize, usize)>,
    /// What can be left out by itself, wherever it stands: links and mappings of discriminators, each with its pointer.
    pub(crate) loose: Vec<(usize, String)>,
    /// Components to which nothing refers, in Rollcall's own language. They stop the generation too, but not before all else was looked at.
    pub unused: Vec<Refusal>,
}

impl Ledger {
    /// Walks a contract that is read as `language`, along the grammar of the specification that it says it follows.
    #[must_use]
    pub fn of(source: &Source, language: Language) -> Self {
        let grammar = Grammar::of(source, language);
        let root = Shape::of_root(grammar.dialect);
        let mut numbers = Numbers::new(source);
        let reach = reach::reach(source, grammar, root, &mut numbers);
        let mut ledger = walk::walk(source, grammar, root, reach, numbers);
        if language == Language::Plain && source.dialect().is_openapi() && ledger.refusals.is_empty() {
            for pointer in twins::shown_only(source) {
                ledger.show_only(source, &pointer);
            }
        }
        ledger
    }

    /// Nothing at `pointer` is enforced.
    fn show_only(&mut self, source: &Source, pointer: &str) {
        let first = source.number(pointer);
        let classes = self.classes.iter_mut().skip(first);
        for class in classes.take(source.count(first)) {
            *class = Class::Documented;
        }
    }

    /// How many pointers are enforced, documented and refused.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |class| self.classes.iter().filter(|other| **other == class).count();
        (
            count(Class::Enforced),
            count(Class::Documented),
            count(Class::Refused),
        )
    }

    /// The class of the value at `pointer` of the source that this is the ledger of.
    #[must_use]
    pub fn class_of(&self, source: &Source, pointer: &str) -> Option<Class> {
        source.at(pointer)?;
        self.classes.get(source.number(pointer)).copied()
    }

    /// The lines, in the order of the source that this is the ledger of.
    #[must_use]
    pub fn entries(&self, source: &Source) -> Vec<LedgerEntry> {
        let mut entries = Vec::with_capacity(self.classes.len());
        self.collect(&mut String::new(), source.root(), &mut entries);
        entries
    }

    fn collect(&self, pointer: &mut String, value: &Value, entries: &mut Vec<LedgerEntry>) {
        let Some(class) = self.classes.get(entries.len()) else {
            return;
        };
        entries.push(LedgerEntry {
            pointer: pointer.clone(),
            class: *class,
        });
        let length = pointer.len();
        let mut below = |token: &str, value: &Value| {
            pointer.push('/');
            pointer.push_str(token);
            self.collect(pointer, value, entries);
            pointer.truncate(length);
        };
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    below(&index.to_string(), item);
                }
            }
            Value::Object(members) => members
                .iter()
                .for_each(|(name, member)| below(&escape(name), member)),
            _ => {}
        }
    }
}
