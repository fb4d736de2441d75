//! Consumers and providers of a released contract: they compile until a release is incompatible.

use xtask::registries::Registry;

use super::support::{
    bare_repository, set_version, use_own_lessmq, use_registry, write_and_commit, written_shop,
};
use crate::support::Project;

#[test]
fn a_consumer_compiles_against_a_release_and_not_against_an_incompatible_one() {
    let registry = Registry::crates().unwrap();
    let mut service = written_shop("publish-consumed");
    use_registry(&mut service, &registry);
    let publish = || assert_eq!(service.cli(["publish", "--registry", "local"]).exit, 0);
    publish();
    let mut consumer = depending("publish-consumer", "version = \"1.2\", registry = \"local\"", CONSUMER);
    use_registry(&mut consumer, &registry);
    compiles(&consumer);
    break_it(&service);
    publish();
    consumer.replace("Cargo.toml", "version = \"1.2\"", "version = \"2.0\"");
    does_not_compile(&consumer, IN_CONSUMER);
}

#[test]
fn a_consumer_may_depend_on_a_tag() {
    let service = written_shop("publish-tagged");
    let repository = bare_repository("publish-tagged-remote");
    let url = format!("file://{}", repository.root.display());
    let publish = || assert_eq!(service.cli(["publish", "--git", &url]).exit, 0);
    publish();
    let dependency = format!("git = {url:?}, tag = \"shop-contract-v1.2.0\"");
    let mut consumer = depending("publish-tagged-consumer", &dependency, CONSUMER);
    consumer.environment = vec![("CARGO_NET_OFFLINE", "false".to_owned())];
    compiles(&consumer);
    break_it(&service);
    publish();
    compiles(&consumer);
    consumer.replace("Cargo.toml", "-v1.2.0", "-v2.0.0");
    does_not_compile(&consumer, IN_CONSUMER);
}

#[test]
fn a_provider_of_the_released_interface_does_not_compile_against_an_incompatible_one() {
    let registry = Registry::crates().unwrap();
    let mut service = written_shop("publish-provided");
    use_registry(&mut service, &registry);
    let publish = || assert_eq!(service.cli(["publish", "--registry", "local"]).exit, 0);
    publish();
    let dependency = "version = \"1.2\", registry = \"local\"";
    let mut provider = depending("publish-provider", dependency, PROVIDER);
    use_registry(&mut provider, &registry);
    compiles(&provider);
    break_it(&service);
    publish();
    provider.replace("Cargo.toml", "version = \"1.2\"", "version = \"2.0\"");
    does_not_compile(&provider, "error[E0560]: struct `Order` has no field named `price`");
}

/// The incompatible change.
fn break_it(service: &Project) {
    service.replace("src/lib.rs", "pub price: u32", "pub cost: u32");
    set_version(service, "1.2.0", "2.0.0");
    write_and_commit(service);
}

const CONSUMER: &str = "//! A consumer.

use shop_contract::OrdersClient;

/// The price of an order.
///
/// # Errors
/// The call failed.
pub async fn price(orders: &OrdersClient, number: u32) -> lessmq::Result<u32> {
    Ok(orders.order(number).await?.price)
}
";

const IN_CONSUMER: &str = "error[E0609]: no field `price` on type `Order`";

const PROVIDER: &str = "//! A provider.

use shop_contract::{Order, Orders};

/// A shop.
#[derive(Debug)]
pub struct Shop;

impl Orders for Shop {
    async fn order(&self, number: u32) -> Order {
        Order { number, price: 7 }
    }
}
";

/// A package in an empty directory that depends on the contract.
fn depending(name: &str, dependency: &str, source: &str) -> Project {
    let project = Project::package(name, "");
    let dependency = format!("[dependencies]\nshop-contract = {{ {dependency} }}\n");
    project.replace("Cargo.toml", "[dependencies]\n", &dependency);
    project.write("src/lib.rs", source);
    use_own_lessmq(&project);
    project
}

fn compiles(project: &Project) {
    let (compiled, said) = compile(project);
    assert!(compiled, "{said}");
}

/// Checks that the error is in the project's own code and names the change.
fn does_not_compile(project: &Project, error: &str) {
    let (compiled, said) = compile(project);
    assert!(!compiled, "{said}");
    assert!(said.contains(error) && said.contains("--> src/lib.rs:"), "{said}");
}

/// Compiles in the target directory of the service, to reuse its dependencies.
fn compile(project: &Project) -> (bool, String) {
    let output = project.cargo(&["build", "--quiet"]).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}
