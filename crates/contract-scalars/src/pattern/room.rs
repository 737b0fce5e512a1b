//! How large patterns may be, and the stack on which they are read.

use std::thread;

/// The most alternatives of a pattern, and the most groups that may lie in each other: the engines go deeper into the stack with each, and
/// end the process with too many.
const ALTERNATIVE_COUNT_MAX: usize = 4096;
const GROUP_DEPTH_MAX: usize = 50;

/// A pattern of more alternatives is read on a stack of its own.
const OWN_STACK_ALTERNATIVE_COUNT: usize = 256;
const OWN_STACK_BYTES: usize = 32 << 20;

/// What `read` makes of a pattern, if it is not too large.
pub(super) fn with_room<T: Send>(source: &str, read: impl FnOnce() -> Option<T> + Send) -> Option<T> {
    if group_depth(source) > GROUP_DEPTH_MAX {
        return None;
    }
    match source.matches('|').count() {
        count if count <= OWN_STACK_ALTERNATIVE_COUNT => read(),
        count if count <= ALTERNATIVE_COUNT_MAX => thread::scope(|scope| {
            let builder = thread::Builder::new().stack_size(OWN_STACK_BYTES);
            builder.spawn_scoped(scope, read).ok()?.join().ok()?
        }),
        _ => None,
    }
}

/// How many groups lie in each other.
fn group_depth(source: &str) -> usize {
    let (mut depth, mut depth_max, mut is_in_class) = (0_usize, 0, false);
    let mut rest = source.chars();
    while let Some(next) = rest.next() {
        match next {
            '\\' => {
                rest.next();
            }
            '[' => is_in_class = true,
            ']' => is_in_class = false,
            '(' if !is_in_class => {
                depth += 1;
                depth_max = depth_max.max(depth);
            }
            ')' if !is_in_class => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth_max
}
