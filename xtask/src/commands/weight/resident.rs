//! The resident memory of an idle service.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use xtask::folder;
use xtask::program::{cargo, output, run, workspace};
use xtask::rabbitmq::Node;

/// A service that reports its memory, in kB, after some seconds without work.
const PROGRAM: &str = r#"
use std::time::Duration;

/// Adds numbers.
#[lessmq::interface(service = "sum")]
trait Sum {
    /// The sum of two numbers.
    async fn add(&self, a: u32, b: u32) -> u64;
}

struct Adder;

impl Sum for Adder {
    async fn add(&self, a: u32, b: u32) -> u64 {
        u64::from(a) + u64::from(b)
    }
}

#[lessmq::main]
async fn main() -> Result<(), lessmq::BoxError> {
    let bus = lessmq::connect_from_env().await?;
    let running = lessmq::App::new(bus).serve(SumServer::new(Adder)).start().await?;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    print!("{}", resident.trim().trim_end_matches(" kB"));
    running.shut_down().await?;
    Ok(())
}
"#;

/// Builds the service outside of the workspace, as a user would, and runs it on a private RabbitMQ. Returns kB.
pub(super) fn measure() -> Result<u64> {
    let folder = folder::create_for("weight", None)?;
    let measured = build(&folder).and_then(|()| resident(&folder));
    folder::delete(&folder)?;
    measured
}

fn build(folder: &Path) -> Result<()> {
    let library = workspace().join("lessmq");
    let manifest = format!(
        "[package]\nname = \"idle\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         lessmq = {{ path = {library:?} }}\ntokio = {{ version = \"1\", features = [\"time\"] }}\n"
    );
    fs::create_dir(folder.join("src")).context("cannot create a package")?;
    for (file, text) in [("Cargo.toml", manifest.as_str()), ("src/main.rs", PROGRAM)] {
        fs::write(folder.join(file), text).with_context(|| format!("cannot write `{file}`"))?;
    }
    fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock")).context("cannot copy Cargo.lock")?;
    let target = folder.join("target");
    run(cargo(["build", "--release", "--target-dir"]).arg(&target).current_dir(folder))
}

fn resident(folder: &Path) -> Result<u64> {
    let broker = Node::start("weight")?;
    let mut program = Command::new(folder.join("target/release/idle"));
    let printed = output(program.env("LESSMQ_URL", broker.url()))?;
    printed.trim().parse().context("the service did not report its memory")
}
