//! The files of a contract crate.

use std::path::Path;

use super::contract_crate::{ContractCrate, CrateLocation};
use super::{Files, manifest, sources};
use crate::report::Result;

impl ContractCrate {
    /// The files of a copy.
    pub(crate) fn files(&self, place: CrateLocation<'_>) -> Result<Files> {
        let mut files = self.common_files(&self.name, &self.cargo_readme());
        files.insert("Cargo.toml".into(), manifest::cargo(self, place)?);
        for (path, text) in &self.rust {
            files.insert(Path::new("src").join(path), text.clone());
        }
        Ok(files)
    }

    /// The files of the npm package called `name`.
    pub(crate) fn npm_files(&self, name: &str) -> Result<Files> {
        let mut files = self.common_files(name, &self.npm_readme(name));
        for (path, text) in sources::typescript(&self.contract)? {
            files.insert(Path::new("src").join(path), text);
        }
        let manifest = manifest::npm(self, name, &files);
        files.insert("package.json".into(), manifest);
        Ok(files)
    }

    fn common_files(&self, name: &str, readme: &str) -> Files {
        let service = &self.contract.service;
        let mut text = format!("# {name}\n\n");
        if let Some(description) = self.contract.overview() {
            text += &format!("{}\n\n", description.trim());
        }
        text += &format!("The contract of service `{service}`, as types to compile against.\n\n");
        text += readme;
        text += "\n[CHANGELOG.md](CHANGELOG.md) lists the changes of each release. [contract.json](contract.json) is the \
                 contract itself, with JSON Schemas.\n";
        Files::from([
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
             incompatible release has a new major version. After an upgrade to it, code that uses a changed item does not \
             compile.\n"
        )
    }

    fn npm_readme(&self, name: &str) -> String {
        format!(
            "```sh\nnpm install {name}@{}\n```\n\n\
             The package contains TypeScript sources and no JavaScript. Use it in TypeScript projects with a bundler that \
             accepts them, or to check types with `tsc`. Node.js alone cannot run it.\n",
            self.contract.version
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::extract::{Extracted, TraitNames, TypeDoubts};
    use crate::publish::{files, fingerprint};
    use crate::rust_types::Replacements;
    use crate::workspace::Workspace;

    /// The service's own tests check that the document is its contract.
    #[test]
    fn the_contract_crate_of_this_repository_is_what_publish_writes() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
        let workspace = Workspace::load(Some(&manifest)).expect("this is a workspace");
        let directory = workspace.root.join("contracts/user");
        let contract = document::read(&directory.join("contract.json")).expect("it is a contract");
        let traits = TraitNames { methods: Some("Users".to_owned()), events: Some("UserEvents".to_owned()) };
        let package = workspace.package("user-service").expect("it declares the contract").clone();
        let type_doubts = TypeDoubts::default();
        let found = Extracted { package: package.name.clone(), contract, traits, type_doubts };
        let none = Replacements::default();
        let mut contract_crate = ContractCrate::new(found, package, &none).expect("it can be generated");
        contract_crate.changelog =
            std::fs::read_to_string(directory.join("CHANGELOG.md")).expect("there is one");
        let files = contract_crate
            .files(CrateLocation::Workspace { directory: &directory })
            .expect("it has a manifest");
        let differences = files::differences(&workspace.root, &directory, &files).expect("they can be read");
        assert_eq!(differences, [], "`lessmq-cli publish -p user-service` writes them");
        let is_fresh =
            fingerprint::is_fresh(&directory, &contract_crate.contract, &contract_crate.traits, &none);
        assert!(is_fresh.expect("it can be read"), "what publish writes is fresh");
    }
}
