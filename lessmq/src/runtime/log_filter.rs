//! What a program logs: the levels of targets in `RUST_LOG`.

use tracing_subscriber::filter::{LevelFilter, Targets};

/// A parsed filter.
#[derive(Debug)]
pub(super) struct LogFilter {
    pub(super) targets: Targets,
    /// The directives that are not supported: those that filter by spans or fields, which need regular expressions.
    pub(super) ignored: Vec<String>,
}

impl LogFilter {
    /// Parses `filter`, with the targets `quiet` switched off, or at `debug` at most if it names them: at `trace` they log
    /// passwords.
    pub(super) fn new(filter: &str, quiet: &[&str]) -> Self {
        let directives = filter.split(',').map(str::trim).filter(|directive| !directive.is_empty());
        let (supported, ignored): (Vec<_>, Vec<_>) =
            directives.partition(|directive| is_supported(directive));
        let targets = limited(&supported, quiet).parse().unwrap_or_default();
        Self { targets, ignored: ignored.into_iter().map(str::to_owned).collect() }
    }
}

fn is_supported(directive: &str) -> bool {
    !directive.contains(['[', ']', '{', '}']) && directive.parse::<Targets>().is_ok()
}

/// Every target below a quiet one is limited. It is switched off, unless a directive is for it alone: one for a part of it says
/// nothing about the other parts.
fn limited(directives: &[&str], quiet: &[&str]) -> String {
    let names = |directive: &str| quiet.iter().any(|target| directive.starts_with(*target));
    let is_named =
        |target: &str| directives.iter().any(|directive| directive.split('=').next() == Some(target));
    let given = directives
        .iter()
        .map(|&directive| if names(directive) { without_trace(directive) } else { directive.to_owned() });
    let off = quiet.iter().filter(|target| !is_named(target)).map(|target| format!("{target}=off"));
    given.chain(off).collect::<Vec<_>>().join(",")
}

/// A directive of a filter, at `debug` if it says `trace`, or nothing, which means the same.
fn without_trace(directive: &str) -> String {
    match directive.rsplit_once('=') {
        Some((target, level))
            if level.parse().is_ok_and(|level: LevelFilter| level == LevelFilter::TRACE) =>
        {
            format!("{target}=debug")
        }
        Some(_) => directive.to_owned(),
        None => format!("{directive}=debug"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_of_drivers_are_off_and_never_log_at_trace() {
        for (filter, expected) in [
            ("info", "info,driver=off"),
            ("warn,shop=debug", "warn,shop=debug,driver=off"),
            ("info,driver=debug", "info,driver=debug"),
            ("driver::frames=warn,trace", "driver::frames=warn,trace,driver=off"),
            ("driver_pool=info,trace", "driver_pool=info,trace,driver=off"),
            ("driver::frames=trace,driver=info", "driver::frames=debug,driver=info"),
            ("driver=TRACE", "driver=debug"),
            ("driver=5", "driver=debug"),
            ("driver=05", "driver=debug"),
            ("driver=+5", "driver=debug"),
            ("driver, debug", "driver=debug,debug"),
            ("", "driver=off"),
        ] {
            let LogFilter { targets, ignored } = LogFilter::new(filter, &["driver"]);
            assert_eq!(targets, expected.parse().expect("it is a filter"), "{filter}");
            assert_eq!(ignored, Vec::<String>::new());
        }
    }

    #[test]
    fn directives_that_are_not_supported_are_ignored_alone() {
        let LogFilter { targets, ignored } = LogFilter::new("[call{id=5}]=trace,shop=loud,a=b=c,info", &[]);
        assert_eq!(targets, "info".parse().expect("it is a filter"));
        assert_eq!(ignored, ["[call{id=5}]=trace", "shop=loud", "a=b=c"]);
    }
}
