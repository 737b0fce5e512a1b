//! What is told of a value that no member of a union accepts: what is wrong with the member that was most likely meant.

use serde_json::Value;

use super::{Checker, Mode};
use crate::{Keyword, Schema};

/// A value of another kind altogether was not meant for a member.
const OF_ANOTHER_KIND: usize = 1_000_000;

/// Nor was one that says something else where members say one thing each.
const OF_ANOTHER_NAME: usize = 1_000;

/// How much a part that `schema` refuses counts against its whole.
pub(super) fn weight(schema: Schema) -> usize {
    let names = |keyword| matches!(keyword, Keyword::Const(_) | Keyword::Enum(_)).then_some(());
    if schema.find_resolved(names).is_some() {
        OF_ANOTHER_NAME
    } else {
        1
    }
}

/// How a discriminator tells members apart.
struct Discriminator {
    property: &'static str,
    mapping: &'static [(&'static str, &'static Schema)],
}

impl Checker {
    /// Says that none of `schemas` accepts `value`, and why not.
    pub(super) fn none_accepts(
        &mut self,
        keyword: &'static str,
        schemas: &[Schema],
        schema: Schema,
        value: &Value,
    ) {
        if self.is_decided() {
            return;
        }
        if self.mode != Mode::Telling {
            return self.report(keyword, String::new);
        }
        let discriminator = schema.find(|keyword| match keyword {
            Keyword::Discriminator { property, mapping } => Some(Discriminator { property, mapping }),
            _ => None,
        });
        match discriminator {
            Some(discriminator) if value.is_object() => self.discriminated(&discriminator, schemas, value),
            _ => self.guessed(keyword, schemas, value),
        }
    }

    fn discriminated(&mut self, discriminator: &Discriminator, schemas: &[Schema], value: &Value) {
        let said = value.get(discriminator.property);
        let named = said.and_then(Value::as_str);
        let meant = named.and_then(|name| {
            schemas
                .iter()
                .find(|member| discriminator.names(**member).contains(&name))
        });
        if let Some(meant) = meant {
            return self.schema(*meant, value, None);
        }
        let allowed: Vec<String> = schemas
            .iter()
            .flat_map(|member| discriminator.names(*member))
            .map(|name| Value::from(name).to_string())
            .collect();
        self.below(discriminator.property, |checker| {
            checker.report("discriminator", || {
                let verb = if said.is_some() { "be" } else { "be present and" };
                format!("must {verb} one of {}", allowed.join(", "))
            });
        });
    }

    fn guessed(&mut self, keyword: &'static str, schemas: &[Schema], value: &Value) {
        let labels: Vec<String> = schemas
            .iter()
            .enumerate()
            .map(|(index, member)| member.label(index))
            .collect();
        let distances: Vec<usize> = schemas
            .iter()
            .map(|member| self.distance(*member, value))
            .collect();
        let nearest = (0..schemas.len())
            .zip(distances)
            .min_by_key(|(_, distance)| *distance)
            .filter(|(_, distance)| *distance < OF_ANOTHER_KIND)
            .map(|(index, _)| index);
        self.report(keyword, || {
            let mut message = format!("must match one of {}", labels.join(", "));
            if let Some(name) = nearest.and_then(|index| labels.get(index)) {
                message.push_str("; the nearest is ");
                message.push_str(name);
            }
            message
        });
        if let Some(nearest) = nearest.and_then(|index| schemas.get(index)) {
            self.schema(*nearest, value, None);
        }
    }

    fn distance(&mut self, member: Schema, value: &Value) -> usize {
        let kinds = member.kinds();
        if !kinds.is_empty() && !kinds.iter().any(|kind| super::is_of_kind(*kind, value)) {
            return OF_ANOTHER_KIND;
        }
        self.counted(Mode::Counting, member, value, None)
    }
}

impl Discriminator {
    /// The values of the property that mean a member: those that are mapped to it, or else its name.
    fn names(&self, member: Schema) -> Vec<&'static str> {
        let target = member.find(|keyword| match keyword {
            Keyword::Ref { reference, schema } => Some((reference, schema)),
            _ => None,
        });
        let Some((reference, target)) = target else {
            return Vec::new();
        };
        let mapped = self
            .mapping
            .iter()
            .filter(|(_, schema)| std::ptr::eq(*schema, target));
        let mut names: Vec<&str> = mapped.map(|(name, _)| *name).collect();
        if names.is_empty() {
            names.extend(reference.rsplit('/').next());
        }
        names
    }
}

impl Schema {
    /// What a person knows this schema by, as the member at `index` of a union.
    pub(super) fn label(self, index: usize) -> String {
        if let Some((reference, _)) = self.reference() {
            return reference.rsplit('/').next().unwrap_or(reference).to_owned();
        }
        let title = |keyword| match keyword {
            Keyword::Title(title) => Some(title.to_owned()),
            _ => None,
        };
        self.find(title)
            .unwrap_or_else(|| format!("alternative {}", index + 1))
    }
}
