//! Free TCP ports on the loopback interface.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Result, bail};

/// Where ports are taken from: below what the system hands to outgoing connections (32768 and up on Linux, 49152 and up
/// elsewhere).
///
/// A server on an outgoing port could not be stopped and started again: while it is down, a client that keeps trying to
/// reconnect may be given that very port, connect to itself, and hold it.
pub const RANGE: Range<u16> = 20_000..30_000;

/// A port that nothing listens on at the moment, from [`RANGE`].
///
/// A server takes seconds to bind its port, and until then it looks free. So a process goes through the range one by one and
/// never gets the same port twice; where it starts is left to chance, to keep processes apart.
///
/// # Errors
/// If no port of the range is free.
pub fn free() -> Result<u16> {
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| {
        let [low, high, ..] = RandomState::new().hash_one(0).to_le_bytes();
        AtomicU16::new(u16::from_le_bytes([low, high]))
    });
    let length = RANGE.end - RANGE.start;
    for _ in 0..length {
        let port = RANGE.start + NEXT.fetch_add(1, Ordering::Relaxed) % length;
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
        assert_ne!(port, free().expect("another port is free"));
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the port is free");
    }
}
