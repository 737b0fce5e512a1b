//! The graph as a Mermaid flowchart.

use crate::tasks::model::{Category, TaskList};
use crate::tasks::names::one_line;

/// Draws the graph: a box for each phase, an arrow from what comes before.
pub(crate) fn write(list: &TaskList) -> String {
    let mut lines = vec!["flowchart LR".to_owned()];
    for category in Category::ALL {
        lines.push(format!("  subgraph {}", category.name()));
        for task in list.tasks.iter().filter(|task| task.category == category) {
            let text = one_line(&task.text, 60)
                .replace(['"', '`'], "")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('#', "");
            let mark = if task.parallel { " [P]" } else { "" };
            lines.push(format!("    {}[\"{}{mark} {text}\"]", task.id, task.id));
        }
        lines.push("  end".to_owned());
    }
    for task in &list.tasks {
        for before in task.needs.iter().filter_map(|key| list.of_key(key)) {
            lines.push(format!("  {} --> {}", before.id, task.id));
        }
    }
    lines.join("\n") + "\n"
}
