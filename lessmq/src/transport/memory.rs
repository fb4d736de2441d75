//! The in-process transport.

use async_trait::async_trait;
use tokio::time::Instant;

use super::{Address, Capabilities, ConsumeOptions, Consumer, Source, Transport};
use crate::envelope::Envelope;
use crate::error::Result;

/// STUB while the driver is being written.
#[derive(Debug)]
pub struct Memory;
