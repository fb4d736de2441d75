//! Tables of figures.

use std::time::Duration;

use crate::figures::Figures;

/// Prints the systems of one comparison. The ratios are relative to the first system.
pub(crate) fn print(title: &str, systems: &[Figures]) {
    println!("\n{title}");
    println!(
        "  {:<22} {:>8} {:>12} {:>9} {:>9} {:>10} {:>10}",
        "", "ratio", "messages/s", "cpu ratio", "cpu us", "p50 us", "p99 us"
    );
    let base = &systems[0];
    for figures in systems {
        println!(
            "  {:<22} {:>8.2} {:>12.0} {:>9.2} {:>9.2} {:>10.1} {:>10.1}",
            figures.name,
            figures.rate_over(base),
            figures.rate(),
            figures.processor_ratio(base),
            figures.processor_micros(),
            micros(figures.percentile(0.50)),
            micros(figures.percentile(0.99)),
        );
    }
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
