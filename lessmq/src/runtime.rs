//! What `#[lessmq::main]` expands to.

use std::error::Error as StdError;
use std::future::Future;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use crate::error::Error;

/// Runs a program: logs to standard error as `RUST_LOG` says (`info,lapin=off` otherwise), a Tokio runtime on all cores, and
/// an error of the program told with its causes and its hint, with exit code 1.
pub fn run_main<T: Outcome>(main: impl Future<Output = T>) -> ExitCode {
    init_logging();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return tell(&error),
    };
    runtime.block_on(main).exit()
}

fn init_logging() {
    use tracing_subscriber::EnvFilter;
    // The driver tells by itself what goes wrong, and lapin would print the payloads of returned messages.
    let no_payloads = "lapin::returned_messages=off".parse().expect("it is a directive");
    let filter = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_else(|_| "info,lapin=off".to_owned());
    // A program that has set up its own logging keeps it.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter).add_directive(no_payloads))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init();
}

fn tell(error: &(dyn StdError + 'static)) -> ExitCode {
    let mut text = format!("error: {error}\n");
    let chain = || std::iter::successors(Some(error), |error: &&(dyn StdError + 'static)| (*error).source());
    for cause in chain().skip(1) {
        text.push_str(&format!("  caused by: {}\n", cause.to_string().trim_end().replace('\n', "\n    ")));
    }
    if let Some(hint) = chain().find_map(|error| error.downcast_ref::<Error>().and_then(Error::hint)) {
        text.push_str(&format!("hint: {hint}\n"));
    }
    // There is nobody to tell when standard error is closed.
    let _ = std::io::stderr().write_all(text.as_bytes());
    ExitCode::FAILURE
}

/// What a `main` may return.
pub trait Outcome {
    /// The exit code, after telling the error.
    fn exit(self) -> ExitCode;
}

impl Outcome for () {
    fn exit(self) -> ExitCode {
        ExitCode::SUCCESS
    }
}

impl Outcome for ExitCode {
    fn exit(self) -> ExitCode {
        self
    }
}

impl<T: Outcome, E: Into<Box<dyn StdError + Send + Sync>>> Outcome for Result<T, E> {
    fn exit(self) -> ExitCode {
        match self {
            Ok(outcome) => outcome.exit(),
            Err(error) => tell(&*error.into()),
        }
    }
}
