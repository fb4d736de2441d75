//! Which packages to look into.

use super::scan::{self, Declared};
use super::workspace::{Package, Target, Workspace};
use crate::error::{Error, Result};
use crate::output::Talk;

/// A package, and what its source says.
#[derive(Debug)]
pub(crate) struct Candidate<'w> {
    pub(crate) package: &'w Package,
    pub(crate) declared: Vec<Declared>,
}

/// The packages that are named; without names the one in whose directory we are; at the top of a workspace all that
/// declare interfaces.
pub(crate) fn select<'w>(
    workspace: &'w Workspace,
    names: &[String],
    talk: &Talk,
) -> Result<Vec<Candidate<'w>>> {
    if !names.is_empty() {
        let mut packages = names.iter().map(|name| workspace.package(name)).collect::<Result<Vec<_>>>()?;
        packages.sort_by_key(|package| &package.name);
        packages.dedup_by_key(|package| &package.name);
        return packages.into_iter().map(|package| candidate(workspace, package)).collect();
    }
    match workspace.current() {
        Some(package) if !workspace.is_meant_as_a_whole() || workspace.packages.len() == 1 => {
            Ok(vec![candidate(workspace, package)?])
        }
        _ => all(workspace, talk),
    }
}

/// A package that was asked for: everything that it declares must be in its library.
fn candidate<'w>(workspace: &Workspace, package: &'w Package) -> Result<Candidate<'w>> {
    let name = &package.name;
    let declared = package.library().map(in_target).unwrap_or_default();
    if let Some(stray) = in_binaries(package, &declared).first() {
        return Err(Error::new(format!(
            "package `{name}` declares the interface `{}` in a program: {}",
            stray.name,
            place(workspace, stray)
        ))
        .because("a contract is taken from a library; nothing can be linked to a program")
        .hint(format!("move the interface to {}", library_path(workspace, package))));
    }
    if package.library().is_none() {
        return Err(Error::new(format!("package `{name}` has no library"))
            .hint(format!("declare its interfaces in {}", library_path(workspace, package))));
    }
    if declared.is_empty() {
        return Err(Error::new(format!("package `{name}` declares no interface")).hint(
            "put #[lessmq::interface(service = \"…\")] on a trait, or choose another package with -p",
        ));
    }
    Ok(Candidate { package, declared })
}

fn all<'w>(workspace: &'w Workspace, talk: &Talk) -> Result<Vec<Candidate<'w>>> {
    let mut chosen = Vec::new();
    for package in &workspace.packages {
        // A contract crate declares again what its service does.
        let is_contract_crate = package.directory().parent() == Some(&workspace.root.join("contracts"))
            && package.directory().join("contract.json").is_file();
        if package.lessmq().is_none() || is_contract_crate || package.has_no_contract() {
            continue;
        }
        let declared = package.library().map(in_target).unwrap_or_default();
        warn_of_strays(package, &in_binaries(package, &declared), talk);
        if !declared.is_empty() {
            chosen.push(Candidate { package, declared });
        }
    }
    chosen.sort_by_key(|candidate| &candidate.package.name);
    if chosen.is_empty() {
        return Err(Error::new(format!(
            "no package of the workspace {} declares an interface in its library",
            workspace.root.display()
        ))
        .hint("put #[lessmq::interface(service = \"…\")] on a trait in src/lib.rs of a package"));
    }
    let names: Vec<&str> = chosen.iter().map(|candidate| candidate.package.name.as_str()).collect();
    talk.note(&format!("packages that declare interfaces: {}", names.join(", ")));
    Ok(chosen)
}

/// One line for all that is left out of a package.
fn warn_of_strays(package: &Package, strays: &[Declared], talk: &Talk) {
    let names: Vec<String> = strays.iter().map(|stray| format!("`{}`", stray.name)).collect();
    if !names.is_empty() {
        let (name, names) = (&package.name, names.join(", "));
        talk.warning(&format!("left out, for it is declared in a program of package `{name}`: {names}"));
    }
}

fn in_target(target: &Target) -> Vec<Declared> {
    scan::interfaces(&target.src_path, &target.crate_name())
}

/// What only programs of the package declare.
fn in_binaries(package: &Package, in_library: &[Declared]) -> Vec<Declared> {
    let known = |found: &Declared| in_library.iter().any(|declared| declared.file == found.file);
    package.binaries().flat_map(in_target).filter(|found| !known(found)).collect()
}

fn library_path(workspace: &Workspace, package: &Package) -> String {
    workspace.relative(&package.directory().join("src/lib.rs")).display().to_string()
}

pub(super) fn place(workspace: &Workspace, declared: &Declared) -> String {
    format!("{}:{}", workspace.relative(&declared.file).display(), declared.line)
}
