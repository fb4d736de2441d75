//! What one line breaks, told once.

use super::section::Remark;

/// The remarks with those of one cause told as one.
///
/// A type that three methods use breaks all of them by one line; and one message may be refused for two reasons.
pub(super) fn by_cause(remarks: &[Remark]) -> Vec<Remark> {
    let by_line = merged(remarks, |told, remark| {
        (told.word, told.rule, &told.place, &told.allowance)
            == (remark.word, remark.rule, &remark.place, &remark.allowance)
    });
    let mut by_line = merged(&by_line, |told, remark| {
        (told.word, &told.part, &told.place, &told.allowance, told.details.first())
            == (remark.word, &remark.part, &remark.place, &remark.allowance, remark.details.first())
    });
    by_line.iter_mut().for_each(Remark::tell_others);
    by_line
}

/// The remarks, each added to the first one before it that is the `same`; those without a place stay by themselves.
fn merged(remarks: &[Remark], same: impl Fn(&Remark, &Remark) -> bool) -> Vec<Remark> {
    let mut told: Vec<Remark> = Vec::new();
    for remark in remarks {
        let known = told.iter_mut().find(|told| told.place.is_some() && same(told, remark));
        match known {
            Some(known) => known.add(remark),
            None => told.push(remark.clone()),
        }
    }
    told
}
