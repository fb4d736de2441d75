//! stub
use crate::contract::Contract;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Identical,
    Compatible,
    Incompatible,
    Undecided,
}
#[derive(Clone, Debug)]
pub struct Report {
    pub verdict: Verdict,
}
impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.verdict)
    }
}
pub fn check_consumer(a: &Contract, b: &Contract) -> Report {
    Report {
        verdict: if a.fingerprint() == b.fingerprint() { Verdict::Identical } else { Verdict::Compatible },
    }
}
