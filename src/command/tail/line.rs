//! What one event looks like.

use serde_json::{Map, Value};

use super::filter::short_type;
use crate::outbox::LogEntry;

/// How events are shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// As their JSON.
    pub(super) is_json: bool,
    /// With their tenant; not where all are of one.
    pub(super) has_tenant: bool,
    /// With the colours of a terminal.
    pub(super) has_colours: bool,
    /// The columns of the terminal; where there is none, a line is as long as it is.
    pub(super) width: Option<usize>,
}

/// An event that is to be shown.
#[derive(Debug)]
pub(super) struct Shown {
    entry: LogEntry,
    event: Value,
}

/// How many characters of an event's data are shown.
const WORDS_LENGTH_MAX: usize = 60;
/// Below this many columns ids are shown by their ends, which tell them apart.
const WIDTH_FOR_IDS: usize = 150;
/// How much of an id is its end: the last group of a UUID.
const ID_END_LENGTH: usize = 12;

const PLAIN: &str = "";
const DIM: &str = "2";
const BOLD: &str = "1";
const GREEN: &str = "32";
const YELLOW: &str = "33";

impl Shown {
    pub(super) fn new(entry: LogEntry) -> Self {
        let event = serde_json::from_str(&entry.envelope).unwrap_or_default();
        Self { entry, event }
    }

    /// When it happened, RFC 3339 in UTC with milliseconds: text that sorts as the times do.
    pub(super) fn time(&self) -> &str {
        self.text("time")
    }

    pub(super) fn line(&self, style: Style) -> String {
        if style.is_json {
            return self.entry.envelope.clone();
        }
        let colour = |code: &str, text: &str| {
            if style.has_colours && code != PLAIN {
                format!("\u{1b}[{code}m{text}\u{1b}[0m")
            } else {
                text.to_owned()
            }
        };
        let event_type = short_type(&self.entry.event_type);
        let type_colour = if event_type.ends_with("Withheld") {
            YELLOW
        } else {
            GREEN
        };
        let place = format!("{}:{}", self.entry.partition, self.entry.seq);
        let tenant = style.has_tenant.then(|| self.entry.tenant_id.to_string());
        let mut columns = vec![
            (DIM, style.time(self.time()).to_owned()),
            (PLAIN, format!("{place:>9}")),
            (type_colour, format!("{event_type:<17}")),
        ];
        columns.extend(tenant.map(|tenant| (DIM, style.id(&tenant))));
        columns.push((PLAIN, style.id(&harmless(self.text("subject")))));
        let used: usize = columns.iter().map(|(_, text)| text.chars().count() + 2).sum();
        let room = style
            .width
            .map_or(WORDS_LENGTH_MAX, |width| width.saturating_sub(used));
        if let Some(data) = self.event.get("data").and_then(Value::as_object) {
            columns.push((BOLD, cropped(&words(data), room.min(WORDS_LENGTH_MAX))));
        }
        let columns: Vec<String> = columns.iter().map(|(code, text)| colour(code, text)).collect();
        columns.join("  ").trim_end().to_owned()
    }

