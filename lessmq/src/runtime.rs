//! What `#[lessmq::main]` expands to.

use std::error::Error as StdError;
use std::future::Future;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use crate::error::Error;
use crate::transport::QUIET_LOG_TARGETS;

/// Runs a program: logs to standard error as `RUST_LOG` says (by default `info`), on a Tokio runtime with all cores. An
/// error of the program is printed with its causes and its hint, and the exit code is 1.
pub fn run_main<T: Outcome>(main: impl Future<Output = T>) -> ExitCode {
    init_logging();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report(&error),
    };
    runtime.block_on(main).exit()
}

fn init_logging() {
    use tracing_subscriber::EnvFilter;
    let filter = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_else(|_| "info".to_owned());
    // A program that has set up its own logging keeps it.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(quiet(&filter, QUIET_LOG_TARGETS)))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init();
}

/// The filter, with `targets` switched off unless it names them.
fn quiet(filter: &str, targets: &[&str]) -> String {
    let named = |target: &str| filter.split(',').any(|directive| directive.trim().starts_with(target));
    let quiet = targets.iter().filter(|target| !named(target)).map(|target| format!("{target}=off"));
    std::iter::once(filter.to_owned()).chain(quiet).collect::<Vec<_>>().join(",")
}

fn report(error: &(dyn StdError + 'static)) -> ExitCode {
    let mut text = format!("error: {error}\n");
    let chain = || std::iter::successors(Some(error), |error: &&(dyn StdError + 'static)| (*error).source());
    for cause in chain().skip(1) {
        text.push_str(&format!("  caused by: {}\n", cause.to_string().trim_end().replace('\n', "\n    ")));
    }
    if let Some(hint) = chain().find_map(|error| error.downcast_ref::<Error>().and_then(Error::hint)) {
        text.push_str(&format!("hint: {hint}\n"));
    }
    // There is nothing to do when standard error is closed.
    let _ = std::io::stderr().write_all(text.as_bytes());
    ExitCode::FAILURE
}

/// What a `main` may return.
pub trait Outcome {
    /// The exit code, after printing an error.
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
            Err(error) => report(&*error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::quiet;

    #[test]
    fn libraries_of_drivers_are_quiet_unless_they_are_named() {
        for (filter, expected) in [
            ("info", "info,driver=off"),
            ("warn,shop=debug", "warn,shop=debug,driver=off"),
            ("info,driver=debug", "info,driver=debug"),
            ("driver::frames=trace", "driver::frames=trace"),
        ] {
            assert_eq!(quiet(filter, &["driver"]), expected);
        }
    }
}
