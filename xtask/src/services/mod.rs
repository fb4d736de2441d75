//! The servers that tests need, and how they are found or started.

mod choice;
mod start;

pub mod record;

use std::env;
use std::fmt;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::account::is_root;
use crate::{probe, program};
use choice::{Reason, choose};
use record::{Method, Record};

/// A server that tests need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Service {
    /// The broker.
    RabbitMq,
    /// The database.
    Postgres,
    /// The cache.
    Redis,
}

impl Service {
    /// All servers.
    pub const ALL: [Self; 3] = [Self::RabbitMq, Self::Postgres, Self::Redis];

    /// The environment variable with its address. Tests read it, and `services up` does so if another program runs the server.
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            Self::RabbitMq => "LESSMQ_TEST_AMQP_URL",
            Self::Postgres => "LESSMQ_TEST_POSTGRES_URL",
            Self::Redis => "LESSMQ_TEST_REDIS_URL",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::RabbitMq => 5672,
            Self::Postgres => 5432,
            Self::Redis => 6379,
        }
    }

    /// Its Debian package.
    fn package(self) -> &'static str {
        match self {
            Self::RabbitMq => "rabbitmq-server",
            Self::Postgres => "postgresql",
            Self::Redis => "redis-server",
        }
    }

    /// Its name in `compose.yaml`.
    fn container(self) -> &'static str {
        match self {
            Self::RabbitMq => "rabbitmq",
            Self::Postgres => "postgres",
            Self::Redis => "redis",
        }
    }

    fn url(self, port: u16) -> String {
        match self {
            Self::RabbitMq => format!("amqp://guest:guest@127.0.0.1:{port}/%2f"),
            Self::Postgres => format!("postgres://postgres@127.0.0.1:{port}/postgres"),
            Self::Redis => format!("redis://127.0.0.1:{port}/"),
        }
    }

    fn probe(self, port: u16) -> Result<()> {
        match self {
            Self::RabbitMq => probe::rabbitmq(port),
            Self::Postgres => probe::postgres(port),
            Self::Redis => probe::redis(port),
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::RabbitMq => "RabbitMQ",
            Self::Postgres => "PostgreSQL",
            Self::Redis => "Redis",
        })
    }
}

/// A server that responds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which service it is.
    pub service: Service,
    /// How it was found or started.
    pub method: Method,
    /// Its address.
    pub url: String,
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} ({})", self.service, probe::without_password(&self.url), self.method)
    }
}

/// Finds or starts every service. What it starts is owned by this process: see [`keep`].
///
/// # Errors
/// If a service cannot be found or started, or an address in an environment variable does not respond. The error lists what
/// was tried, with a hint.
pub fn up() -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for service in Service::ALL {
        found.extend(given(service)?);
    }
    let missing: Vec<_> =
        Service::ALL.into_iter().filter(|s| found.iter().all(|f| f.service != *s)).collect();
    let methods =
        [Method::StartedBefore, Method::Listening, Method::Installed, Method::Packages, Method::Compose];
    let (chosen, reasons) = choose(&missing, &methods, prepare, attempt);
    found.extend(chosen);
    found.sort_by_key(|found| found.service);
    if reasons.is_empty() { Ok(found) } else { bail!(help(&reasons)) }
}

/// Lets the servers that this process started outlive it, until [`down`].
///
/// # Errors
/// If the records cannot be written.
pub fn keep() -> Result<()> {
    let ours = |record: &Record| record.owner.as_ref().is_some_and(|owner| owner.pid() == std::process::id());
    for mut record in Record::all()?.into_iter().filter(ours) {
        record.owner = None;
        record.write()?;
    }
    Ok(())
}

/// Ends the servers of [`keep`], and those of processes that have exited. Other servers are not ended.
///
/// # Errors
/// If a server cannot be ended.
pub fn down() -> Result<Vec<Record>> {
    record::end_all(|record| record.owner.is_none() || record.is_orphan())
}

