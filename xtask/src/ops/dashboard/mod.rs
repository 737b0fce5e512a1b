//! The Grafana dashboard: rows of panels on a grid of 24 columns.

mod events;
mod requests;
mod service;

use serde_json::{Value, json};

use crate::error::TaskError;

/// Grafana 10's; newer ones migrate it when they read it.
const SCHEMA_VERSION: u32 = 38;
/// The columns of Grafana's grid.
const COLUMNS: u32 = 24;

/// A row with its heading.
pub(super) struct Row {
    title: &'static str,
    panels: Vec<Panel>,
}

/// What a panel draws.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    TimeSeries,
    Stat,
    Heatmap,
    Table,
}

/// A panel; what it asks is in Prometheus' language.
pub(super) struct Panel {
    title: &'static str,
    description: &'static str,
    kind: Kind,
    unit: &'static str,
    width: u32,
    /// What is good, acceptable from and bad from, for a panel of single numbers.
    limits: Option<(f64, f64)>,
    /// An expression, and the name of what it draws.
    queries: Vec<(String, &'static str)>,
}

impl Panel {
    fn new(kind: Kind, title: &'static str, unit: &'static str, description: &'static str) -> Self {
        let width = if kind == Kind::Stat { 6 } else { 12 };
        Self {
            title,
            description,
            kind,
            unit,
            width,
            limits: None,
            queries: Vec::new(),
        }
    }

    fn query(mut self, expr: impl Into<String>, legend: &'static str) -> Self {
        self.queries.push((expr.into(), legend));
        self
    }

    fn width(mut self, columns: u32) -> Self {
        self.width = columns;
        self
    }

    /// Yellow from `warn`, red from `bad`; where less is worse, `warn` is the greater of the two.
    fn limits(mut self, warn: f64, bad: f64) -> Self {
        self.limits = Some((warn, bad));
        self
    }

    fn height(&self) -> u32 {
        if self.kind == Kind::Stat { 4 } else { 8 }
    }

    fn json(&self, id: u32, x: u32, y: u32) -> Value {
        let targets = self
            .queries
            .iter()
            .zip('A'..='Z')
            .map(|((expr, legend), reference)| {
                let format = match self.kind {
                    Kind::Heatmap => "heatmap",
                    Kind::Table => "table",
                    Kind::TimeSeries | Kind::Stat => "time_series",
                };
                json!({
                    "refId": reference.to_string(),
                    "datasource": datasource(),
                    "editorMode": "code",
                    "expr": expr,
                    "format": format,
                    "instant": self.kind == Kind::Table,
                    "legendFormat": legend,
                    "range": self.kind != Kind::Table,
                })
            });
        json!({
            "id": id,
            "type": self.kind.plugin(),
            "title": self.title,
            "description": self.description,
            "datasource": datasource(),
            "gridPos": { "h": self.height(), "w": self.width, "x": x, "y": y },
            "fieldConfig": { "defaults": self.defaults(), "overrides": [] },
            "options": self.kind.options(),
            "targets": targets.collect::<Vec<_>>(),
        })
    }

    fn defaults(&self) -> Value {
        let steps = match self.limits {
            None => json!([{ "color": "green", "value": null }]),
            Some((warn, bad)) if bad < warn => json!([
                { "color": "red", "value": null },
                { "color": "yellow", "value": bad },
                { "color": "green", "value": warn },
            ]),
            Some((warn, bad)) => json!([
                { "color": "green", "value": null },
                { "color": "yellow", "value": warn },
                { "color": "red", "value": bad },
            ]),
        };
        let thresholds = json!({ "mode": "absolute", "steps": steps });
        match self.kind {
            Kind::TimeSeries => json!({
                "unit": self.unit,
                "color": { "mode": "palette-classic" },
                "custom": { "drawStyle": "line", "fillOpacity": 10, "lineWidth": 1, "showPoints": "never" },
                "thresholds": thresholds,
            }),
            Kind::Stat => {
                json!({ "unit": self.unit, "color": { "mode": "thresholds" }, "thresholds": thresholds })
            }
            Kind::Heatmap | Kind::Table => json!({ "unit": self.unit, "thresholds": thresholds }),
        }
    }
}

impl Kind {
    fn plugin(self) -> &'static str {
        match self {
            Self::TimeSeries => "timeseries",
            Self::Stat => "stat",
            Self::Heatmap => "heatmap",
            Self::Table => "table",
        }
    }

