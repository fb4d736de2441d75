//! The contract to go by: that of the live service, or a document.

use std::path::{Path, PathBuf};
use std::time::Duration;

use lessmq::Bus;
use lessmq::client::InterfaceClient;
use lessmq::contract::Contract;
use lessmq::name::{MethodName, Name};

use crate::document;
use crate::live::{Connection, contracts};
use crate::report::{Error, Result};

/// How long to wait for all processes on the bus, where one of them is not enough.
const MAX_SEARCH: Duration = Duration::from_millis(500);

/// How to connect, and which contract to go by.
#[derive(Debug, clap::Args)]
pub(crate) struct Access {
    #[command(flatten)]
    pub(super) connection: Connection,
    /// A contract document to go by, instead of the contract of the live service
    #[arg(long, value_name = "FILE")]
    contract: Option<PathBuf>,
    /// How long to wait for the contract of the live service, in milliseconds
    #[arg(long, value_name = "MS", default_value = "2000")]
    wait: u64,
}

impl Access {
    pub(super) fn wait(&self) -> Duration {
        Duration::from_millis(self.wait)
    }

    /// The contract of a service that should have the method.
    pub(super) async fn contract(&self, bus: &Bus, service: &Name, method: &str) -> Result<Contract> {
        if let Some(path) = &self.contract {
            return committed(path, service);
        }
        let contract = self.describe(bus, service).await?;
        if contract.methods.contains_key(method) {
            return Ok(contract);
        }
        // Another process may provide another interface of the service.
        let mut others = self.search(bus, service).await?.into_iter();
        Ok(others.find(|other| other.methods.contains_key(method)).unwrap_or(contract))
    }

    /// The contract of a service with the methods of all its processes.
    pub(super) async fn whole_contract(&self, bus: &Bus, service: &Name) -> Result<Contract> {
        if let Some(path) = &self.contract {
            return committed(path, service);
        }
        let mut whole = self.describe(bus, service).await?;
        for other in self.search(bus, service).await? {
            for (name, method) in other.methods {
                whole.methods.entry(name).or_insert(method);
            }
        }
        Ok(whole)
    }

    async fn describe(&self, bus: &Bus, service: &Name) -> Result<Contract> {
        let described = bus.describe(service.as_str(), self.wait()).await;
        let contract = described.map_err(|error| match error.kind() {
            lessmq::ErrorKind::Unavailable => Error::from(error).hint(
                "start the service, check the broker and the --namespace, or give its contract by --contract FILE",
            ),
            _ => error.into(),
        })?;
        check_names(contract.contract, service)
    }

    async fn search(&self, bus: &Bus, service: &Name) -> Result<Vec<Contract>> {
        let is_meant = |found: &str| found == service.as_str();
        let found = contracts(bus, self.wait().min(MAX_SEARCH), is_meant).await?;
        found.into_iter().map(|contract| check_names(contract, service)).collect()
    }
}

fn committed(path: &Path, service: &Name) -> Result<Contract> {
    let contract = document::read(path)?;
    let expected = contract.service.clone();
    check_names(contract, service).map_err(|error| {
        error
            .at(path.display())
            .hint(format!("give the contract of `{service}`, or call a method of `{expected}`"))
    })
}

/// A contract whose names can be used on a bus. It may come from another program.
fn check_names(contract: Contract, service: &Name) -> Result<Contract> {
    if contract.service != service.as_str() {
        return Err(Error::new(format!(
            "this is the contract of `{}`, not of `{service}`",
            contract.service
        )));
    }
    for (name, _) in contract.events() {
        MethodName::parse("event", name)?;
    }
    Ok(contract)
}

/// A client for messages of any type, whose names were checked.
pub(super) fn client(bus: &Bus, contract: Contract) -> InterfaceClient {
    // A run has one client, which lives as long as the program.
    InterfaceClient::new(bus, Box::leak(Box::new(contract)))
}