    fn text(&self, name: &str) -> &str {
        self.event.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// A few words of an event's data: its name, and what else is short and no id or time.
fn words(data: &Map<String, Value>) -> String {
    let mut words = Vec::new();
    if let Some(name) = data.get("name").and_then(Value::as_str) {
        words.push(format!("“{name}”"));
    }
    for (key, value) in data {
        let is_told = key == "name" || key.ends_with("Id") || key.ends_with("At");
        match value {
            _ if is_told => {}
            Value::String(text) => words.push(format!("{key}={text}")),
            Value::Number(number) => words.push(format!("{key}={number}")),
            Value::Bool(truth) => words.push(format!("{key}={truth}")),
            Value::Null | Value::Array(_) | Value::Object(_) => {}
        }
    }
    harmless(&words.join(" "))
}

/// The text in at most `room` characters.
fn cropped(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}

impl Style {
    /// Who looks at a terminal knows the day.
    fn time(self, time: &str) -> &str {
        let of_day = time.get(11..23);
        of_day.filter(|_| self.width.is_some()).unwrap_or(time)
    }

    /// An id, or a kind and an id as in `schools/01a05be0-…`.
    fn id(self, text: &str) -> String {
        if self.width.is_none_or(|width| width >= WIDTH_FOR_IDS) {
            return text.to_owned();
        }
        let (kind, id) = text.rsplit_once('/').map_or(("", text), |(kind, id)| (kind, id));
        let end = id
            .len()
            .checked_sub(ID_END_LENGTH)
            .and_then(|from| id.get(from..));
        match (kind, end) {
            (_, None) => text.to_owned(),
            ("", Some(end)) => format!("…{end}"),
            (kind, Some(end)) => format!("{kind}/…{end}"),
        }
    }
}

/// Without what a terminal would obey instead of showing it.
fn harmless(text: &str) -> String {
    let show = |character: char| {
        if character.is_control() {
            '\u{fffd}'
        } else {
            character
        }
    };
    text.chars().map(show).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::tenancy::{Partition, TenantId};

    fn shown(data: &Value) -> Shown {
        let envelope = json!({
            "time": "2026-09-01T07:30:05.250Z",
            "subject": "schools/01a05be0-0d42-7c33-9f40-2b7a6e8d0c11",
            "data": data,
        });
        Shown::new(LogEntry {
            partition: Partition(17),
            seq: 42,
            tenant_id: TenantId(Uuid::from_u128(17)),
            event_id: Uuid::nil(),
            event_type: "lms.roster.v1.SchoolCreated".to_owned(),
            envelope: envelope.to_string(),
            traceparent: None,
        })
    }

    const PIPED: Style = Style {
        is_json: false,
        has_tenant: false,
        has_colours: false,
        width: None,
    };

    #[test]
    fn a_line_tells_when_where_what_and_of_whom() {
        let shown = shown(&json!({
            "schoolId": "x", "name": "Lincoln", "gradeLevels": ["01"], "status": "active", "version": 1, "createdAt": "y"
        }));
        let line = "2026-09-01T07:30:05.250Z      17:42  SchoolCreated      schools/01a05be0-0d42-7c33-9f40-2b7a6e8d0c11  “Lincoln” status=active version=1";
        assert_eq!(shown.line(PIPED), line);
        let tenant = "00000000-0000-0000-0000-000000000011";
        assert!(
            shown
                .line(Style {
                    has_tenant: true,
                    ..PIPED
                })
                .contains(tenant)
        );
        let json = shown.line(Style {
            is_json: true,
            ..PIPED
        });
        assert_eq!(json, shown.entry.envelope);
    }

    #[test]
    fn a_line_fits_the_terminal() {
        let shown = shown(&json!({ "name": "Lincoln Elementary School", "status": "active" }));
        for (width, line) in [
            (
                160,
                "07:30:05.250      17:42  SchoolCreated      00000000-0000-0000-0000-000000000011  schools/01a05be0-0d42-7c33-9f40-2b7a6e8d0c11  “Lincoln Elementary School” sta…",
            ),
            (
                100,
                "07:30:05.250      17:42  SchoolCreated      …000000000011  schools/…2b7a6e8d0c11  “Lincoln Elementa…",
            ),
            (
                60,
                "07:30:05.250      17:42  SchoolCreated      …000000000011  schools/…2b7a6e8d0c11  …",
            ),
        ] {
            let style = Style {
                has_tenant: true,
                width: Some(width),
                ..PIPED
            };
            assert_eq!(shown.line(style), line);
        }
    }

    #[test]
    fn a_name_gives_the_terminal_no_orders_and_does_not_fill_it() {
        let line = shown(&json!({ "name": format!("\u{1b}[2J{}", "x".repeat(200)) })).line(PIPED);
        assert!(!line.contains('\u{1b}') && line.ends_with('…'), "{line}");
        let colours = Style {
            has_colours: true,
            ..PIPED
        };
        assert!(shown(&json!({})).line(colours).contains("\u{1b}[32m"));
    }
}
