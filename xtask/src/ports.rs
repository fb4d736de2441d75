//! Free TCP ports on the loopback interface.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Result, bail};

/// The range of ports: below the ports of outgoing connections (from 32768 on Linux, from 49152 elsewhere).
///
/// A server on a port of that range could not be restarted: while it is stopped, a client that reconnects may get this port
/// for itself, connect to itself, and keep the port in use.
pub const RANGE: Range<u16> = 20_000..30_000;

/// A port in [`RANGE`] on which nothing listens at the moment.
///
/// A server takes seconds to bind its port, and until then the port seems to be free. So a process goes through the range
/// and never returns a port twice. It starts at a random port, to keep processes apart.
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
    bail!(
        "no TCP port between {} and {} is free on 127.0.0.1: stop the programs that use them",
        RANGE.start,
        RANGE.end
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_is_in_the_range_and_can_be_bound() {
        let port = free().expect("a port is free");
        assert!(RANGE.contains(&port));
        assert_ne!(port, free().expect("another port is free"));
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the port is free");
    }
}
