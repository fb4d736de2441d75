//! Checks, in the protocol of a server, whether it is ready and accepts the login.
//!
//! An open port is not enough: another program may use it, the server may still be starting, or it may need another
//! password.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

const TIMEOUT: Duration = Duration::from_secs(5);

/// Logs in to a RabbitMQ on 127.0.0.1 as `guest` and opens the virtual host `/`.
///
/// # Errors
/// If nothing responds in AMQP 0-9-1, or the server rejects `guest`.
pub fn rabbitmq(port: u16) -> Result<()> {
    let mut stream = connect("127.0.0.1", port)?;
    stream.write_all(b"AMQP\x00\x00\x09\x01").context("RabbitMQ closed the connection")?;
    amqp::expect(&mut stream, amqp::START)?;
    stream.write_all(&amqp::start_ok("guest", "guest"))?;
    let tune = amqp::expect(&mut stream, amqp::TUNE).context("RabbitMQ rejects `guest`")?;
    stream.write_all(&amqp::frame(amqp::TUNE_OK, &tune))?;
    stream.write_all(&amqp::frame(amqp::OPEN, b"\x01/\x00\x00"))?;
    amqp::expect(&mut stream, amqp::OPEN_OK).context("RabbitMQ does not open `/` for `guest`")?;
    stream.write_all(&amqp::frame(amqp::CLOSE, &[0, 200, 0, 0, 0, 0, 0]))?;
    amqp::expect(&mut stream, amqp::CLOSE_OK)?;
    Ok(())
}

/// Logs in to a PostgreSQL on 127.0.0.1 as `postgres`, without a password.
///
/// # Errors
/// If nothing responds in the protocol of PostgreSQL, or the server asks for a password.
pub fn postgres(port: u16) -> Result<()> {
    let mut stream = connect("127.0.0.1", port)?;
    let parameters = b"user\0postgres\0database\0postgres\0\0";
    let mut startup = Vec::new();
    startup.extend(u32::try_from(8 + parameters.len())?.to_be_bytes());
    startup.extend(196_608_u32.to_be_bytes()); // protocol 3.0
    startup.extend(parameters);
    stream.write_all(&startup).context("PostgreSQL closed the connection")?;
    let mut head = [0; 9];
    stream.read_exact(&mut head[..1]).context("PostgreSQL closed the connection")?;
    ensure!(head[0] == b'R', "PostgreSQL rejects the user `postgres`, or is still starting");
    stream.read_exact(&mut head[1..]).context("PostgreSQL closed the connection")?;
    ensure!(head[5..] == [0; 4], "PostgreSQL asks `postgres` for a password");
    stream.write_all(b"X\0\0\0\x04").context("PostgreSQL closed the connection")?;
    Ok(())
}

/// Sends `PING` to a Redis on 127.0.0.1.
///
/// # Errors
/// If the answer is not `PONG`: it is not a Redis, or it needs a password.
pub fn redis(port: u16) -> Result<()> {
    let mut stream = connect("127.0.0.1", port)?;
    stream.write_all(b"PING\r\n").context("Redis closed the connection")?;
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).context("Redis closed the connection")?;
    ensure!(&answer == b"+PONG\r\n", "Redis answers {:?} to PING", String::from_utf8_lossy(&answer));
    Ok(())
}

/// Connects to the address of `url`, and closes the connection.
///
/// # Errors
/// If the URL has no host, or nothing listens there.
pub fn listening(url: &str, default_port: u16) -> Result<()> {
    let (host, port) = host_and_port(url, default_port)?;
    connect(&host, port).map(drop)
}

/// `url` without its password.
#[must_use]
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once('@').map(|(user, host)| (user.split_once(':'), host)) {
        Some((Some((user, _)), host)) => format!("{scheme}://{user}:***@{host}{path}"),
        _ => url.to_owned(),
    }
}

/// The host and the port of `url`. Without a port, it is `default_port`.
///
/// # Errors
/// If it has no host, or an invalid port.
fn host_and_port(url: &str, default_port: u16) -> Result<(String, u16)> {
    let (_, rest) = url.split_once("://").context("not an address of the form scheme://host:port")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host_and_port)| host_and_port);
    let after_host =
        if host_and_port.starts_with('[') { host_and_port.find(']').map_or(0, |end| end + 1) } else { 0 };
    let colon = host_and_port[after_host..].find(':').map(|at| at + after_host);
    let (host, port) =
        colon.map_or((host_and_port, None), |at| (&host_and_port[..at], Some(&host_and_port[at + 1..])));
    let host = host.trim_matches(['[', ']']);
    ensure!(!host.is_empty(), "it has no host");
    let port = port.map_or(Ok(default_port), |port| port.parse().context("its port is not a number"))?;
    Ok((host.to_owned(), port))
}

