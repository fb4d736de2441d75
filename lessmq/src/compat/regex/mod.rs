//! Languages of strings: terms with intersection and complement, and their derivatives.
//!
//! Every string that matches `A` matches `B` if `A ∧ ¬B` is empty. Whether a term is empty is decided by a search over
//! its derivatives (Brzozowski 1964; Owens, Reppy and Turon 2009). Look-around is expressed with the same terms.

mod convert;
mod parse;
mod search;
mod terms;
mod unicode;

pub(crate) use parse::may_be_pattern;
pub(crate) use search::Found;
pub(crate) use terms::{TermId, Terms};
