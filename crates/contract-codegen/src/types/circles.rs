//! Names of types that lead back to themselves: Rust has no `type A = Vec<A>`.

use super::boxes::{strongly_connected, uses};
use super::model::{Core, Item, Kind, Use};

/// Gives every name of a type that is part of a circle of nothing but such names a type of its own.
pub(super) fn break_circles(items: &mut [Item<'_>]) {
    forget_endless(items);
    let edges: Vec<Vec<usize>> = items.iter().map(|item| aliased(item, items)).collect();
    let components = strongly_connected(&edges);
    for (index, targets) in edges.iter().enumerate() {
        let is_circular = targets
            .iter()
            .any(|target| components.get(*target) == components.get(index));
        if is_circular
            && let Some(item) = items.get_mut(index)
            && let Kind::Alias(used) = &item.kind
        {
            item.kind = Kind::Newtype(used.clone());
        }
    }
}

/// The other names that this name needs, be it in a list.
fn aliased(item: &Item<'_>, items: &[Item<'_>]) -> Vec<usize> {
    let mut found = Vec::new();
    if matches!(item.kind, Kind::Alias(_)) {
        for used in uses(item) {
            used.named(&mut found);
        }
    }
    found.retain(|index| {
        items
            .get(*index)
            .is_some_and(|item| matches!(item.kind, Kind::Alias(_)))
    });
    found
}

/// Types that are each other and nothing else say nothing of a value, and whoever read one would never come to an end.
fn forget_endless(items: &mut [Item<'_>]) {
    let edges: Vec<Vec<usize>> = items
        .iter()
        .map(|item| only(item).into_iter().collect())
        .collect();
    let components = strongly_connected(&edges);
    for (index, targets) in edges.iter().enumerate() {
        let is_endless = targets
            .iter()
            .any(|target| components.get(*target) == components.get(index));
        if is_endless && let Some(item) = items.get_mut(index) {
            match &mut item.kind {
                Kind::Alias(used) | Kind::Newtype(used) => *used = Use::json(),
                _ => {}
            }
        }
    }
}

/// The item that this one is, if it is nothing else.
fn only(item: &Item<'_>) -> Option<usize> {
    match &item.kind {
        Kind::Alias(used) | Kind::Newtype(used) => match used.core {
            Core::Named(index) => Some(index),
            _ => None,
        },
        _ => None,
    }
}
