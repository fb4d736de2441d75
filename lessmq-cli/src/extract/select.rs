//! Selects the packages to compile.

use crate::report::{Error, Reporter, Result};
use crate::syntax::interfaces::{DeclaredInterface, declared_interfaces};
use crate::workspace::{Package, Target, Workspace};

/// A selected package, and the interfaces that its source declares.
#[derive(Debug)]
pub(crate) struct Candidate<'w> {
    pub(crate) package: &'w Package,
    pub(crate) declared: Vec<DeclaredInterface>,
}

/// The packages that the values of `-p` select. Without them: the package of the current directory or, at the top of a workspace, every package
/// that declares interfaces.
pub(crate) fn select<'w>(
    workspace: &'w Workspace,
    specs: &[String],
    reporter: &dyn Reporter,
) -> Result<Vec<Candidate<'w>>> {
    if !specs.is_empty() {
        let selected = specs.iter().map(|spec| workspace.select(spec)).collect::<Result<Vec<_>>>()?;
        let mut packages = selected.concat();
        packages.sort_by_key(|package| &package.name);
        packages.dedup_by_key(|package| &package.name);
        return packages.into_iter().map(|package| candidate(workspace, package)).collect();
    }
    match workspace.current() {
        Some(package) if !workspace.selects_all() || workspace.packages.len() == 1 => {
            Ok(vec![candidate(workspace, package)?])
        }
        _ => all(workspace, reporter),
    }
}

/// A package that the user selected: all its interfaces must be in its library.
fn candidate<'w>(workspace: &Workspace, package: &'w Package) -> Result<Candidate<'w>> {
    let name = &package.name;
    let declared = package.library().map(in_target).unwrap_or_default();
    if let Some(stray) = in_binaries(package, &declared).first() {
        return Err(Error::new(format!(
            "package `{name}` declares the interface `{}` in a program: {}",
            stray.name,
            location(workspace, stray)
        ))
        .because("a contract is read from the library, because no other crate can depend on a binary target")
        .hint(format!("move the interface to {}", library_path(workspace, package))));
    }
    if package.library().is_none() {
        return Err(Error::new(format!("package `{name}` has no library"))
            .hint(format!("declare its interfaces in {}", library_path(workspace, package))));
    }
    if declared.is_empty() {
        return Err(Error::new(format!("package `{name}` declares no interface")).hint(
            "put #[lessmq::interface(service = \"…\")] on a trait, or select another package with -p",
        ));
    }
    Ok(Candidate { package, declared })
}

fn all<'w>(workspace: &'w Workspace, reporter: &dyn Reporter) -> Result<Vec<Candidate<'w>>> {
    let mut selected = Vec::new();
    for package in &workspace.packages {
        // A contract crate repeats the interfaces of its service.
        let is_contract_crate = package.directory().parent() == Some(&workspace.root.join("contracts"))
            && package.directory().join("contract.json").is_file();
        if package.lessmq().is_none() || is_contract_crate || package.opts_out() {
            continue;
        }
        let declared = package.library().map(in_target).unwrap_or_default();
        warn_of_strays(package, &in_binaries(package, &declared), reporter);
        if !declared.is_empty() {
            selected.push(Candidate { package, declared });
        }
    }
    selected.sort_by_key(|candidate| &candidate.package.name);
    if selected.is_empty() {
        return Err(Error::new(format!(
            "no package of the workspace `{}` declares an interface in its library",
            workspace.root.display()
        ))
        .hint("put #[lessmq::interface(service = \"…\")] on a trait in src/lib.rs of a package"));
    }
    let names: Vec<&str> = selected.iter().map(|candidate| candidate.package.name.as_str()).collect();
    reporter.note(&format!("packages that declare interfaces: {}", names.join(", ")));
    Ok(selected)
}

/// One warning for all interfaces of a package that are skipped.
fn warn_of_strays(package: &Package, strays: &[DeclaredInterface], reporter: &dyn Reporter) {
    let names: Vec<String> = strays.iter().map(|stray| format!("`{}`", stray.name)).collect();
    if !names.is_empty() {
        let (name, names) = (&package.name, names.join(", "));
        let (interfaces, are, they) =
            if strays.len() == 1 { ("interface", "is", "it is") } else { ("interfaces", "are", "they are") };
        reporter.warning(&format!(
            "{interfaces} {names} {are} skipped: {they} declared in a program of package `{name}`"
        ));
    }
}

fn in_target(target: &Target) -> Vec<DeclaredInterface> {
    declared_interfaces(&target.source())
}

/// The interfaces that only programs of the package declare.
fn in_binaries(package: &Package, in_library: &[DeclaredInterface]) -> Vec<DeclaredInterface> {
    let is_known = |found: &DeclaredInterface| in_library.iter().any(|declared| declared.file == found.file);
    package.binaries().flat_map(in_target).filter(|found| !is_known(found)).collect()
}

fn library_path(workspace: &Workspace, package: &Package) -> String {
    workspace.relative(&package.directory().join("src/lib.rs")).display().to_string()
}

pub(super) fn location(workspace: &Workspace, declared: &DeclaredInterface) -> String {
    format!("{}:{}", workspace.relative(&declared.file).display(), declared.line)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::report::Progress;

    /// Records the warnings.
    #[derive(Default)]
    struct Recorder(RefCell<Vec<String>>);

    impl Reporter for Recorder {
        fn note(&self, _: &str) {}
        fn warning(&self, text: &str) {
            self.0.borrow_mut().push(text.to_owned());
        }
        fn error(&self, _: &Error) {}
        fn forward(&self, _: &str) {}
        fn is_interactive(&self) -> bool {
            false
        }
        fn progress(&self, _: &str, _: usize) -> Box<dyn Progress> {
            Box::new(NoProgress)
        }
    }

    struct NoProgress;

    impl Progress for NoProgress {
        fn start(&self, _: &str) {}
    }

    #[test]
    fn interfaces_of_a_program_are_reported_in_one_warning() {
        let stray = |name: &str| DeclaredInterface {
            name: name.to_owned(),
            module: "shop".to_owned(),
            file: "src/main.rs".into(),
            line: 1,
            condition: None,
        };
        let package = serde_json::json!({
            "name": "shop", "version": "1.2.0", "license": null, "repository": null, "rust_version": null, "authors": [],
            "manifest_path": "/shop/Cargo.toml", "targets": [], "dependencies": [], "features": {},
        });
        let package: Package = serde_json::from_value(package).expect("cargo writes it so");
        let recorder = Recorder::default();
        warn_of_strays(&package, &[], &recorder);
        warn_of_strays(&package, &[stray("Orders"), stray("Stock")], &recorder);
        warn_of_strays(&package, &[stray("Prices")], &recorder);
        let expected = [
            "interfaces `Orders`, `Stock` are skipped: they are declared in a program of package `shop`",
            "interface `Prices` is skipped: it is declared in a program of package `shop`",
        ];
        assert_eq!(recorder.0.into_inner(), expected);
    }
}
