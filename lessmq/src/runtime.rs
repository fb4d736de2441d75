//! The runtime of `#[lessmq::main]`.

mod log_filter;

use std::error::Error as StdError;
use std::future::Future;
use std::io::{IsTerminal, Write};
use std::pin::pin;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use self::log_filter::LogFilter;
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
    if !LOGS_BY_DEFAULT.swap(false, Ordering::Relaxed) {
        return;
    }
    // Compose and Helm write a variable that is not set as an empty one.
    let filter = std::env::var("RUST_LOG").ok().filter(|filter| !filter.trim().is_empty());
    let filter = filter.unwrap_or_else(|| "info".to_owned());
    let LogFilter { targets, ignored } = LogFilter::new(&filter, QUIET_LOG_TARGETS);
    let log = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // It fails if there is a subscriber already, which stays.
    if tracing_subscriber::registry().with(targets).with(log).try_init().is_ok() {
        // The filter might hide a log.
        for directive in ignored {
            let text =
                format!("warning: RUST_LOG: `{directive}` is ignored, expected `level` or `target=level`\n");
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
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