    fn options(self) -> Value {
        match self {
            Self::TimeSeries => json!({
                "legend": { "displayMode": "list", "placement": "bottom", "showLegend": true },
                "tooltip": { "mode": "multi", "sort": "desc" },
            }),
            Self::Stat => json!({
                "colorMode": "value",
                "graphMode": "area",
                "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
            }),
            Self::Heatmap => json!({
                "calculate": false,
                "color": { "mode": "scheme", "scheme": "Oranges", "steps": 64 },
                "yAxis": { "unit": "s" },
            }),
            Self::Table => json!({ "showHeader": true }),
        }
    }
}

/// The rows from top to bottom.
pub(super) fn rows() -> Vec<Row> {
    let mut rows = requests::rows();
    rows.extend(service::database());
    rows.extend(events::rows());
    rows.extend(service::rest());
    rows
}

/// The dashboard as Grafana imports it.
pub(super) fn json() -> Result<String, TaskError> {
    let dashboard = json!({
        "uid": "rollcall",
        "title": "Rollcall",
        "description": "Made by `cargo xtask ops`. What each panel means is told in docs/observability.md.",
        "tags": ["rollcall"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": true,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": { "from": "now-3h", "to": "now" },
        "timezone": "",
        "templating": { "list": variables() },
        "annotations": { "list": [] },
        "links": [],
        "panels": panels(&rows()),
    });
    let text = serde_json::to_string_pretty(&dashboard)
        .map_err(|error| TaskError::Unexpected(format!("the dashboard cannot be written: {error}")))?;
    Ok(format!("{text}\n"))
}

fn panels(rows: &[Row]) -> Vec<Value> {
    let (mut panels, mut id, mut y) = (Vec::new(), 1, 0);
    for row in rows {
        panels.push(json!({
            "id": id,
            "type": "row",
            "title": row.title,
            "collapsed": false,
            "gridPos": { "h": 1, "w": COLUMNS, "x": 0, "y": y },
            "panels": [],
        }));
        (id, y) = (id + 1, y + 1);
        let (mut x, mut height) = (0, 0);
        for panel in &row.panels {
            if x + panel.width > COLUMNS {
                (x, y, height) = (0, y + height, 0);
            }
            panels.push(panel.json(id, x, y));
            (id, x, height) = (id + 1, x + panel.width, height.max(panel.height()));
        }
        y += height;
    }
    panels
}

fn variables() -> Value {
    json!([
        {
            "name": "datasource",
            "label": "Prometheus",
            "type": "datasource",
            "query": "prometheus",
            "refresh": 1,
            "hide": 0,
            "includeAll": false,
            "multi": false,
        },
        variable("job", "Job", "label_values(rollcall_build_info, job)", false),
        variable("instance", "Instance", r#"label_values(rollcall_build_info{job="$job"}, instance)"#, true),
    ])
}

fn variable(name: &str, label: &str, query: &str, is_many: bool) -> Value {
    let mut variable = json!({
        "name": name,
        "label": label,
        "type": "query",
        "datasource": datasource(),
        "query": { "query": query, "refId": name },
        "definition": query,
        "refresh": 2,
        "sort": 1,
        "hide": 0,
        "includeAll": is_many,
        "multi": is_many,
    });
    if let (true, Some(members)) = (is_many, variable.as_object_mut()) {
        members.insert("allValue".to_owned(), json!(".*"));
        members.insert("current".to_owned(), json!({ "text": "All", "value": "$__all" }));
    }
    variable
}

fn datasource() -> Value {
    json!({ "type": "prometheus", "uid": "${datasource}" })
}

/// `quantile` of a histogram by `labels`, which begin with a comma or are empty.
fn quantile(quantile: &str, histogram: &str, labels: &str, selector: &str) -> String {
    format!(
        "histogram_quantile({quantile}, sum by (le{labels}) (rate({histogram}_bucket{{{selector}}}[$__rate_interval])))"
    )
}

/// How many a second, by `labels`.
fn rate(counter: &str, labels: &str, selector: &str) -> String {
    format!("sum by ({labels}) (rate({counter}{{{selector}}}[$__rate_interval]))")
}

/// The processes that are looked at.
const HERE: &str = r#"job="$job",instance=~"$instance""#;
