//! Types that contain themselves, and where a box breaks the circle.

use std::collections::HashSet;

use super::model::{Core, Item, Kind, Use};

/// The places where one item stands in another that it contains in turn.
#[derive(Debug, Default)]
pub(super) struct Boxed(HashSet<(usize, usize)>);

impl Boxed {
    pub(super) fn of(items: &[Item<'_>]) -> Self {
        let edges: Vec<Vec<usize>> = items.iter().map(contained).collect();
        let components = strongly_connected(&edges);
        let mut boxed = HashSet::new();
        for (from, targets) in edges.iter().enumerate() {
            for to in targets {
                if components.get(from) == components.get(*to) {
                    boxed.insert((from, *to));
                }
            }
        }
        // An item alone is connected to itself only where it names itself, so each of these edges is part of a circle.
        Self(boxed)
    }

    /// Whether `inner` needs a box where it stands in `outer`.
    pub(super) fn contains(&self, outer: usize, inner: usize) -> bool {
        self.0.contains(&(outer, inner))
    }
}

/// The items that stand in this one itself, and not behind a list or a map.
fn contained(item: &Item<'_>) -> Vec<usize> {
    let mut found = Vec::new();
    match &item.kind {
        // What a struct keeps beside its fields stands in a map.
        Kind::Struct { fields, .. } => fields.iter().for_each(|field| inside(&field.used, &mut found)),
        _ => uses(item).into_iter().for_each(|used| inside(used, &mut found)),
    }
    found
}

fn inside(used: &Use, found: &mut Vec<usize>) {
    match &used.core {
        Core::Named(index) => found.push(*index),
        Core::Tuple(items) => items.iter().for_each(|item| inside(item, found)),
        _ => {}
    }
}

/// The types that an item is made of.
pub(super) fn uses<'i>(item: &'i Item<'_>) -> Vec<&'i Use> {
    match &item.kind {
        Kind::Struct { fields, rest } => {
            let values = rest.iter().filter_map(|rest| rest.values.as_ref());
            fields.iter().map(|field| &field.used).chain(values).collect()
        }
        Kind::Union { variants, .. } => variants.iter().map(|variant| &variant.used).collect(),
        Kind::Newtype(used) | Kind::Alias(used) => vec![used],
        Kind::Pending | Kind::Words { .. } | Kind::Values(_) => Vec::new(),
    }
}

/// For each node the number of its strongly connected component (Tarjan's algorithm, without recursion: a contract may chain ten
/// thousand schemas).
pub(super) fn strongly_connected(edges: &[Vec<usize>]) -> Vec<usize> {
    let mut state = Search {
        index: vec![None; edges.len()],
        low: vec![0; edges.len()],
        on_stack: vec![false; edges.len()],
        component: vec![usize::MAX; edges.len()],
        ..Search::default()
    };
    for node in 0..edges.len() {
        state.visit(node, edges);
    }
    state.component
}

#[derive(Default)]
struct Search {
    index: Vec<Option<usize>>,
    low: Vec<usize>,
    on_stack: Vec<bool>,
    component: Vec<usize>,
    stack: Vec<usize>,
    next_index: usize,
    next_component: usize,
}

#[expect(clippy::indexing_slicing, reason = "every node has a place in each list")]
impl Search {
    fn enter(&mut self, node: usize) {
        self.index[node] = Some(self.next_index);
        self.low[node] = self.next_index;
        self.next_index += 1;
        self.stack.push(node);
        self.on_stack[node] = true;
    }

    fn visit(&mut self, root: usize, edges: &[Vec<usize>]) {
        if self.index[root].is_some() {
            return;
        }
        self.enter(root);
        let mut work = vec![(root, 0)];
        while let Some((node, position)) = work.pop() {
            if let Some(target) = edges[node].get(position) {
                work.push((node, position + 1));
                match self.index[*target] {
                    None => {
                        self.enter(*target);
                        work.push((*target, 0));
                    }
                    Some(index) if self.on_stack[*target] => self.low[node] = self.low[node].min(index),
                    Some(_) => {}
                }
                continue;
            }
            self.leave(node);
            if let Some((parent, _)) = work.last() {
                self.low[*parent] = self.low[*parent].min(self.low[node]);
            }
        }
    }

    fn leave(&mut self, node: usize) {
        if Some(self.low[node]) != self.index[node] {
            return;
        }
        while let Some(member) = self.stack.pop() {
            self.on_stack[member] = false;
            self.component[member] = self.next_component;
            if member == node {
                break;
            }
        }
        self.next_component += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::strongly_connected;

    #[test]
    fn circles_are_found() {
        let components = strongly_connected(&[vec![1], vec![2, 3], vec![0], vec![4], vec![4]]);
        assert_eq!(components[0], components[1]);
        assert_eq!(components[0], components[2]);
        assert_ne!(components[0], components[3]);
        assert_ne!(components[3], components[4]);
    }

    #[test]
    fn a_long_chain_does_not_exhaust_the_stack() {
        let edges: Vec<Vec<usize>> = (0..200_000).map(|node| vec![(node + 1) % 200_000]).collect();
        assert!(strongly_connected(&edges).iter().all(|component| *component == 0));
    }
}