fn connect(host: &str, port: u16) -> Result<TcpStream> {
    let addresses =
        (host, port).to_socket_addrs().with_context(|| format!("cannot look up the host {host}"))?;
    let mut reason = None;
    for address in addresses {
        match TcpStream::connect_timeout(&address, TIMEOUT) {
            Ok(stream) => {
                stream.set_read_timeout(Some(TIMEOUT))?;
                stream.set_write_timeout(Some(TIMEOUT))?;
                return Ok(stream);
            }
            Err(error) => reason = Some(error),
        }
    }
    match reason {
        Some(error) => Err(error).with_context(|| format!("nothing listens on {host}:{port}")),
        None => bail!("the host {host} has no address"),
    }
}

/// The part of AMQP 0-9-1 that a login needs (chapters 2.3.5 and 1.4 of the specification).
mod amqp {
    use std::io::Read;

    use anyhow::{Context, Result, ensure};

    /// The numbers of a class and of one of its methods.
    type Method = (u16, u16);

    pub(super) const START: Method = (10, 10);
    const START_OK: Method = (10, 11);
    pub(super) const TUNE: Method = (10, 30);
    pub(super) const TUNE_OK: Method = (10, 31);
    pub(super) const OPEN: Method = (10, 40);
    pub(super) const OPEN_OK: Method = (10, 41);
    pub(super) const CLOSE: Method = (10, 50);
    pub(super) const CLOSE_OK: Method = (10, 51);

    const METHOD_FRAME: u8 = 1;
    const FRAME_END: u8 = 0xCE;
    const MAX_FRAME_BYTES: u32 = 1 << 17;

    /// A method frame on channel 0.
    pub(super) fn frame(method: Method, arguments: &[u8]) -> Vec<u8> {
        let size = u32::try_from(4 + arguments.len()).expect("a login takes a few bytes");
        let mut frame = vec![METHOD_FRAME, 0, 0];
        frame.extend(size.to_be_bytes());
        frame.extend(method.0.to_be_bytes());
        frame.extend(method.1.to_be_bytes());
        frame.extend(arguments);
        frame.push(FRAME_END);
        frame
    }

    /// `connection.start-ok` with SASL PLAIN and no client properties.
    pub(super) fn start_ok(user: &str, password: &str) -> Vec<u8> {
        let response = format!("\0{user}\0{password}");
        let mut arguments = vec![0, 0, 0, 0];
        arguments.extend(b"\x05PLAIN");
        arguments.extend(u32::try_from(response.len()).expect("a password is short").to_be_bytes());
        arguments.extend(response.as_bytes());
        arguments.extend(b"\x05en_US");
        frame(START_OK, &arguments)
    }

    /// Reads one frame, which must contain `method`, and returns its arguments.
    pub(super) fn expect(stream: &mut impl Read, method: Method) -> Result<Vec<u8>> {
        let mut head = [0; 7];
        stream.read_exact(&mut head).context("RabbitMQ closed the connection")?;
        let size = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
        ensure!(
            head[0] == METHOD_FRAME && (4..MAX_FRAME_BYTES).contains(&size),
            "the server does not use AMQP 0-9-1"
        );
        let mut body = vec![0; size as usize + 1];
        stream.read_exact(&mut body).context("RabbitMQ closed the connection")?;
        let got = (u16::from_be_bytes([body[0], body[1]]), u16::from_be_bytes([body[2], body[3]]));
        ensure!(got == method, "RabbitMQ answers with method {got:?} instead of {method:?}");
        Ok(body[4..size as usize].to_vec())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_frame_that_was_written_is_read_back() {
            let bytes = frame(TUNE, b"abc");
            assert_eq!(expect(&mut bytes.as_slice(), TUNE).expect("it is complete"), b"abc");
        }

        #[test]
        fn another_method_another_protocol_and_an_incomplete_frame_are_errors() {
            let close = frame(CLOSE, b"abcd");
            for bytes in [close.as_slice(), b"HTTP/1.1 400 Bad Request\r\n", &frame(TUNE, b"abcd")[..9]] {
                expect(&mut &*bytes, TUNE).expect_err("it is not the method asked for");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_are_found_in_an_address() {
        for (url, host, port) in [
            ("amqp://guest:gu:est@127.0.0.1:5673/%2f", "127.0.0.1", 5673),
            ("amqps://broker.example", "broker.example", 5672),
            ("redis://[::1]:6380/0", "::1", 6380),
            ("redis://[::1]", "::1", 5672),
            ("postgres://a@b/c?host=x:1", "b", 5672),
        ] {
            assert_eq!(host_and_port(url, 5672).expect(url), (host.to_owned(), port), "{url}");
        }
        for url in ["", "localhost", "amqp://", "amqp://:5672", "amqp://host:port"] {
            host_and_port(url, 5672).expect_err(url);
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(without_password("amqp://me:se:cr@et@host:1/v"), "amqp://me:***@host:1/v");
        assert_eq!(without_password("redis://127.0.0.1:6379/"), "redis://127.0.0.1:6379/");
        assert_eq!(without_password("postgres://postgres@host/db"), "postgres://postgres@host/db");
    }

    #[test]
    fn a_port_that_nothing_listens_on_is_an_error_that_names_it() {
        let port = crate::ports::free().expect("a port is free");
        let error = listening(&format!("amqp://127.0.0.1:{port}"), 1).expect_err("nothing listens");
        assert!(error.to_string().contains(&port.to_string()), "{error:#}");
    }
}
