//! A Markdown document as a flat list of blocks, each with its line and the heading that it stands under.
//!
//! What people mean by a document shows in its blocks: a heading, a row of a table, an item of a list, a piece of code.
//! The readers of the single documents look at these; none of them looks at raw text, so that a `#` in a piece of code
//! never becomes a heading, and a comment never becomes anything. Bold and code stay marked within texts.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// What a block is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A heading of a level.
    Heading(u8),
    /// A paragraph.
    Text,
    /// An item of a list, by its depth from 0.
    Item(usize),
    /// A row of a table that has these column names.
    Row(Vec<String>),
    /// A piece of code in a language.
    Code(String),
}

/// A block.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its text; lines are kept.
    pub(crate) text: String,
    /// The cells of a row.
    pub(crate) cells: Vec<String>,
    /// The line that it starts at, from 1.
    pub(crate) line: u64,
    /// The index of the heading that it stands under.
    pub(crate) under: Option<usize>,
}

/// A document.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// Its blocks in order.
    pub(crate) blocks: Vec<Block>,
}

impl Document {
    /// Reads a document; every text is one.
    pub(crate) fn parse(text: &str) -> Self {
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
        let mut builder = Builder::new(text);
        for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
            builder.take(event, range.start);
        }
        builder.finish()
    }

    /// A block.
    pub(crate) fn get(&self, index: usize) -> Option<&Block> {
        self.blocks.get(index)
    }

    /// The headings above a block, the nearest first.
    pub(crate) fn above(&self, index: usize) -> Vec<&Block> {
        let mut above = Vec::new();
        let mut next = self.get(index).and_then(|block| block.under);
        while let Some(block) = next.and_then(|index| self.get(index)) {
            above.push(block);
            next = block.under;
        }
        above
    }

    /// The blocks of a heading's section, up to the next heading that is not below it.
    pub(crate) fn section(&self, heading: usize) -> std::ops::Range<usize> {
        let Some(Kind::Heading(level)) = self.get(heading).map(|block| &block.kind) else {
            return heading..heading;
        };
        let mut rest = self.blocks.iter().enumerate().skip(heading + 1);
        let end = rest.find_map(|(index, block)| match block.kind {
            Kind::Heading(other) if other <= *level => Some(index),
            _ => None,
        });
        heading + 1..end.unwrap_or(self.blocks.len())
    }

    /// Every `**Label**: value` of paragraphs, items and two-column rows, with its line; where the value is a list
    /// below the label, its items are the value, one a line.
    pub(crate) fn labels(&self) -> Vec<(String, String, u64)> {
        let mut labels: Vec<(String, String, u64)> = Vec::new();
        let mut open: Option<usize> = None;
        for block in &self.blocks {
            match &block.kind {
                Kind::Row(_) => {
                    if let [label, value, ..] = block.cells.as_slice() {
                        labels.push((plain(label), value.clone(), block.line));
                    }
                    open = None;
                }
                Kind::Text | Kind::Item(_) => {
                    for (offset, line) in (0..).zip(block.text.lines()) {
                        match label(line) {
                            Some((name, value)) if open.is_none() || strong(line) => {
                                open = value.is_empty().then_some(labels.len());
                                labels.push((name, value, block.line + offset));
                            }
                            _ => extend(&mut labels, open, line),
                        }
                    }
                }
                Kind::Heading(_) | Kind::Code(_) => open = None,
            }
        }
        labels
    }
}

fn strong(line: &str) -> bool {
    line.trim_start().starts_with("**")
}

fn extend(labels: &mut [(String, String, u64)], open: Option<usize>, line: &str) {
    if let Some((_, value, _)) = open.and_then(|index| labels.get_mut(index)) {
        if !value.is_empty() {
            value.push('\n');
        }
        value.push_str(line.trim());
    }
}

