//! `contract`: the contracts that packages declare.

use crate::support::Project;

const ORDERS: &str = r#"
/// Orders.
#[lessmq::interface(service = "shop")]
pub trait Orders {
    /// The number of orders.
    async fn count(&self) -> u64;
}
"#;

/// An interface with one call.
fn interface(service: &str, name: &str, method: &str) -> String {
    format!(
        "\n#[lessmq::interface(service = \"{service}\")]\npub trait {name} {{ async fn {method}(&self) -> u64; }}\n"
    )
}

#[test]
fn the_interfaces_of_all_modules_form_one_contract() {
    let project = Project::package("nested-shop", &format!("{ORDERS}\nmod stock;\npub mod a {{ mod b; }}\n"));
    project.write("src/stock/mod.rs", &interface("shop", "Stock", "left"));
    project.write(
        "src/a/b.rs",
        "use lessmq::interface;\n#[interface(service = \"shop\", events)]\ntrait Events { async fn placed(&self, event: u64) -> lessmq::HandlerResult; }\n",
    );
    project.cli(["contract"]).check("contract-nested");
}

#[test]
fn two_services_of_one_package_are_two_documents() {
    let library = interface("stock", "Stock", "left") + &interface("shop", "Orders", "count");
    let project = Project::package("two-services", &library);
    let both = project.cli(["contract"]);
    both.check("contract-two-services");
    let shop = project.cli(["contract", "--service", "shop"]);
    let stock = project.cli(["contract", "--service", "stock"]);
    assert_eq!(both.stdout, format!("{}{}", shop.stdout, stock.stdout));
    project.cli(["contract", "--service", "user"]).check("contract-unknown-service");
}

#[test]
fn a_package_without_a_library_is_an_error() {
    let project = Project::workspace("program", &[("services/tool", "src/main.rs", "fn main() {}\n")]);
    project.cli_in("services/tool", ["contract"]).check("contract-no-library");
}

#[test]
fn an_interface_in_a_program_is_an_error() {
    let project = Project::package("program-too", ORDERS);
    project.write("src/main.rs", &format!("{}fn main() {{}}\n", interface("shop", "Hidden", "hidden")));
    project.cli(["contract"]).check("contract-in-program");
}

#[test]
fn a_package_without_interfaces_is_an_error() {
    let project = Project::package("plain", "");
    project.cli(["contract"]).check("contract-no-interface");
}

#[test]
fn a_package_that_does_not_compile_shows_the_errors_of_the_compiler_without_warnings() {
    let library = format!("use std::fmt;\n{}", ORDERS.replace("u64", "Unknown"));
    let project = Project::package("broken", &library);
    project.cli(["contract"]).check("contract-not-compiling");
}

#[test]
fn a_conditional_interface_is_skipped_with_a_warning_and_extracted_with_its_feature() {
    let admin =
        format!("#[cfg(feature = \"admin\")]\nmod admin {{ {} }}\n", interface("shop", "Admin", "purge"));
    let tests = "#[cfg(test)]\nmod tests { #[lessmq::interface(service = \"fake\")] trait Fake {} }\n";
    let project = Project::package("conditional", &format!("{ORDERS}{admin}{tests}"));
    let without = project.cli(["contract"]);
    without.check("contract-conditional");
    assert!(!without.stdout.contains("purge"));
    for with in [["contract", "--features=admin"], ["contract", "--all-features"]] {
        let with = project.cli(with);
        assert_eq!((with.exit, with.stderr.as_str()), (0, ""));
        assert!(with.stdout.contains("purge"));
    }
    project.cli(["contract", "--features", "nope"]).check("contract-unknown-feature");
}

#[test]
fn an_interface_that_is_missing_from_the_compiled_library_is_an_error() {
    let hidden = format!("#[cfg_attr(all(), cfg(any()))]{}", interface("shop", "Hidden", "hidden"));
    let project = Project::package("lacking", &format!("{ORDERS}{hidden}"));
    project.cli(["contract"]).check("contract-lacking");
}

