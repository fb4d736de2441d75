//! Schemas as formulas: a hash-consed arena of nodes, and the compiler that fills it.

mod arena;
mod compile;
mod constants;
mod disjoint;
mod documents;
mod evaluate;
mod keywords;
mod metaschemas;
mod node;
mod shared;
mod unevaluated;
mod values;

pub(crate) use arena::Schemas;
pub(crate) use compile::{Compiler, Invalid};
pub(crate) use constants::canonical;
pub(crate) use documents::{Document, address, nesting};
pub(crate) use node::{
    ArrayAtom, Decl, Kind, Kinds, Lit, Name, Node, NumberAtom, ObjectAtom, Reason, StringAtom,
};
pub(crate) use shared::shared_nodes;
pub(crate) use values::Values;
