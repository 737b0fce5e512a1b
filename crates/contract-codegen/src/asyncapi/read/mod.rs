//! From the document to the model.

mod channels;
mod messages;
mod operations;
mod places;
mod servers;

use indexmap::IndexSet;
use serde_json::Value;

use super::expression::Expression;
use super::model::{Described, EventContract};
use super::traits::Fields;
use crate::source::child;
use crate::{Ledger, Refusal, Refusals, Source, Warning};
use places::Places;

/// An event contract as it was read.
#[derive(Debug)]
pub struct ReadEvents {
    /// The model.
    pub contract: EventContract,
    /// The document to which the pointers of the model belong: the contract's, with the headers written down that are made of
    /// several traits.
    pub source: Source,
    /// What is shown only, though a reader may expect more of it.
    pub warnings: Vec<Warning>,
}

/// A text in a field.
fn text(value: &Value, field: &str) -> Option<String> {
    Some(value.get(field)?.as_str()?.to_owned())
}

/// The text of a field for which numbers and truth values are taken as they are written.
fn word(value: &Value, field: &str) -> Option<String> {
    Some(as_word(value.get(field)?))
}

/// The texts of a list in such a field, each once.
fn words(value: &Value, field: &str) -> Vec<String> {
    let items = value.get(field).and_then(Value::as_array);
    let texts: IndexSet<String> = items.into_iter().flatten().map(as_word).collect();
    texts.into_iter().collect()
}

fn as_word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Reads what stands where, and collects what is wrong with it.
pub(super) struct Reader<'a> {
    source: &'a Source,
    refusals: Vec<Refusal>,
    warnings: Vec<Warning>,
    /// What several traits say together, and where it belongs.
    merged: Vec<(String, Value)>,
    contract: EventContract,
    messages: Places,
    channels: Places,
    servers: Places,
}

impl EventContract {
    /// Reads any AsyncAPI contract.
    pub fn read(source: &Source) -> Result<ReadEvents, Refusals> {
        source
            .said_dialect()
            .and_then(|dialect| {
                let wrong = || source.refuse("", "is no AsyncAPI contract");
                if dialect.is_openapi() {
                    Err(wrong())
                } else {
                    Ok(())
                }
            })
            .map_err(|refusal| Refusals(vec![refusal]))?;
        let ledger = Ledger::of(source, crate::Language::Plain);
        if !ledger.refusals.is_empty() {
            return Err(Refusals(ledger.refusals));
        }
        let mut reader = Reader::new(source, ledger.warnings);
        reader.read();
        reader.finish()
    }
}

impl<'a> Reader<'a> {
    fn new(source: &'a Source, warnings: Vec<Warning>) -> Self {
        Self {
            source,
            refusals: Vec::new(),
            warnings,
            merged: Vec::new(),
            contract: EventContract::default(),
            messages: Places::default(),
            channels: Places::default(),
            servers: Places::default(),
        }
    }

    fn read(&mut self) {
        let text = |pointer: &str| self.source.at(pointer).and_then(Value::as_str).map(str::to_owned);
        self.contract.title = text("/info/title").unwrap_or_default();
        self.contract.version = text("/info/version").unwrap_or_default();
        self.contract.description = text("/info/description");
        self.contract.default_content_type = text("/defaultContentType");
        self.read_servers();
        self.read_messages();
        self.read_channels();
        self.read_operations();
    }

    fn finish(self) -> Result<ReadEvents, Refusals> {
        let refusals = Refusals::unique(self.refusals);
        if !refusals.0.is_empty() {
            return Err(refusals);
        }
        Ok(ReadEvents {
            contract: self.contract,
            source: self.source.with(&self.merged),
            warnings: self.warnings,
        })
    }

    fn refuse(&mut self, pointer: &str, reason: impl Into<String>) {
        self.refusals.push(self.source.refuse(pointer, reason));
    }

    fn warn(&mut self, pointer: &str, reason: impl Into<String>) {
        self.warnings.push(self.source.warn(pointer, reason));
    }

    /// The keys of the objects under `pointer`, and where they stand.
    fn entries(&self, pointer: &str) -> Vec<(String, String)> {
        let members = self.source.at(pointer).and_then(Value::as_object);
        let keys = members.into_iter().flat_map(serde_json::Map::keys);
        keys.map(|key| (key.clone(), child(pointer, key))).collect()
    }

    /// The objects of a kind that stands both at the root and in the components: those of the root first.
    fn all(&self, kind: &str) -> Vec<(String, String)> {
        let mut entries = self.entries(&format!("/{kind}"));
        entries.extend(self.entries(&format!("/components/{kind}")));
        entries
    }

    /// The fields of the object at `pointer`, or that it refers to, with its traits. What several of them say together goes into the
    /// document that the model belongs to.
    fn fields(&mut self, pointer: &str) -> Option<Fields> {
        let fields = Fields::read(self.source, pointer, &mut self.refusals);
        if fields.is_none() {
            self.refuse(pointer, "leads nowhere");
        }
        fields
    }

    fn described(&self, fields: &Fields) -> Described {
        Described {
            title: fields.text("title"),
            summary: fields.text("summary"),
            description: fields.text("description"),
            tags: self.tags(fields),
            bindings: fields.get("bindings").map(|field| self.followed(&field.value)),
        }
    }

    fn tags(&self, fields: &Fields) -> Vec<String> {
        let name = |tag: &Value| Some(self.followed(tag).get("name")?.as_str()?.to_owned());
        fields.items("tags").iter().filter_map(name).collect()
    }

    /// A value with the reference that it is followed.
    fn followed(&self, value: &Value) -> Value {
        let reference = value.get("$ref").and_then(Value::as_str);
        let target = reference.and_then(|text| self.source.resolve(text.strip_prefix('#')?));
        target.map_or_else(|| value.clone(), |(_, value)| value.clone())
    }

    /// The security requirements of a server or an operation, with references followed.
    fn security(&self, fields: &Fields) -> Option<Value> {
        let items = fields.value("security")?.as_array()?;
        Some(items.iter().map(|item| self.followed(item)).collect())
    }

    /// A runtime expression in the field `location` of the object in the field `name`.
    fn located(&mut self, fields: &Fields, name: &str) -> Option<Expression> {
        let field = fields.get(name)?;
        let pointer = field.pointer.clone();
        let value = self.followed(&field.value);
        let text = value.get("location")?.as_str()?.to_owned();
        let description = value
            .get("description")
            .and_then(Value::as_str)
            .map(str::to_owned);
        self.expression(&pointer, &text, description)
    }

    fn expression(&mut self, pointer: &str, text: &str, description: Option<String>) -> Option<Expression> {
        let Some(expression) = Expression::parse(text) else {
            let reason = format!(
                "`{text}` is no runtime expression (`$message.header#/…` or `$message.payload#/…`); it is shown, and nothing else"
            );
            self.warn(pointer, reason);
            return None;
        };
        Some(Expression {
            description,
            ..expression
        })
    }
}