#[test]
fn a_duplicate_method_is_an_error() {
    let project = Project::package("twice", &format!("{ORDERS}{}", interface("shop", "More", "count")));
    project.cli(["contract"]).check("contract-twice");
}

#[test]
fn a_workspace_is_searched_for_packages_with_interfaces() {
    let (user, shop) = (interface("user", "Users", "count"), interface("shop", "Orders", "count"));
    let program = format!("{}fn main() {{}}\n", interface("tool", "Tools", "count"));
    let project = Project::workspace(
        "many",
        &[
            ("services/user-service", "src/lib.rs", &user),
            ("services/shop", "src/lib.rs", &shop),
            ("services/tool", "src/main.rs", &program),
            ("services/plain", "src/lib.rs", ""),
            ("contracts/user", "src/lib.rs", &user),
        ],
    );
    project.write("contracts/user/contract.json", "{}");
    let all = project.cli(["contract"]);
    all.check("contract-workspace");
    let one = project.cli(["contract", "-p", "shop"]);
    assert_eq!((one.exit, one.stderr.as_str()), (0, ""));
    assert!(all.stdout.starts_with(&one.stdout));
    assert_eq!(project.cli_in("services/shop/src", ["contract"]).stdout, one.stdout);
    let manifest = project.root.join("services/shop/Cargo.toml");
    let manifest =
        project.cli_in("services/plain", ["contract", "--manifest-path", manifest.to_str().unwrap()]);
    assert_eq!(manifest.stdout, one.stdout);
    project.cli(["contract", "-p", "shop", "-p", "nope"]).check("contract-unknown-package");
}

#[test]
fn a_package_is_selected_as_cargo_selects_it() {
    // LessMQ depends on another package of this name, so cargo accepts it only with its version.
    let project = Project::package("inventory", ORDERS);
    let plain = project.cli(["contract", "-p", "inventory"]);
    assert_eq!((plain.exit, plain.stderr.as_str()), (0, ""));
    let cargo = |arguments: &[&str]| {
        let output = project.cargo(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    cargo(&["update", "--workspace"]);
    let id = cargo(&["pkgid", "inventory@1.2.0"]);
    for spec in ["inventory@1.2.0", "inventory:1.2", id.trim(), "inv*"] {
        cargo(&["tree", "--depth", "0", "-p", spec]);
        let output = project.cli(["contract", "-p", spec]);
        assert_eq!((output.exit, output.stdout == plain.stdout), (0, true), "{spec}: {output:?}");
    }
    project.cli(["contract", "-p", "inventory@latest"]).check("contract-invalid-package");
    project.cli(["contract", "-p", "inventory@0.3"]).check("contract-unknown-version");
}

#[test]
fn a_patched_lessmq_is_used() {
    let project = Project::package("patched", ORDERS);
    let lessmq = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../lessmq").canonicalize().unwrap();
    let manifest = project.read("Cargo.toml").replace(&format!("path = {lessmq:?}"), "version = \"0.1\"");
    // A relative path, which the harness must resolve.
    let up = "../".repeat(project.root.components().count() - 1);
    let relative = format!("{up}{}", lessmq.strip_prefix("/").unwrap().display());
    project
        .write("Cargo.toml", &format!("{manifest}\n[patch.crates-io]\nlessmq = {{ path = {relative:?} }}\n"));
    let output = project.cli(["contract"]);
    assert_eq!((output.exit, output.stderr.as_str()), (0, ""));
    assert!(output.stdout.contains("\"count\""));
}

#[test]
fn documents_are_written_to_the_contracts_directory() {
    let project = Project::package("written", ORDERS);
    let written = project.cli(["contract", "--write"]);
    assert_eq!((written.exit, written.stdout.as_str()), (0, ""));
    assert_eq!(written.stderr, "note: wrote contracts/shop/contract.json\n");
    assert_eq!(project.read("contracts/shop/contract.json"), project.cli(["contract"]).stdout);
}

#[test]
fn without_a_workspace_there_is_an_error() {
    let project = Project::empty("nothing");
    project.cli(["contract", "--manifest-path", "nope/Cargo.toml"]).check("contract-no-workspace");
}
