//! The metrics of the process, for Prometheus.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::error::StartError;

/// How often what was measured is put together, so that it takes no more memory.
pub(crate) const UPKEEP: Duration = Duration::from_secs(5);

static COLLECTED: Mutex<Option<PrometheusHandle>> = Mutex::new(None);

/// Collects the metrics of this process from now on; the services of one process share them.
///
/// # Errors
/// `Metrics` when something else collects them.
pub fn collect() -> Result<PrometheusHandle, StartError> {
    let mut collected = COLLECTED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*collected {
        return Ok(handle.clone());
    }
    let handle =
        PrometheusBuilder::new().install_recorder().map_err(|error| StartError::Metrics(error.into()))?;
    lessmq::telemetry::describe();
    Ok(collected.insert(handle).clone())
}
