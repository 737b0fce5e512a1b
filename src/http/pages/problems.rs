//! The pages under `/problems/`: what a problem's `type` leads to.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::problem::ProblemPage;
use super::asset::{Asset, Caching};
use super::{Page, PagesData, html};

pub(super) fn pages(data: &PagesData) -> Vec<(String, Page)> {
    let mut pages = Vec::new();
    for path in ["/problems", "/problems/"] {
        let json = data.problems.iter().map(value).collect();
        pages.push((
            path.to_owned(),
            Page::Either {
                html: index(&data.problems),
                json: as_json(&json),
            },
        ));
    }
    for problem in &data.problems {
        let page = Page::Either {
            html: page(problem),
            json: as_json(&value(problem)),
        };
        pages.push((path(problem), page));
    }
    pages
}

fn path(problem: &ProblemPage) -> String {
    format!("/problems/{}", problem.slug)
}

fn value(problem: &ProblemPage) -> Value {
    json!({
        "type": path(problem),
        "status": problem.status,
        "title": problem.title,
        "description": problem.description,
    })
}

fn as_json(value: &Value) -> Asset {
    Asset::new("application/json", value.to_string(), Caching::Revalidate).shared()
}

fn index(problems: &[ProblemPage]) -> Asset {
    let mut sorted: Vec<&ProblemPage> = problems.iter().collect();
    sorted.sort_by(|left, right| (left.status, &left.slug).cmp(&(right.status, &right.slug)));
    let rows = sorted.iter().fold(String::new(), |mut rows, problem| {
        let _ = write!(
            rows,
            "<tr><td class=\"status\">{}</td><td><a href=\"{}\"><code>{}</code></a></td><td>{}</td></tr>",
            problem.status,
            html::escape(&path(problem)),
            html::escape(&problem.slug),
            html::escape(&problem.title),
        );
        rows
    });
    let content = format!(
        "<h1>Problem types</h1><p class=\"lead\">Every error is a problem (RFC 9457). Its <code>type</code> leads to one \
         of these pages; its <code>correlationId</code> is what to send to whoever runs the service.</p>\
         <div class=\"scroll\"><table><thead><tr><th>Status</th><th>Type</th><th>Title</th></tr></thead>\
         <tbody>{rows}</tbody></table></div>"
    );
    html::page("Problem types · Rollcall", &content)
}

fn page(problem: &ProblemPage) -> Asset {
    let content = format!(
        "<p class=\"meta\"><a href=\"/problems/\">Problem types</a></p><h1>{}</h1>\
         <p><span class=\"status\">{}</span> <code>{}</code></p>{}",
        html::escape(&problem.title),
        problem.status,
        html::escape(&path(problem)),
        html::paragraphs(&problem.description),
    );
    html::page(&format!("{} · Rollcall", problem.title), &content)
}
