//! What the keywords say of numbers. Bounds are compared as they are written, in base ten.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::Checker;
use crate::{Keyword, Literal, Schema};
use contract_scalars::Decimal;

impl Checker {
    pub(super) fn number(&mut self, keyword: Keyword, schema: Schema, number: &Number) {
        let says = |wanted: fn(&Keyword) -> bool| schema.0.iter().any(wanted);
        let compared = |bound: Literal| compare(number, bound);
        match keyword {
            Keyword::Minimum(bound) if compared(bound).is_le() => {
                if says(|keyword| matches!(keyword, Keyword::MinimumIsExclusive)) {
                    self.not_greater(bound);
                } else if compared(bound).is_lt() {
                    self.report("minimum", || format!("must be at least {}", bound.to_value()));
                }
            }
            Keyword::Maximum(bound) if compared(bound).is_ge() => {
                if says(|keyword| matches!(keyword, Keyword::MaximumIsExclusive)) {
                    self.not_less(bound);
                } else if compared(bound).is_gt() {
                    self.report("maximum", || format!("must be at most {}", bound.to_value()));
                }
            }
            Keyword::ExclusiveMinimum(bound) if compared(bound).is_le() => self.not_greater(bound),
            Keyword::ExclusiveMaximum(bound) if compared(bound).is_ge() => self.not_less(bound),
            Keyword::MultipleOf(step) if !is_multiple(number, step) => {
                self.report("multipleOf", || {
                    format!("must be a multiple of {}", step.to_value())
                });
            }
            Keyword::Format(_, Some(format)) if !format.accepts_number(number) => {
                self.report("format", || format.expectation().to_owned());
            }
            _ => {}
        }
    }

    fn not_greater(&mut self, bound: Literal) {
        self.report("exclusiveMinimum", || {
            format!("must be greater than {}", bound.to_value())
        });
    }

    fn not_less(&mut self, bound: Literal) {
        self.report("exclusiveMaximum", || {
            format!("must be less than {}", bound.to_value())
        });
    }
}

/// A bound that is no number, which no contract has, bounds nothing.
fn compare(number: &Number, bound: Literal) -> Ordering {
    if let (Some(number), Literal::Integer(bound)) = (number.as_i64(), bound) {
        return number.cmp(&bound);
    }
    match (Decimal::of(number), bound.to_decimal()) {
        (Some(number), Some(bound)) => number.cmp(&bound),
        _ => Ordering::Equal,
    }
}

fn is_multiple(number: &Number, step: Literal) -> bool {
    match (Decimal::of(number), step.to_decimal()) {
        (Some(number), Some(step)) => number.is_multiple_of(&step),
        _ => false,
    }
}

pub(crate) fn is_whole(number: &Number) -> bool {
    number.is_i64() || number.is_u64() || Decimal::of(number).is_some_and(|decimal| decimal.is_whole())
}

/// Rewrites `2.0` to `2`, if 64 bits hold it.
pub(super) fn make_whole(value: &mut Value) {
    let Value::Number(number) = value else { return };
    if let Some(whole) = Decimal::of(number).and_then(|decimal| decimal.to_integer()) {
        *value = whole;
    }
}