/// `**Label**: value`, `**Label:** value`, `Label: value`.
pub(crate) fn label(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    let colon = |text: &str| -> Option<String> {
        let rest = text.trim_start();
        let rest = rest.strip_prefix(':').or_else(|| rest.strip_prefix('：'))?;
        Some(rest.trim().to_owned())
    };
    if let Some((name, rest)) = line.strip_prefix("**").and_then(|rest| rest.split_once("**")) {
        if let Some(inner) = name.strip_suffix([':', '：']) {
            return Some((plain(inner), rest.trim().to_owned()));
        }
        // A note may stand between the label and its colon: **Label** (per FR-1): value
        let after = rest.trim_start();
        let after = match after.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            Some((_, after)) => after,
            None => after,
        };
        return colon(after).map(|value| (plain(name), value));
    }
    let (name, value) = line.split_once(": ").or_else(|| {
        let name = line.strip_suffix([':', '：'])?;
        Some((name, ""))
    })?;
    let short = name.split_whitespace().count() <= 4 && !name.contains(['.', ',', '(']);
    short.then(|| (plain(name), value.trim().to_owned()))
}

/// Without bold and code marks.
pub(crate) fn plain(text: &str) -> String {
    text.replace("**", "").replace('`', "").trim().to_owned()
}

struct Builder<'a> {
    text: &'a str,
    starts: Vec<usize>,
    blocks: Vec<Block>,
    open: Option<Block>,
    lists: usize,
    header: Vec<String>,
    in_header: bool,
    cells: Option<Vec<String>>,
    skips: bool,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        let ends = text.match_indices('\n').map(|(index, _)| index + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(ends).collect(),
            blocks: Vec::new(),
            open: None,
            lists: 0,
            header: Vec::new(),
            in_header: false,
            cells: None,
            skips: false,
        }
    }

    fn line(&self, offset: usize) -> u64 {
        self.starts.partition_point(|start| *start <= offset) as u64
    }

    fn start(&mut self, kind: Kind, offset: usize) {
        self.flush();
        let line = self.line(offset);
        self.open = Some(Block {
            kind,
            text: String::new(),
            cells: Vec::new(),
            line,
            under: None,
        });
    }

    fn flush(&mut self) {
        if let Some(block) = self.open.take()
            && (!block.text.trim().is_empty() || !block.cells.is_empty())
        {
            self.blocks.push(block);
        }
    }

    fn push(&mut self, text: &str) {
        if self.skips {
            return;
        }
        if let Some(cell) = self.cells.as_mut().and_then(|cells| cells.last_mut()) {
            cell.push_str(text);
        } else if let Some(open) = &mut self.open {
            open.text.push_str(text);
        }
    }

    fn take(&mut self, event: Event<'_>, offset: usize) {
        match event {
            Event::Start(tag) => self.take_start(tag, offset),
            Event::End(tag) => self.take_end(tag),
            Event::Text(text) => self.push(&text),
            Event::Code(code) => self.push(&format!("`{code}`")),
            Event::SoftBreak | Event::HardBreak => self.push("\n"),
            Event::InlineHtml(html) if html.starts_with("<br") => self.push("\n"),
            _ => {}
        }
    }

    fn take_start(&mut self, tag: Tag<'_>, offset: usize) {
        match tag {
            Tag::Heading { level, .. } => self.start(Kind::Heading(level as u8), offset),
            Tag::Paragraph => {
                let fills = self
                    .open
                    .as_ref()
                    .is_some_and(|open| matches!(open.kind, Kind::Item(_)) && open.text.trim().is_empty());
                if !fills {
                    self.start(Kind::Text, offset);
                }
            }
            Tag::List(_) => {
                self.flush();
                self.lists += 1;
            }
            Tag::Item => self.start(Kind::Item(self.lists.saturating_sub(1)), offset),
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => {
                        info.split_whitespace().next().unwrap_or_default().to_lowercase()
                    }
                    CodeBlockKind::Indented => String::new(),
                };
                // The first line of fenced code is the one after the fence.
                self.start(Kind::Code(language), offset);
                let fenced = self
                    .text
                    .get(offset..)
                    .is_some_and(|rest| rest.starts_with(['`', '~']));
                if let (true, Some(open)) = (fenced, &mut self.open) {
                    open.line += 1;
                }
            }
            Tag::Table(_) => self.flush(),
            Tag::TableHead => {
                self.in_header = true;
                self.cells = Some(Vec::new());
            }
            Tag::TableRow => {
                self.start(Kind::Row(self.header.clone()), offset);
                self.cells = Some(Vec::new());
            }
            Tag::TableCell => {
                if let Some(cells) = &mut self.cells {
                    cells.push(String::new());
                }
            }
            Tag::Strong => self.push("**"),
            Tag::MetadataBlock(_) | Tag::HtmlBlock => self.skips = true,
            _ => {}
        }
    }

    fn take_end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::Item => self.flush(),
            TagEnd::Paragraph if self.open.as_ref().is_some_and(|open| open.kind == Kind::Text) => {
                self.flush();
            }
            TagEnd::List(_) => {
                self.flush();
                self.lists = self.lists.saturating_sub(1);
            }
            TagEnd::TableHead => {
                self.in_header = false;
                self.header = self.cells.take().unwrap_or_default();
            }
            TagEnd::TableRow => {
                let cells = self.cells.take().unwrap_or_default();
                if let Some(open) = &mut self.open {
                    open.cells = cells;
                }
                self.flush();
            }
            TagEnd::Strong => self.push("**"),
            TagEnd::MetadataBlock(_) | TagEnd::HtmlBlock => self.skips = false,
            _ => {}
        }
    }

    fn finish(mut self) -> Document {
        self.flush();
        let mut path: Vec<(u8, usize)> = Vec::new();
        for (index, block) in self.blocks.iter_mut().enumerate() {
            if let Kind::Heading(level) = block.kind {
                path.retain(|(other, _)| *other < level);
                block.under = path.last().map(|(_, index)| *index);
                path.push((level, index));
            } else {
                block.under = path.last().map(|(_, index)| *index);
            }
        }
        Document { blocks: self.blocks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_know_their_lines_and_headings() {
        let document = Document::parse(
            "# A\n\ntext\n\n## B\n\n- one\n  - two\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n```py\n# no heading\n```\n",
        );
        let seen: Vec<(u64, &str, Option<usize>)> = document
            .blocks
            .iter()
            .map(|block| (block.line, block.text.trim(), block.under))
            .collect();
        assert_eq!(
            seen,
            [
                (1, "A", None),
                (3, "text", Some(0)),
                (5, "B", Some(0)),
                (7, "one", Some(2)),
                (8, "two", Some(2)),
                (12, "", Some(2)),
                (15, "# no heading", Some(2)),
            ]
        );
        assert_eq!(document.blocks[5].cells, ["1", "2"]);
        assert_eq!(document.blocks[5].kind, Kind::Row(vec!["x".into(), "y".into()]));
    }

    #[test]
    fn labels_are_found_in_all_their_forms() {
        let text = "**Language/Version**: Python 3.11  \n**Storage:** SQLite\n\n- **Testing**: pytest\n\n**Goals**: \n- fast\n- small\n\n| Item | Value |\n|--|--|\n| Type | web |\n";
        let labels = Document::parse(text).labels();
        let seen: Vec<(&str, &str, u64)> = labels
            .iter()
            .map(|(a, b, line)| (a.as_str(), b.as_str(), *line))
            .collect();
        assert_eq!(
            seen,
            [
                ("Language/Version", "Python 3.11", 1),
                ("Storage", "SQLite", 2),
                ("Testing", "pytest", 4),
                ("Goals", "fast\nsmall", 6),
                ("Type", "web", 12),
            ]
        );
    }
}
