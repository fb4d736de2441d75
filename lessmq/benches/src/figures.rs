//! Measurements and their medians.

use std::time::Duration;

/// One turn of one system.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turn {
    /// How many messages.
    pub(crate) messages: usize,
    pub(crate) elapsed: Duration,
    /// Processor time of this process and its children, without the broker.
    pub(crate) processor: Duration,
    pub(crate) latencies: Vec<Duration>,
}

impl Turn {
    /// Messages per second.
    pub(crate) fn rate(&self) -> f64 {
        self.messages as f64 / self.elapsed.as_secs_f64()
    }

    /// Microseconds of processor time per message.
    pub(crate) fn processor_micros(&self) -> f64 {
        self.processor.as_secs_f64() * 1e6 / self.messages as f64
    }
}

/// All turns of one system.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) name: &'static str,
    turns: Vec<Turn>,
}

impl Figures {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, turns: Vec::new() }
    }

    pub(crate) fn push(&mut self, turn: Turn) {
        self.turns.push(turn);
    }

    pub(crate) fn rate(&self) -> f64 {
        median(self.turns.iter().map(Turn::rate))
    }

    pub(crate) fn processor_micros(&self) -> f64 {
        median(self.turns.iter().map(Turn::processor_micros))
    }

    /// The rate of this system divided by that of `other`, in each turn.
    pub(crate) fn rate_over(&self, other: &Self) -> f64 {
        median(self.turns.iter().zip(&other.turns).map(|(own, other)| own.rate() / other.rate()))
    }

    /// The processor time of `other` divided by that of this system, in each turn: above 1 if this one uses less.
    pub(crate) fn processor_ratio(&self, other: &Self) -> f64 {
        let micros = |turn: &Turn| turn.processor_micros();
        median(self.turns.iter().zip(&other.turns).map(|(own, other)| micros(other) / micros(own)))
    }

    /// The latency that this share of the messages does not exceed, from 0 to 1.
    pub(crate) fn percentile(&self, share: f64) -> Duration {
        let mut all: Vec<_> = self.turns.iter().flat_map(|turn| turn.latencies.iter().copied()).collect();
        if all.is_empty() {
            return Duration::ZERO;
        }
        let index = ((all.len() - 1) as f64 * share).round() as usize;
        *all.select_nth_unstable(index).1
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}
