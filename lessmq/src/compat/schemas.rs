//! The comparison of two schemas, from JSON to verdict.

use serde_json::Value;

use super::explain::{self, Cause, Explainer};
use super::identical::are_identical;
use super::schema::{Compiler, Document, Schemas, Trouble, nesting};
use super::solve::{Outcome, Solver};
use super::verify::Verifier;
use super::{Options, Reading, SchemaComparison, SchemaFinding, Verdict};

/// Schemas that nest deeper are not looked at.
const MAX_NESTING: usize = 512;
/// How deep the search goes on the caller's stack, and on a stack of its own.
const SHALLOW: usize = 24;
const DEEP: usize = 1_500;
const DEEP_STACK: usize = 512 << 20;
/// From this nesting on a stack of its own is needed from the start.
const NEEDS_STACK: usize = 64;

/// Whether every message that `writer` may send is read by `reader`.
///
/// Never says [`Verdict::Compatible`] when there is a counter-example, and shows one for every
/// [`Verdict::Incompatible`]. Remote references are not fetched.
#[must_use]
pub fn compare_schemas(writer: &Value, reader: &Value, options: &Options) -> SchemaComparison {
    let nesting = nesting(writer).max(nesting(reader));
    if nesting > MAX_NESTING {
        return undecided(format!("the schema nests {nesting} levels deep, more than {MAX_NESTING}"));
    }
    let comparison = Comparison { writer, reader, options };
    if nesting <= NEEDS_STACK
        && let Some(answer) = comparison.run(SHALLOW)
    {
        return answer;
    }
    let deep = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(DEEP_STACK);
        let handle = thread.spawn_scoped(scope, || comparison.run(DEEP)).ok()?;
        handle.join().ok()
    });
    match deep {
        Some(Some(answer)) => answer,
        Some(None) => undecided("the types refer to each other through too many levels".to_owned()),
        None => undecided("there is no memory for a schema that nests so deeply".to_owned()),
    }
}

struct Comparison<'a> {
    writer: &'a Value,
    reader: &'a Value,
    options: &'a Options,
}

impl Comparison<'_> {
    /// `None` when `max_depth` is not enough.
    fn run(&self, max_depth: usize) -> Option<SchemaComparison> {
        let documents =
            (Document::new(self.writer, self.options.draft), Document::new(self.reader, self.options.draft));
        let mut schemas = Schemas::default();
        let closed = self.options.reading == Reading::Typed;
        let formats = self.options.formats;
        let writer = Compiler::new(&mut schemas, &documents.0, formats, max_depth).root(self.writer, closed);
        let mut compiler = Compiler::new(&mut schemas, &documents.1, formats, max_depth);
        let reader = compiler.root(self.reader, false);
        let known = compiler.into_known();
        let (writer, reader) = match (writer, reader) {
            (Err(Trouble::TooDeep), _) | (_, Err(Trouble::TooDeep)) => return None,
            (Err(Trouble::Invalid(reason)), _) => {
                return Some(undecided(format!("the writer's schema is invalid: {reason}")));
            }
            (_, Err(Trouble::Invalid(reason))) => {
                return Some(undecided(format!("the reader's schema is invalid: {reason}")));
            }
            (Ok(writer), Ok(reader)) => (writer, reader),
        };
        if are_identical(self.writer, self.reader) && documents.0.draft == documents.1.draft {
            return Some(answer(Verdict::Identical));
        }
        let mut solver = Solver::new(&mut schemas, self.options.budget, max_depth);
        let outcome = solver.solve([writer, !reader]);
        if solver.too_deep && !matches!(outcome, Outcome::Empty | Outcome::Witness(_)) {
            return None;
        }
        let (value, reason) = match outcome {
            Outcome::Empty => return Some(answer(Verdict::Compatible)),
            Outcome::Witness(value) => (value, "a counter-example that did not stand up".into()),
            Outcome::Unknown(Some(value), reason) => (value, reason),
            Outcome::Unknown(None, reason) => return Some(undecided(reason.to_string())),
        };
        if let Err(refusal) = self.verify(&documents, &value) {
            return Some(undecided(refusal.unwrap_or_else(|| reason.to_string())));
        }
        let cause = Explainer::new(&mut schemas, &documents.1, known).explain(self.reader, &value);
        Some(self.incompatible(&documents.0, cause, value))
    }

    /// Whether `value` really is sent and refused; the reason where the schemas cannot be used to tell.
    fn verify(&self, documents: &(Document<'_>, Document<'_>), value: &Value) -> Result<(), Option<String>> {
        let verifier = Verifier::new(self.options.formats);
        let reader = verifier.validator(self.reader, documents.1.draft)?;
        let writer = verifier.validator(self.writer, documents.0.draft)?;
        if writer.is_valid(value) && !reader.is_valid(value) { Ok(()) } else { Err(None) }
    }

    fn incompatible(&self, document: &Document<'_>, cause: Cause, value: Value) -> SchemaComparison {
        let instance = &cause.place.instance;
        let place = if instance.is_empty() { "the message".to_owned() } else { format!("`{instance}`") };
        let finding = SchemaFinding {
            rule: cause.rule,
            writer_pointer: explain::locate(document, self.writer, instance, &value),
            message: format!("{}: in {place}, {}", cause.rule.summary, cause.detail),
            reader_pointer: cause.place.schema,
            counterexample: Some(value),
        };
        SchemaComparison { verdict: Verdict::Incompatible, findings: vec![finding], undecided: None }
    }
}

fn answer(verdict: Verdict) -> SchemaComparison {
    SchemaComparison { verdict, findings: vec![], undecided: None }
}

fn undecided(reason: String) -> SchemaComparison {
    SchemaComparison { verdict: Verdict::Undecided, findings: vec![], undecided: Some(reason) }
}
