//! What a schema says of a part of a value, as a formula of the schemas that speak of that part.
//!
//! A formula never says less than the schema: what it refuses, the schema refuses too. Where the schema says it in a way that is not
//! looked into (`not`, `if`, a `$dynamicRef`), the formula says nothing.

use serde_json::Value;

use super::kinds::{Kinds, kinds};
use crate::{Direction, Keyword, Schema};

/// How many schemas are looked through for one part; what is beyond that says nothing.
const SCHEMA_COUNT_MAX: usize = 256;

/// So deep references and compositions are followed.
const DEPTH_MAX: usize = 32;

/// What is said of a value.
#[derive(Debug, Clone)]
pub(super) enum Formula {
    /// This schema.
    Schema(Schema),
    /// All of these; nothing where there are none.
    All(Vec<Formula>),
    /// At least one of these.
    Any(Vec<Formula>),
}

/// A part of a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'a> {
    Member(&'a str),
    Item(usize),
}

impl Formula {
    /// Nothing.
    const NOTHING: Self = Self::All(Vec::new());

    pub(super) fn kinds(&self) -> Kinds {
        match self {
            Self::Schema(schema) => kinds(*schema, 0),
            Self::All(all) => all.iter().map(Self::kinds).fold(Kinds::ALL, Kinds::and),
            Self::Any(any) => any.iter().map(Self::kinds).fold(Kinds::NONE, Kinds::or),
        }
    }

    pub(super) fn accepts(&self, direction: Direction, value: &Value) -> bool {
        match self {
            Self::Schema(schema) => schema.accepts_in(direction, value),
            Self::All(all) => all.iter().all(|one| one.accepts(direction, value)),
            Self::Any(any) => any.iter().any(|one| one.accepts(direction, value)),
        }
    }

    /// What is said of a part.
    pub(super) fn part(&self, part: Part<'_>) -> Self {
        let mut budget = SCHEMA_COUNT_MAX;
        self.part_within(part, &mut budget, 0)
    }

    fn part_within(&self, part: Part<'_>, budget: &mut usize, depth: usize) -> Self {
        match self {
            Self::Schema(schema) => of_schema(*schema, part, budget, depth),
            Self::All(all) => Self::all(
                all.iter()
                    .map(|one| one.part_within(part, budget, depth))
                    .collect(),
            ),
            Self::Any(any) => Self::any(
                any.iter()
                    .map(|one| one.part_within(part, budget, depth))
                    .collect(),
            ),
        }
    }

    fn is_nothing(&self) -> bool {
        matches!(self, Self::All(all) if all.is_empty())
    }

    fn all(mut all: Vec<Self>) -> Self {
        all.retain(|one| !one.is_nothing());
        match all.len() {
            1 => all.swap_remove(0),
            _ => Self::All(all),
        }
    }

    fn any(any: Vec<Self>) -> Self {
        if any.iter().any(Self::is_nothing) {
            return Self::NOTHING;
        }
        Self::Any(any)
    }

    /// The schemas that it is made of.
    pub(super) fn schemas(&self, found: &mut Vec<Schema>) {
        match self {
            Self::Schema(schema) => found.push(*schema),
            Self::All(all) | Self::Any(all) => all.iter().for_each(|one| one.schemas(found)),
        }
    }
}

fn of_schema(schema: Schema, part: Part<'_>, budget: &mut usize, depth: usize) -> Formula {
    if depth > DEPTH_MAX || *budget == 0 {
        return Formula::NOTHING;
    }
    *budget -= 1;
    let mut all = own(schema, part);
    for keyword in schema.0 {
        let mut below = |schema: &Schema| of_schema(*schema, part, budget, depth + 1);
        let said = match keyword {
            Keyword::AllOf(schemas) => Formula::all(schemas.iter().map(below).collect()),
            Keyword::AnyOf(schemas) | Keyword::OneOf(schemas) => {
                Formula::any(schemas.iter().map(below).collect())
            }
            Keyword::Ref { schema, .. } => below(schema),
            Keyword::Late(schema) => schema.get().map_or(Formula::NOTHING, below),
            _ => continue,
        };
        all.push(said);
    }
    Formula::all(all)
}

/// What the keywords of one schema say of a part.
fn own(schema: Schema, part: Part<'_>) -> Vec<Formula> {
    let said = match part {
        Part::Member(name) => of_member(schema, name),
        Part::Item(index) => of_item(schema, index),
    };
    said.into_iter().map(Formula::Schema).collect()
}

fn of_member(schema: Schema, name: &str) -> Vec<Schema> {
    let mut found = Vec::new();
    let mut others = None;
    for keyword in schema.0 {
        match keyword {
            Keyword::Properties(properties) => {
                let own = properties.iter().filter(|property| property.name == name);
                found.extend(own.map(|property| property.schema));
            }
            Keyword::PatternProperties(patterns) => {
                let matching = patterns.iter().filter(|(pattern, _)| pattern.matches(name));
                found.extend(matching.map(|(_, schema)| *schema));
            }
            Keyword::AdditionalProperties(schema) => others = Some(*schema),
            _ => {}
        }
    }
    if found.is_empty() {
        found.extend(others);
    }
    found
}

fn of_item(schema: Schema, index: usize) -> Vec<Schema> {
    let prefix = schema.find(|keyword| match keyword {
        Keyword::PrefixItems(schemas) => Some(schemas),
        _ => None,
    });
    if let Some(own) = prefix.and_then(|schemas| schemas.get(index)) {
        return vec![*own];
    }
    let rest = |keyword: &Keyword| match keyword {
        Keyword::Items(schema) => Some(*schema),
        Keyword::AdditionalItems(schema) if prefix.is_some() => Some(*schema),
        _ => None,
    };
    schema.0.iter().filter_map(rest).collect()
}
