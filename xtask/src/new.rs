//! `cargo xtask new`: a crate from anybody's contracts.

use std::path::{Path, PathBuf};

use clap::Args;
use rollcall_generator::generation::{ContractFiles, Unsupported};
use rollcall_generator::project::{self, Project, ProjectOptions};

use crate::error::TaskError;
use crate::workspace::Workspace;

/// What `cargo xtask new` is called with.
#[derive(Args)]
pub(crate) struct NewArguments {
    /// The folder of the crate: one that is not there, or one that this command made
    folder: PathBuf,
    /// The HTTP contract, OpenAPI 3.0 or 3.1, YAML or JSON; it may refer to other files beside it
    #[arg(long, required_unless_present = "asyncapi")]
    openapi: Option<PathBuf>,
    /// The event contract, AsyncAPI 3
    #[arg(long)]
    asyncapi: Option<PathBuf>,
    /// The name of the crate; that of its folder where none is given
    #[arg(long)]
    name: Option<String>,
    /// Stop on what can be neither enforced nor documented; the default
    #[arg(long, conflicts_with = "partial")]
    refuse_unsupported: bool,
    /// Leave out the operations that cannot be taken over, and list each with the reason
    #[arg(long)]
    partial: bool,
}

/// Makes the crate, or brings the one that is there up to the contracts.
pub(crate) fn run(workspace: &Workspace, arguments: &NewArguments) -> Result<(), TaskError> {
    let contracts = ContractFiles {
        openapi: arguments.openapi.clone(),
        asyncapi: arguments.asyncapi.clone(),
    };
    let options = ProjectOptions {
        checkout: workspace.root().to_owned(),
        name: arguments.name.clone(),
        unsupported: if arguments.partial {
            Unsupported::LeaveOut
        } else {
            Unsupported::Refuse
        },
        standalone: true,
    };
    let project = project::scaffold(&arguments.folder, &contracts, &options)?;
    tell(&arguments.folder, &project);
    if project.is_new {
        println!("`cargo test` and `cargo run` work there; src/handlers.rs is yours to fill in");
    }
    Ok(())
}

/// Generates a crate again from the contracts that it holds.
pub(crate) fn regenerate(folder: &Path, verify: bool) -> Result<(), TaskError> {
    let project = project::regenerate(folder, verify)?;
    tell(folder, &project);
    Ok(())
}

fn tell(folder: &Path, project: &Project) {
    for warning in &project.generation.warnings {
        eprintln!("warning: {warning}");
    }
    for operation in &project.generation.left_out {
        eprintln!("{operation}");
    }
    for path in &project.written {
        println!("wrote {}", folder.join(path).display());
    }
    if project.written.is_empty() {
        println!("{} is what its contracts say", folder.display());
    }
    for stub in &project.new_stubs {
        println!("\n// a handler that the contract wants, to be copied into src/handlers.rs\n{stub}");
    }
    for name in &project.gone {
        println!("{name}: the contract has no such operation any more; remove the handler");
    }
}