/// What [`up`] would find without starting anything.
#[must_use]
pub fn status() -> Vec<(Service, Result<Found>)> {
    let look = |service| {
        if let Some(found) = given(service)? {
            return Ok(found);
        }
        if let Some(record) = started_before(service)? {
            return Ok(Found { service, method: record.method, url: record.url });
        }
        let url = attempt(Method::Listening, service)?;
        Ok(Found { service, method: Method::Listening, url })
    };
    Service::ALL.map(|service| (service, look(service))).into()
}

fn given(service: Service) -> Result<Option<Found>> {
    let variable = service.variable();
    let Some(url) = env::var_os(variable).filter(|url| !url.is_empty()) else { return Ok(None) };
    let url = url.into_string().ok().with_context(|| format!("{variable} is not valid UTF-8"))?;
    let shown = probe::without_password(&url);
    probe::listening(&url, service.default_port()).with_context(|| {
        format!("{variable} is set to {shown}, which does not respond: start this {service}, or change or unset the variable")
    })?;
    Ok(Some(Found { service, method: Method::Given, url }))
}

fn started_before(service: Service) -> Result<Option<Record>> {
    let fits =
        |record: &Record| record.service == Some(service) && record.owner.is_none() && record.is_alive();
    Ok(Record::all()?.into_iter().find(fits))
}

/// Prepares a method, once for all services that are still missing.
fn prepare(method: Method, missing: &[Service]) -> Result<()> {
    match method {
        Method::Packages => install_packages(missing),
        Method::Compose => program::output(Command::new("docker").args(["compose", "version"]))
            .and_then(|_| program::output(Command::new("docker").arg("info")))
            .map(drop)
            .context("`docker compose` does not work on this machine"),
        Method::Given | Method::StartedBefore | Method::Listening | Method::Installed => Ok(()),
    }
}

fn attempt(method: Method, service: Service) -> Result<String> {
    match method {
        Method::Given => bail!("{} is not set", service.variable()),
        Method::StartedBefore => {
            let record = started_before(service)?.context("`services up` did not start it")?;
            probe::listening(&record.url, service.default_port())?;
            Ok(record.url)
        }
        Method::Listening => {
            service.probe(service.default_port()).map(|()| service.url(service.default_port()))
        }
        Method::Installed | Method::Packages => start::installed(service, method),
        Method::Compose => start::container(service),
    }
}

fn install_packages(missing: &[Service]) -> Result<()> {
    if program::find("apt-get", &[]).is_none() {
        bail!("apt-get is not installed");
    }
    if !is_root() {
        bail!("only root can install packages with apt-get");
    }
    let packages: Vec<_> = missing.iter().map(|service| service.package()).collect();
    eprintln!("installing {} with apt-get; this takes a minute or two", packages.join(", "));
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command.args(["-o", "DPkg::Lock::Timeout=300", "-qq"]);
        command
    };
    program::output(apt().arg("update"))?;
    program::output(apt().args(["install", "--yes", "--no-install-recommends"]).args(packages))?;
    Ok(())
}

fn help(reasons: &[Reason]) -> String {
    let mut text = String::new();
    for reason in reasons {
        text += &format!("no {} could be found or started:\n", reason.service);
        for (method, error) in &reason.errors {
            if *method != Method::StartedBefore {
                text +=
                    &format!("  - {}: {}\n", method.attempt(), format!("{error:#}").replace('\n', "\n    "));
            }
        }
    }
    let packages = reasons.iter().map(|reason| reason.service.package()).collect::<Vec<_>>().join(" ");
    let variables = reasons.iter().map(|reason| reason.service.variable()).collect::<Vec<_>>().join(", ");
    text + &format!(
        "hint: install what is missing (Debian, Ubuntu: `sudo apt-get install {packages}`), or Docker with its compose \
         plugin, or set {variables} to the address of a running server"
    )
}
