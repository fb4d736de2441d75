//! Progress bars.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::report::Progress;

/// A bar on standard error, if that is a terminal. Dropping it removes the bar.
#[derive(Debug)]
pub(super) struct ProgressLine {
    bar: Option<ProgressBar>,
}

/// How often the bar moves during a long step.
const TICK: Duration = Duration::from_millis(120);

impl ProgressLine {
    pub(super) fn new(is_interactive: bool, label: &str, steps: usize) -> Self {
        // A single step has no progress to show.
        let bar = (is_interactive && steps > 1).then(|| {
            let bar = ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX));
            if let Ok(style) =
                ProgressStyle::with_template("{prefix:>12.cyan.bold} [{bar:27}] {pos}/{len}: {msg}")
            {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_prefix(label.to_owned());
            bar.enable_steady_tick(TICK);
            bar
        });
        Self { bar }
    }
}

impl Progress for ProgressLine {
    fn start(&self, name: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(name.to_owned());
            bar.inc(1);
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
