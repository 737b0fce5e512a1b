//! Contracts in Markdown, as far as endpoints and events can be read from them.
//!
//! An endpoint is a method and a path side by side. Headings, tables, labels and HTTP code state them; prose only mentions
//! them, often those of other features, and counts where nothing states any.

use crate::tasks::input::markdown::{Block, Document, Kind, label, plain};
use crate::tasks::model::{Contract, Endpoint, Origin};

use super::{events, listing, names_tenant, tenant_of_path};

const METHODS: [&str; 9] = [
    "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "WS", "SSE",
];

/// Reads a document.
pub(super) fn read(contract: &mut Contract, text: &str) {
    let document = Document::parse(text);
    let mut prose: Vec<(String, String, u64)> = Vec::new();
    let mut method_label: Option<String> = None;
    let headers = headers(&document);
    for (index, block) in document.blocks.iter().enumerate() {
        match &block.kind {
            Kind::Heading(_) => {
                method_label = None;
                push_all(contract, pairs(&block.text, block.line), &headers);
            }
            Kind::Row(_) => push_all(contract, row(block), &headers),
            Kind::Code(language) if language == "graphql" => {
                listing::graphql(contract, &block.text, block.line);
            }
            Kind::Code(language) => {
                let stated = ["http", "", "text", "rest", "plaintext", "txt"].contains(&language.as_str());
                for (offset, line) in (0..).zip(block.text.lines()).filter(|_| stated) {
                    let starts = METHODS
                        .iter()
                        .any(|method| line.trim_start().starts_with(&format!("{method} ")));
                    push_all(
                        contract,
                        pairs(line, block.line + offset)
                            .into_iter()
                            .filter(|_| starts)
                            .collect(),
                        &headers,
                    );
                }
            }
            Kind::Text | Kind::Item(_) => {
                for (offset, line) in (0..).zip(block.text.lines()) {
                    let at = block.line + offset;
                    let found = pairs(line, at);
                    let based = labelled_base(line);
                    let clean = line.trim_start_matches(['*', '`', ' ', '-', '#']);
                    let labelled = label(line);
                    let endpoint_label = labelled.as_ref().filter(|_| !based).is_some_and(|(name, _)| {
                        [
                            "endpoint",
                            "route",
                            "url",
                            "path",
                            "request",
                            "端点",
                            "エンドポイント",
                            "엔드포인트",
                            "rota",
                            "ruta",
                        ]
                        .iter()
                        .any(|word| name.to_lowercase().contains(word))
                    });
                    if METHODS.iter().any(|method| {
                        clean.starts_with(&format!("{method} "))
                            || clean.starts_with(&format!("{method}`"))
                            || clean.starts_with(&format!("{method}*"))
                    }) || endpoint_label && !found.is_empty()
                    {
                        push_all(contract, found, &headers);
                    } else if let Some((name, value)) = labelled {
                        let value = plain(&value);
                        if name.eq_ignore_ascii_case("method")
                            && METHODS.contains(&value.to_uppercase().as_str())
                        {
                            method_label = Some(value.to_uppercase());
                        } else if let (true, Some(method), Some(path)) =
                            (endpoint_label, &method_label, path_of(&value))
                        {
                            push_all(contract, vec![(method.clone(), path, at)], &headers);
                        } else {
                            prose.extend(found.into_iter().filter(|_| !based));
                        }
                    } else {
                        prose.extend(found);
                    }
                }
            }
        }
        events::event(contract, &document, index, block);
    }
    if contract.endpoints.is_empty() && contract.events.is_empty() {
        push_all(contract, prose, &headers);
    }
}

/// `Base path: …` says what stands before all paths.
fn labelled_base(line: &str) -> bool {
    label(line).is_some_and(|(name, _)| name.to_lowercase().starts_with("base"))
}

/// Headers that the whole document demands.
fn headers(document: &Document) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for block in &document.blocks {
        for header in [
            "Idempotency-Key",
            "X-Tenant-Id",
            "X-Tenant-ID",
            "If-Match",
            "X-Correlation-Id",
        ] {
            let stands = block.text.contains(header) || block.cells.iter().any(|cell| cell.contains(header));
            if stands && !found.iter().any(|known| known.eq_ignore_ascii_case(header)) {
                found.push(header.to_owned());
            }
        }
    }
    found
}

fn push_all(contract: &mut Contract, found: Vec<(String, String, u64)>, headers: &[String]) {
    for (method, path, line) in found {
        if contract
            .endpoints
            .iter()
            .any(|known| known.method == method && known.path == path)
        {
            continue;
        }
        let tenant =
            tenant_of_path(&path).or_else(|| headers.iter().find(|header| names_tenant(header)).cloned());
        contract.endpoints.push(Endpoint {
            method,
            path,
            origin: Origin::line(&contract.path, line),
            headers: headers.to_vec(),
            tenant,
        });
    }
}

