//! The metrics of the process, for Prometheus.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::error::StartError;

/// How often measurements are aggregated, which bounds the memory that they use.
pub(crate) const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

static RECORDER: Mutex<Option<PrometheusHandle>> = Mutex::new(None);

/// Records the metrics of this process from now on. The services of one process share them.
///
/// # Errors
/// `Metrics` if another recorder is installed.
pub fn record() -> Result<PrometheusHandle, StartError> {
    let mut recorder = RECORDER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*recorder {
        return Ok(handle.clone());
    }
    let handle =
        PrometheusBuilder::new().install_recorder().map_err(|error| StartError::Metrics(error.into()))?;
    lessmq::telemetry::describe();
    Ok(recorder.insert(handle).clone())
}
