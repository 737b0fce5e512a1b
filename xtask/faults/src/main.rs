//! The command behind `cargo xtask simulate` and `cargo xtask chaos`.

use clap::Parser;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Rollcall's simulator and fault runs")]
struct Arguments {}

fn main() {
    let Arguments {} = Arguments::parse();
}
