//! A part of a path template: text and parameters within it.

use crate::style::Coding;

/// A piece of a part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Parameter(&'static str),
}

/// A part of a path between slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Piece>);

impl Pattern {
    pub(super) fn parse(part: &'static str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = part;
        while !rest.is_empty() {
            let (text, after) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
            if !text.is_empty() {
                // A template may be written with its own characters or percent-encoded; both mean the same path.
                pieces.push(Piece::Text(
                    Coding::Percent.decode(text).unwrap_or_else(|_| text.to_owned()),
                ));
            }
            let Some((name, after)) = after.strip_prefix('{').and_then(|after| after.split_once('}')) else {
                break;
            };
            pieces.push(Piece::Parameter(name));
            rest = after;
        }
        Self(pieces)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Parameter(name) => Some(*name),
            Piece::Text(_) => None,
        })
    }

    /// The text, where it has no parameters.
    pub(super) fn text(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    pub(super) fn text_length(&self) -> usize {
        let texts = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.len(),
            Piece::Parameter(_) => 0,
        });
        texts.sum()
    }

    /// Whether two patterns are the same but for the names of their parameters.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|pair| match pair {
                (Piece::Text(one), Piece::Text(other)) => one == other,
                (Piece::Parameter(_), Piece::Parameter(_)) => true,
                _ => false,
            })
    }

    /// Whether two of its parameters have nothing between them.
    fn has_neighbours(&self) -> bool {
        let mut pairs = self.0.windows(2);
        pairs.any(|pair| matches!(pair, [Piece::Parameter(_), Piece::Parameter(_)]))
    }

    /// What the values of the parameters in `part` may be: more than one thing where two of them have nothing between them, of which
    /// those with a short first value come first.
    pub(super) fn candidates<'p>(&self, part: &'p str) -> Vec<Vec<&'p str>> {
        if !self.has_neighbours() {
            return self.values(part).into_iter().collect();
        }
        let mut splits = Splits {
            steps: 0,
            taken: Vec::new(),
            found: Vec::new(),
        };
        splits.of(&self.0, part);
        splits.found
    }

    /// The values of the parameters in `part`, each at least one character; a parameter ends where the text behind it first stands.
    pub(super) fn values<'p>(&self, part: &'p str) -> Option<Vec<&'p str>> {
        let mut values = Vec::new();
        let mut rest = part;
        let mut pieces = self.0.iter();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Text(text) => rest = prefix_of(rest, text)?,
                Piece::Parameter(_) => {
                    let Some(Piece::Text(text)) = pieces.next() else {
                        values.push(rest);
                        return (!rest.is_empty()).then_some(values);
                    };
                    let (value, after) = split_before(rest, text, pieces.len() == 0)?;
                    values.push(value);
                    rest = after;
                }
            }
        }
        rest.is_empty().then_some(values)
    }
}

/// So many ways of taking a part of a path apart are tried.
const STEP_COUNT_MAX: usize = 600;

/// The ways of taking a part of a path apart.
struct Splits<'p> {
    steps: usize,
    taken: Vec<&'p str>,
    found: Vec<Vec<&'p str>>,
}

impl<'p> Splits<'p> {
    fn of(&mut self, pieces: &[Piece], rest: &'p str) {
        self.steps += 1;
        match pieces {
            [] if rest.is_empty() => self.found.push(self.taken.clone()),
            [] => {}
            [Piece::Text(text), more @ ..] => {
                if let Some(after) = prefix_of(rest, text) {
                    self.of(more, after);
                }
            }
            // The last one takes all.
            [Piece::Parameter(_)] => self.take(rest, "", &[]),
            [Piece::Parameter(_), more @ ..] => {
                for (end, _) in rest.char_indices().skip(1) {
                    if self.steps >= STEP_COUNT_MAX {
                        break;
                    }
                    let (value, after) = rest.split_at(end);
                    self.take(value, after, more);
                }
            }
        }
    }

    fn take(&mut self, value: &'p str, after: &'p str, more: &[Piece]) {
        if !value.is_empty() {
            self.taken.push(value);
            self.of(more, after);
            self.taken.pop();
        }
    }
}

/// What stands in `rest` before `text`, and what after it, which is nothing where it must end there. An encoded delimiter is one only
/// where no bare one stands.
fn split_before<'p>(rest: &'p str, text: &str, must_end: bool) -> Option<(&'p str, &'p str)> {
    let fits = |after: &str| !must_end || after.is_empty();
    let splits = || rest.char_indices().skip(1).map(|(index, _)| rest.split_at(index));
    let bare = splits()
        .find_map(|(value, after)| Some((value, after.strip_prefix(text).filter(|after| fits(after))?)));
    bare.or_else(|| {
        splits().find_map(|(value, after)| Some((value, prefix_of(after, text).filter(|after| fits(after))?)))
    })
}

/// What follows `text` in `rest`, each of whose characters may be percent-encoded.
fn prefix_of<'p>(rest: &'p str, text: &str) -> Option<&'p str> {
    let mut rest = rest;
    for byte in text.bytes() {
        rest = match rest.as_bytes() {
            [b'%', high, low, ..] if *high != b'%' => {
                let digits = [*high, *low];
                let found = u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?;
                (found == byte).then(|| rest.get(3..))??
            }
            [found, ..] if *found == byte => rest.get(1..)?,
            _ => return None,
        };
    }
    Some(rest)
}
