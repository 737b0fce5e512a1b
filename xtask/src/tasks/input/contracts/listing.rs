//! GraphQL and Protocol Buffers, as far as their operations are listed one a line.

use crate::tasks::model::{Contract, Endpoint, Origin};

/// The fields of `Query`, `Mutation` and `Subscription`.
pub(super) fn graphql(contract: &mut Contract, text: &str, first_line: u64) {
    let mut open: Option<&'static str> = None;
    let mut described = false;
    for (offset, line) in (0..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.matches("\"\"\"").count() == 1 {
            described = !described;
        }
        let head = line.trim_start_matches("extend ").trim_start_matches("type ");
        let kinds = [
            ("Query", "QUERY"),
            ("Mutation", "MUTATION"),
            ("Subscription", "SUBSCRIPTION"),
        ];
        if let Some((_, method)) = kinds
            .iter()
            .find(|(kind, _)| head.starts_with(kind) && line.contains("type "))
        {
            open = Some(method);
        } else if line.starts_with('}') {
            open = None;
        } else if let (Some(method), false) =
            (open, described || line.starts_with('"') || line.starts_with(')'))
        {
            let name = line.split(['(', ':']).next().unwrap_or_default().trim();
            let good = !name.is_empty()
                && name
                    .chars()
                    .all(|letter| letter.is_alphanumeric() || letter == '_');
            if good && (line.contains('(') || line.contains(':')) && !line.starts_with('$') {
                push(contract, method, name, first_line + offset);
            }
            if line.contains('(') && !line.contains(')') {
                described = true;
            }
        } else if described && line.starts_with(')') {
            described = false;
        }
    }
}

/// The `rpc` lines.
pub(super) fn proto(contract: &mut Contract, text: &str) {
    let mut service = String::new();
    for (line, words) in (1..).zip(
        text.lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>()),
    ) {
        match words.as_slice() {
            ["service", name, ..] => name.trim_end_matches('{').clone_into(&mut service),
            ["rpc", name, ..] => {
                let name = name.split('(').next().unwrap_or_default();
                push(contract, "RPC", &format!("{service}/{name}"), line);
            }
            _ => {}
        }
    }
}

fn push(contract: &mut Contract, method: &str, path: &str, line: u64) {
    if contract
        .endpoints
        .iter()
        .any(|known| known.method == method && known.path == path)
    {
        return;
    }
    contract.endpoints.push(Endpoint {
        method: method.to_owned(),
        path: path.to_owned(),
        origin: Origin::line(&contract.path, line),
        headers: Vec::new(),
        tenant: None,
    });
}
