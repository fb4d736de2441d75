//! Rust source code, read without compiling it: the module tree of a library, and the interfaces that it declares.

pub(crate) mod interfaces;
pub(crate) mod modules;

use std::path::PathBuf;

/// The source code of a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Library {
    pub(crate) root_file: PathBuf,
    pub(crate) crate_name: String,
}
