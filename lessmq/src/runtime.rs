//! The runtime of `#[lessmq::main]`.

use std::error::Error as StdError;
use std::future::Future;
use std::io::{IsTerminal, Write};
use std::pin::pin;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use crate::error::Error;
use crate::transport::QUIET_LOG_TARGETS;

/// Runs a program: on a Tokio runtime with all cores. Logs go to standard error, filtered by `RUST_LOG` (by default
/// `info`). An error of the program is printed with its causes and its hint, and the exit code is 1.
pub fn run_main<T: Outcome>(main: impl Future<Output = T>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report(&error),
    };
    LOGS_BY_DEFAULT.store(true, Ordering::Relaxed);
    let outcome = runtime.block_on(async {
        let mut main = pin!(main);
        // Until it first waits, the program can set up its own logging.
        match futures_util::poll!(main.as_mut()) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => {
                init_default_logging();
                main.await
            }
        }
    });
    outcome.exit()
}

/// Whether the program is run by [`run_main`] and has no logging yet.
static LOGS_BY_DEFAULT: AtomicBool = AtomicBool::new(false);

/// Sets up the logging of a program that [`run_main`] runs, unless the program has set up its own.
pub(crate) fn init_default_logging() {
    use tracing_subscriber::EnvFilter;
    if !LOGS_BY_DEFAULT.swap(false, Ordering::Relaxed) {
        return;
    }
    let filter = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_else(|_| "info".to_owned());
    // It fails if there is a subscriber already, which stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(quiet(&filter, QUIET_LOG_TARGETS)))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init();
}

/// The filter with `targets` switched off, or at `debug` at most if it names them: at `trace` they log passwords.
fn quiet(filter: &str, targets: &[&str]) -> String {
    let target_of = |directive: &&str| targets.iter().find(|target| directive.starts_with(**target));
    let directives = filter.split(',').map(str::trim).filter(|directive| !directive.is_empty());
    let (named, others): (Vec<_>, Vec<_>) = directives.partition(|directive| target_of(directive).is_some());
    let unnamed =
        targets.iter().filter(|target| !named.iter().any(|directive| directive.starts_with(**target)));
    let named = named.iter().map(|directive| without_trace(directive));
    let others = others.into_iter().map(str::to_owned);
    others.chain(named).chain(unnamed.map(|target| format!("{target}=off"))).collect::<Vec<_>>().join(",")
}

/// A directive of a filter, at `debug` if it says `trace`, or nothing, which means the same.
fn without_trace(directive: &str) -> String {
    match directive.rsplit_once('=') {
        Some((target, level)) if level.eq_ignore_ascii_case("trace") || level == "5" => {
            format!("{target}=debug")
        }
        Some((target, field)) if field.contains(']') => format!("{target}={field}=debug"),
        Some(_) => directive.to_owned(),
        None => format!("{directive}=debug"),
    }
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
    // If standard error is closed, the error cannot be printed.
    let _ = std::io::stderr().write_all(text.as_bytes());
    ExitCode::FAILURE
}

/// A type that `main` may return.
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
    fn libraries_of_drivers_are_off_and_never_log_at_trace() {
        for (filter, expected) in [
            ("info", "info,driver=off"),
            ("warn,shop=debug", "warn,shop=debug,driver=off"),
            ("info,driver=debug", "info,driver=debug"),
            ("driver::frames=warn,info", "info,driver::frames=warn"),
            ("driver=TRACE", "driver=debug"),
            ("driver, debug", "debug,driver=debug"),
            ("driver[span{field=5}]", "driver[span{field=5}]=debug"),
        ] {
            assert_eq!(quiet(filter, &["driver"]), expected);
        }
    }
}
