//! Free TCP ports on the loopback interface.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

use anyhow::{Result, bail};

/// Where ports are taken from: below what the system hands to outgoing connections (32768 and up on Linux, 49152 and up
/// elsewhere).
///
/// A server on an outgoing port could not be stopped and started again: while it is down, a client that keeps trying to
/// reconnect may be given that very port, connect to itself, and hold it.
pub const RANGE: Range<u16> = 20_000..30_000;

/// A port that nothing listens on at the moment, from [`RANGE`].
///
/// # Errors
/// If no port of the range is free.
pub fn free() -> Result<u16> {
    let length = RANGE.end - RANGE.start;
    let start = u16::try_from(RandomState::new().hash_one(0) % u64::from(length)).unwrap_or_default();
    for step in 0..length {
        let port = RANGE.start + (start + step) % length;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no TCP port between {} and {} is free on 127.0.0.1: stop what holds them", RANGE.start, RANGE.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_lies_in_the_range_and_can_be_bound() {
        let port = free().expect("some port is free");
        assert!(RANGE.contains(&port));
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the port is free");
    }
}
