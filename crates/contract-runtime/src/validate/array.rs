//! What the keywords say of arrays.

use serde_json::Value;

use super::seen::Seen;
use super::{Checker, as_count, counted, equality};
use crate::{Keyword, Schema};

impl Checker {
    pub(super) fn array(
        &mut self,
        keyword: Keyword,
        schema: Schema,
        items: &[Value],
        seen: Option<&mut Seen>,
    ) {
        let count = as_count(items.len());
        match keyword {
            Keyword::MinItems(least) if count < least => {
                self.report("minItems", || {
                    format!("must have at least {}", counted(least, "item", "items"))
                });
            }
            Keyword::MaxItems(most) if count > most => {
                self.report("maxItems", || {
                    format!("must have at most {}", counted(most, "item", "items"))
                });
            }
            Keyword::UniqueItems if equality::has_duplicate(items) => {
                self.report("uniqueItems", || "must not hold the same item twice".to_owned());
            }
            Keyword::PrefixItems(schemas) => {
                for (index, (item, schema)) in items.iter().zip(schemas).enumerate() {
                    self.item(index, item, *schema);
                }
                if let Some(seen) = seen {
                    seen.items_before = seen.items_before.max(schemas.len());
                }
            }
            Keyword::Items(rest) | Keyword::AdditionalItems(rest) => {
                for (index, item) in items.iter().enumerate().skip(prefix_length(schema)) {
                    self.item(index, item, rest);
                }
                if let Some(seen) = seen {
                    seen.items_before = items.len();
                }
            }
            Keyword::Contains(wanted) => self.contains(wanted, schema, items, seen),
            _ => {}
        }
    }

    fn item(&mut self, index: usize, item: &Value, schema: Schema) {
        if !self.is_decided() {
            self.below(&index.to_string(), |checker| checker.part(schema, item));
        }
    }

    fn contains(&mut self, wanted: Schema, schema: Schema, items: &[Value], seen: Option<&mut Seen>) {
        let mut found = Vec::new();
        for (index, item) in items.iter().enumerate() {
            self.below(&index.to_string(), |checker| {
                if checker.tries(wanted, item, None) {
                    found.push(index);
                }
            });
        }
        let count = as_count(found.len());
        let bound = |select: fn(Keyword) -> Option<u64>| schema.find(select);
        let least = bound(|keyword| match keyword {
            Keyword::MinContains(least) => Some(least),
            _ => None,
        });
        let most = bound(|keyword| match keyword {
            Keyword::MaxContains(most) => Some(most),
            _ => None,
        });
        let least_wanted = least.unwrap_or(1);
        if count < least_wanted {
            let keyword = if least.is_some() {
                "minContains"
            } else {
                "contains"
            };
            self.report(keyword, || {
                let items = counted(least_wanted, "item", "items");
                format!("must have at least {items} as `contains` says")
            });
        }
        if let Some(most) = most.filter(|most| count > *most) {
            self.report("maxContains", || {
                let items = counted(most, "item", "items");
                format!("must have at most {items} as `contains` says")
            });
        }
        if let Some(seen) = seen {
            seen.items.extend(found);
        }
    }
}

/// How many of the first items have a schema of their own.
fn prefix_length(schema: Schema) -> usize {
    let length = |keyword| match keyword {
        Keyword::PrefixItems(schemas) => Some(schemas.len()),
        _ => None,
    };
    schema.find(length).unwrap_or_default()
}
