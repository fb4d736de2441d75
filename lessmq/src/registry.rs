//! The interfaces that are linked into this program.

use crate::contract::Contract;
use crate::error::Result;

/// One `#[lessmq::interface]`.
#[derive(Clone, Copy, Debug)]
pub struct RegisteredInterface {
    /// The package that declares the interface.
    pub package: &'static str,
    /// The trait's name.
    pub name: &'static str,
    /// The trait's module, as `module_path!` names it, with the crate's name.
    pub module: &'static str,
    /// The source file, as the compiler names it.
    pub file: &'static str,
    /// The line of the trait, from 1.
    pub line: u32,
    /// The contract of the interface.
    pub contract: fn() -> &'static Contract,
}

inventory::collect!(RegisteredInterface);

/// Every interface that is linked into this program, including those of dependencies, in no particular order. An unused
/// dependency is not linked.
pub fn registered_interfaces() -> impl Iterator<Item = &'static RegisteredInterface> {
    inventory::iter::<RegisteredInterface>.into_iter()
}

/// The contracts that `package` declares, one per service, each with all its interfaces.
///
/// # Errors
/// `Config` if a method of a service is duplicated.
pub fn contracts_of(package: &str) -> Result<Vec<Contract>> {
    let mut interfaces: Vec<_> =
        registered_interfaces().filter(|interface| interface.package == package).collect();
    interfaces.sort_by_key(|interface| (interface.module, interface.line));
    let mut contracts: Vec<Contract> = Vec::new();
    for contract in interfaces.iter().map(|interface| (interface.contract)()) {
        match contracts.iter_mut().find(|known| known.service == contract.service) {
            Some(known) => known.merge(contract)?,
            None => contracts.push(contract.clone()),
        }
    }
    contracts.sort_by(|a, b| a.service.cmp(&b.service));
    Ok(contracts)
}
