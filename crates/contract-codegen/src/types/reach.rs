//! Which types are part of requests, and which of responses.

use super::Way;
use super::boxes::uses;
use super::model::{Item, Use};

/// For each item the ways that its values go.
#[derive(Debug)]
pub(super) struct Reached {
    requests: Vec<bool>,
    responses: Vec<bool>,
}

impl Reached {
    pub(super) fn of(items: &[Item<'_>], roots: &[(Way, Use)]) -> Self {
        let along = |wanted: Way| {
            let mut seen = vec![false; items.len()];
            let mut work: Vec<usize> = Vec::new();
            for (way, used) in roots {
                if *way == wanted {
                    used.named(&mut work);
                }
            }
            while let Some(index) = work.pop() {
                let Some(mark) = seen.get_mut(index) else { continue };
                if !std::mem::replace(mark, true)
                    && let Some(item) = items.get(index)
                {
                    for used in uses(item) {
                        used.named(&mut work);
                    }
                }
            }
            seen
        };
        Self {
            requests: along(Way::Request),
            responses: along(Way::Response),
        }
    }

    pub(super) fn in_requests(&self, index: usize) -> bool {
        self.requests.get(index).is_some_and(|reached| *reached)
    }

    pub(super) fn in_responses(&self, index: usize) -> bool {
        self.responses.get(index).is_some_and(|reached| *reached)
    }
}
