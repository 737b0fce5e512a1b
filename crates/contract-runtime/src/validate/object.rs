//! What the keywords say of objects.

use serde_json::{Map, Value};

use super::seen::Seen;
use super::{Checker, as_count, counted};
use crate::{Keyword, Pattern, Schema};

impl Checker {
    pub(super) fn object(
        &mut self,
        keyword: Keyword,
        schema: Schema,
        members: &Map<String, Value>,
        seen: Option<&mut Seen>,
    ) {
        let count = as_count(members.len());
        match keyword {
            Keyword::MinProperties(least) if count < least => {
                self.report("minProperties", || {
                    format!("must have at least {}", counted(least, "property", "properties"))
                });
            }
            Keyword::MaxProperties(most) if count > most => {
                self.report("maxProperties", || {
                    format!("must have at most {}", counted(most, "property", "properties"))
                });
            }
            Keyword::Required(names) => self.required(names, schema, members),
            Keyword::DependentRequired(dependencies) => {
                for (name, others) in dependencies
                    .iter()
                    .filter(|(name, _)| members.contains_key(*name))
                {
                    for other in others.iter().filter(|other| !members.contains_key(**other)) {
                        self.below(other, |checker| {
                            checker
                                .report("dependentRequired", || format!("must be present, as `{name}` is"));
                        });
                    }
                }
            }
            Keyword::PropertyNames(names) => {
                for name in members.keys() {
                    self.below(name, |checker| checker.property_name(names, name));
                }
            }
            Keyword::KeyPattern(pattern) => {
                for name in members.keys() {
                    self.below(name, |checker| checker.key(pattern, name));
                }
            }
            // Of the three keywords that share the members among them, the first one looks at all: so each member's violations stand together.
            Keyword::Properties(_) | Keyword::PatternProperties(_) | Keyword::AdditionalProperties(_)
                if is_first_of_members(keyword, schema) =>
            {
                self.members(schema, members, seen);
            }
            _ => {}
        }
    }

    fn required(&mut self, names: &[&str], schema: Schema, members: &Map<String, Value>) {
        for name in names.iter().filter(|name| !members.contains_key(**name)) {
            let is_waived = schema.0.iter().any(|keyword| match keyword {
                Keyword::NotRequiredIn(direction, waived) => {
                    self.direction == Some(*direction) && waived.contains(name)
                }
                _ => false,
            });
            if !is_waived {
                self.below(name, |checker| {
                    checker.report("required", || "must be present".to_owned());
                });
            }
        }
    }

    fn key(&mut self, pattern: &Pattern, name: &str) {
        if !self.occurs(pattern, name) {
            self.report("x-key-pattern", || {
                format!("must have a name that matches {}", pattern.source())
            });
        }
    }

    fn property_name(&mut self, names: Schema, name: &str) {
        let value = Value::from(name);
        if self.tries_passing(names, &value) {
            return;
        }
        self.report("propertyNames", || {
            let pattern = names.find_resolved(|keyword| match keyword {
                Keyword::Pattern(pattern) => Some(pattern),
                _ => None,
            });
            match pattern.filter(|pattern| !pattern.matches(name)) {
                Some(pattern) => format!("must have a name that matches {}", pattern.source()),
                None => "must have another name".to_owned(),
            }
        });
    }

    fn members(&mut self, schema: Schema, members: &Map<String, Value>, mut seen: Option<&mut Seen>) {
        for (name, member) in members {
            if self.is_decided() {
                return;
            }
            let mut is_seen = false;
            self.below(name, |checker| is_seen = checker.member(schema, name, member));
            if let Some(seen) = seen.as_deref_mut()
                && is_seen
            {
                seen.names.insert(name.clone());
            }
        }
    }

    /// Whether some keyword spoke of this member.
    fn member(&mut self, schema: Schema, name: &str, member: &Value) -> bool {
        let mut is_named = false;
        let mut additional = None;
        for keyword in schema.0 {
            match keyword {
                Keyword::Properties(properties) => {
                    if let Some(property) = properties.iter().find(|property| property.name == name) {
                        is_named = true;
                        self.part(property.schema, member);
                    }
                }
                Keyword::PatternProperties(patterns) => {
                    for (pattern, schema) in *patterns {
                        if self.occurs(pattern, name) {
                            is_named = true;
                            self.part(*schema, member);
                        }
                    }
                }
                Keyword::AdditionalProperties(schema) => additional = Some(*schema),
                _ => {}
            }
        }
        match additional {
            _ if is_named => {}
            None => return false,
            Some(Schema([Keyword::Never])) => self.report("additionalProperties", || {
                "is not a property of this object".to_owned()
            }),
            Some(schema) => self.part(schema, member),
        }
        true
    }
}

fn is_first_of_members(keyword: Keyword, schema: Schema) -> bool {
    let of_members = |keyword: &&Keyword| {
        matches!(
            keyword,
            Keyword::Properties(_) | Keyword::PatternProperties(_) | Keyword::AdditionalProperties(_)
        )
    };
    let first = schema.0.iter().find(of_members);
    first.is_some_and(|first| std::mem::discriminant(first) == std::mem::discriminant(&keyword))
}