/// Methods that a path follows: `POST /x`, `` **GET** `/x` ``, `PUT | /x`.
pub(super) fn pairs(text: &str, line: u64) -> Vec<(String, String, u64)> {
    let clean = text.replace(['*', '`', '|', '"', '(', ')'], " ");
    let words: Vec<&str> = clean.split_whitespace().collect();
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let methods: Vec<&str> = word
            .trim_end_matches(':')
            .trim_start_matches('[')
            .trim_end_matches(']')
            .split('/')
            .collect();
        if !methods.iter().all(|method| METHODS.contains(method)) {
            continue;
        }
        let next = words.get(index + 1).copied().and_then(path_of).or_else(|| {
            let dashed = matches!(words.get(index + 1), Some(&("—" | "-" | "–" | "→")));
            words.get(index + 2).copied().filter(|_| dashed).and_then(path_of)
        });
        if let Some(path) = next {
            found.extend(
                methods
                    .iter()
                    .map(|method| ((*method).to_owned(), path.clone(), line)),
            );
        }
    }
    found
}

fn row(block: &Block) -> Vec<(String, String, u64)> {
    let joined = pairs(&block.cells.join(" | "), block.line);
    if !joined.is_empty() {
        return joined;
    }
    let cells: Vec<String> = block.cells.iter().map(|cell| plain(cell)).collect();
    let method = cells.iter().find(|cell| METHODS.contains(&cell.as_str()));
    let path = cells.iter().find_map(|cell| path_of(cell));
    method
        .zip(path)
        .map(|(method, path)| (method.clone(), path, block.line))
        .into_iter()
        .collect()
}

/// A path without query and host.
fn path_of(word: &str) -> Option<String> {
    let word = word
        .trim_start_matches('<')
        .trim_end_matches(['.', ',', ';', ':', '?']);
    let path = match word.split_once("://") {
        Some((scheme, rest)) if scheme.starts_with("http") || scheme.starts_with("ws") => {
            rest.get(rest.find('/')?..)?
        }
        Some(_) => return None,
        None => word,
    };
    let path = path
        .strip_prefix("{baseUrl}")
        .or_else(|| path.strip_prefix("{base}"))
        .unwrap_or(path);
    let path = path.split(['?', '#']).next()?;
    let path = if path.len() > 1 {
        path.trim_end_matches('/')
    } else {
        path
    };
    let good = path.starts_with('/')
        && !path.starts_with("//")
        && path
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "/_-.~{}:[]<>$@*+%".contains(letter));
    good.then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> (Vec<String>, Vec<String>) {
        let mut contract = Contract {
            path: "contracts/x.md".into(),
            format: "Markdown",
            broken: false,
            endpoints: Vec::new(),
            events: Vec::new(),
            objectives: Vec::new(),
        };
        read(&mut contract, text);
        (
            contract.endpoints.iter().map(Endpoint::title).collect(),
            contract.events.iter().map(|event| event.name.clone()).collect(),
        )
    }

    #[test]
    fn endpoints_are_read_in_all_forms() {
        let check = |text: &str, expected: &[&str]| assert_eq!(read_text(text).0, expected, "{text}");
        check(
            "## GET /api/friends/search?query=\n",
            &["GET /api/friends/search"],
        );
        check("### 1. Create (`POST /x`)\n", &["POST /x"]);
        check("**Endpoint**: `PUT /lists/{id}`\n", &["PUT /lists/{id}"]);
        check(
            "| Method | Path |\n|---|---|\n| POST | `/a` |\n| GET | /b/:id |\n",
            &["POST /a", "GET /b/:id"],
        );
        check(
            "| Path | Method |\n|---|---|\n| `/a` | **DELETE** |\n",
            &["DELETE /a"],
        );
        check("```http\nPATCH /x/1 HTTP/1.1\nHost: a\n```\n", &["PATCH /x/1"]);
        check(
            "- **Method**: POST\n- **URL**: /api/login\n",
            &["POST /api/login"],
        );
        check(
            "- `POST /a` — makes\n\nSee GET /other of the other feature.\n",
            &["POST /a"],
        );
        check("It calls GET /only here.\n", &["GET /only"]);
        check(
            "We POST /nothing/ to nobody, not a path: GET it\n",
            &["POST /nothing"],
        );
    }

    #[test]
    fn events_are_read_in_all_forms() {
        let check = |text: &str, expected: &[&str]| assert_eq!(read_text(text).1, expected, "{text}");
        check(
            "## Server to Client Events\n\n### `table:snapshot`\n\n```json\n{}\n```\n",
            &["table:snapshot"],
        );
        check(
            "# E\n## Events\n| Event | Payload |\n|--|--|\n| `SchoolCreated` | x |\n",
            &["SchoolCreated"],
        );
        check(
            "## Events\n- **OrderPlaced**: when\n- `orderId`: no event\n",
            &["OrderPlaced"],
        );
        check(
            "## Events\n### lms.roster.v1.SchoolCreated\n",
            &["lms.roster.v1.SchoolCreated"],
        );
        check("## Rules\n### SchoolCreated\n", &[]);
    }
}
