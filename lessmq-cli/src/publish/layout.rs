//! The files of a contract crate.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lessmq::contract::Contract;

use super::{manifest, sources};
use crate::error::Result;
use crate::extract::Extracted;
use crate::extract::workspace::Package;

/// Files by their path in the crate.
pub(crate) type Files = BTreeMap<PathBuf, String>;

/// A contract as others depend on it.
#[derive(Debug)]
pub(crate) struct ContractCrate {
    /// `user-contract`.
    pub(crate) name: String,
    pub(crate) contract: Contract,
    /// The package that declares it.
    pub(crate) package: Package,
    /// Below `src`.
    pub(super) rust: Files,
    pub(crate) changelog: String,
}

/// Where a copy of the crate stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    /// In the workspace of the service, where LessMQ may be a path dependency.
    Workspace { directory: &'a Path },
    /// By itself, to be released.
    Alone,
    /// In a repository of contracts.
    Repository,
}

impl ContractCrate {
    /// The crate of the contract that `package` declares.
    pub(crate) fn new(found: Extracted, package: Package) -> Result<Self> {
        let Extracted { contract, traits, .. } = found;
        Ok(Self {
            name: crate_name(&contract.service),
            rust: sources::rust(&contract, &traits)?,
            contract,
            package,
            changelog: String::new(),
        })
    }

    /// All files of a copy.
    pub(crate) fn files(&self, place: Place<'_>) -> Result<Files> {
        let mut files = self.common(&self.name, &self.cargo_readme());
        files.insert("Cargo.toml".into(), manifest::cargo(self, place)?);
        for (path, text) in &self.rust {
            files.insert(Path::new("src").join(path), text.clone());
        }
        Ok(files)
    }

    /// All files of the npm package called `name`.
    pub(crate) fn npm_files(&self, name: &str) -> Result<Files> {
        let mut files = self.common(name, &self.npm_readme(name));
        for (path, text) in sources::typescript(&self.contract)? {
            files.insert(Path::new("src").join(path), text);
        }
        let manifest = manifest::npm(self, name, &files);
        files.insert("package.json".into(), manifest);
        Ok(files)
    }

    fn common(&self, name: &str, readme: &str) -> Files {
        let service = &self.contract.service;
        let mut text = format!("# {name}\n\n");
        if let Some(description) = &self.contract.description {
            text += &format!("{}\n\n", description.trim());
        }
        text += &format!(
            "The contract of the service `{service}`: what it promises, as types to compile against.\n\n"
        );
        text += readme;
        text += "\nWhat changed from release to release is in [CHANGELOG.md](CHANGELOG.md); the contract itself, as JSON \
                 Schema, in [contract.json](contract.json).\n";
        BTreeMap::from([
            ("README.md".into(), text),
            ("CHANGELOG.md".into(), self.changelog.clone()),
            ("contract.json".into(), self.contract.to_json()),
        ])
    }

    fn cargo_readme(&self) -> String {
        let (name, version) = (&self.name, &self.contract.version);
        let library = name.replace('-', "_");
        format!(
            "```toml\n[dependencies]\n{name} = \"{version}\"\n```\n\n\
             `{library}` has the interfaces with their clients and servers, and the types of their messages. An \
             incompatible release has another major version, and is a compile error where your code needs what \
             changed.\n"
        )
    }

    fn npm_readme(&self, name: &str) -> String {
        format!(
            "```sh\nnpm install {name}@{}\n```\n\n\
             The package has TypeScript sources and no JavaScript: it is for TypeScript projects with a bundler that \
             takes them, and for checking types with `tsc`. Node.js alone does not run it.\n",
            self.contract.version
        )
    }
}

/// What the crate of a service's contract is called.
pub(crate) fn crate_name(service: &str) -> String {
    format!("{service}-contract")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::extract::Traits;
    use crate::extract::workspace::Workspace;
    use crate::publish::files;

    /// That its document is what the service promises is a test of the service.
    #[test]
    fn the_contract_crate_of_this_repository_is_what_publish_writes() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
        let workspace = Workspace::load(Some(&manifest)).expect("this is a workspace");
        let directory = workspace.root.join("contracts/user");
        let contract = document::read(&directory.join("contract.json")).expect("it is a contract");
        let traits = Traits { methods: Some("Users".to_owned()), events: Some("UserEvents".to_owned()) };
        let package = workspace.package("user-service").expect("it declares the contract").clone();
        let found = Extracted { package: package.name.clone(), contract, traits };
        let mut of = ContractCrate::new(found, package).expect("it can be generated");
        of.changelog = std::fs::read_to_string(directory.join("CHANGELOG.md")).expect("there is one");
        let files = of.files(Place::Workspace { directory: &directory }).expect("it has a manifest");
        let differences = files::differences(&workspace.root, &directory, &files).expect("they can be read");
        assert_eq!(differences, [], "`lessmq-cli publish -p user-service` writes them");
    }
}
