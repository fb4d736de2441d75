//! Compatible changes that nevertheless change the code of consumers.

use super::support::{set_version, use_own_lessmq};
use crate::support::Project;

const SHOP: &str = r#"
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An order.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// Its number.
    pub number: u32,
}

/// Orders.
#[lessmq::interface(service = "shop")]
pub trait Orders {
    /// One order.
    async fn order(&self, number: u32, shop: u32) -> Order;

    /// Cancels orders.
    #[command]
    async fn cancel(&self, since: Option<u32>, reason: Option<u32>) -> lessmq::HandlerResult;
}
"#;

#[test]
fn code_that_has_to_be_changed_is_listed_and_does_not_change_the_step() {
    let project = Project::package("publish-code-changes", SHOP);
    use_own_lessmq(&project);
    assert_eq!(project.cli(["publish"]).exit, 0);
    set_version(&project, "1.2.0", "1.3.0");
    project.replace("src/lib.rs", "number: u32, shop: u32)", "shop: u32, number: u32, day: Option<u32>)");
    project.replace(
        "src/lib.rs",
        "since: Option<u32>, reason: Option<u32>",
        "reason: Option<u32>, since: Option<u32>",
    );
    project.replace(
        "src/lib.rs",
        "pub number: u32,",
        "pub number: u32,\n    /// Its weight.\n    pub weight: Option<f64>,",
    );
    project.cli(["check"]).check("check-code-changes");
    project.cli(["publish"]).check("publish-code-changes");
    let changelog = project.read("contracts/shop/CHANGELOG.md");
    let section = changelog.split("\n## ").nth(1).expect("there is a section");
    let (_, section) = section.split_once("\n\n").expect("it has a title");
    assert_eq!(
        section,
        "### Code changes

- code that sends `shop.cancel` has to be changed: the order of its arguments is `reason` and `since`
- code that calls `shop.order` has to be changed: it has the new argument `day`; the order of its arguments is `shop`, `number` and `day`
- code that needs `Eq`, `Hash` and `Ord` of `Order` has to be changed: the type does not implement them any more

### Added

- call `order`, request: `day`
- call `order`, reply: `weight`
"
    );
    // A change that is incompatible anyway is not reported twice.
    set_version(&project, "1.3.0", "2.0.0");
    project.replace("src/lib.rs", "pub number: u32,", "pub id: u32,");
    let output = project.cli(["check"]);
    assert!(output.exit == 0 && !output.stdout.contains("[code-change]"), "{output:?}");
}
