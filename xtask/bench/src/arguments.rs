//! What all benchmarks are called with.

use std::path::{Path, PathBuf};

use crate::error::BenchError;

/// Where things are. `cargo xtask bench` sets the variables.
#[derive(Debug, Clone, clap::Args)]
pub struct Places {
    /// The `rollcall` binary to measure
    #[arg(long, value_name = "PATH", env = "BENCH_BINARY")]
    pub binary: PathBuf,
    /// Where databases live while the benchmark runs [default: where the system keeps temporary files]
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// Where results are written
    #[arg(
        long,
        value_name = "FOLDER",
        env = "BENCH_RESULTS",
        default_value = "target/bench"
    )]
    pub results: PathBuf,
    /// Where tools in other languages are installed
    #[arg(
        long,
        value_name = "FOLDER",
        env = "BENCH_TOOLS",
        default_value = "target/tools"
    )]
    pub tools: PathBuf,
    /// Replace the tables of docs/benchmarks.md by those of this run
    #[arg(long)]
    pub write_docs: bool,
}

impl Places {
    /// The same with absolute paths, once what must be there is there.
    pub fn checked(&self) -> Result<Self, BenchError> {
        let absolute =
            |path: &Path| std::path::absolute(path).map_err(BenchError::io(path.display().to_string()));
        if !self.binary.is_file() {
            return Err(BenchError::Missing {
                what: self.binary.display().to_string(),
                remedy: "build it with `cargo build --release --bin rollcall`".to_owned(),
            });
        }
        Ok(Self {
            binary: absolute(&self.binary)?,
            folder: self.folder.as_deref().map(absolute).transpose()?,
            results: absolute(&self.results)?,
            tools: absolute(&self.tools)?,
            write_docs: self.write_docs,
        })
    }

    /// Writes the result of a benchmark as JSON; where.
    pub fn write_result(&self, name: &str, result: &impl serde::Serialize) -> Result<PathBuf, BenchError> {
        let path = self.results.join(format!("{name}.json"));
        let text = serde_json::to_string_pretty(result)
            .map_err(|error| BenchError::invalid(name, format!("the result is no JSON: {error}")))?;
        std::fs::create_dir_all(&self.results)
            .and_then(|()| std::fs::write(&path, text + "\n"))
            .map_err(BenchError::io(path.display().to_string()))?;
        Ok(path)
    }
}

/// The root of the repository that this program was built from.
#[must_use]
pub fn repository() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap_or(own).to_owned()
}
