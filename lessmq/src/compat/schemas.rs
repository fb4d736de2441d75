//! The comparison of two schemas, from JSON to verdict.

use serde_json::Value;

use super::explain::{self, Cause, Explainer};
use super::identical::are_identical;
use super::readable::readable;
use super::relax::relax;
use super::schema::{Compiler, Document, Invalid, Reason, Schemas, nesting};
use super::solve::{Outcome, Solver};
use super::verify::{Verifier, closed_by_hand};
use super::{Draft, Options, Reading, SchemaComparison, SchemaFinding, Verdict};
use crate::contract::{Message, SchemaFault, faults};

/// Schemas that nest deeper are not looked at.
const MAX_NESTING: usize = 208;
/// Each search for a further finding gets this fraction of the budget.
const BUDGET_OF_MORE: u32 = 100;

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
    if let Some(draft) = Document::foreign_draft(writer).or(Document::foreign_draft(reader)) {
        return undecided(format!("schemas of `{draft}` are not read"));
    }
    let spelt_out = crate::contract::spelt_out(reader);
    let comparison = Comparison { writer, reader: &spelt_out, original: reader, options };
    comparison.run()
}

/// What in `schema` is no JSON Schema; `draft` is that of a schema without a `$schema` of its own. Nothing is said of
/// drafts that are not read.
#[must_use]
pub fn check_schema(schema: &Value, draft: Draft) -> Vec<SchemaFault> {
    if Document::foreign_draft(schema).is_some() {
        return Vec::new();
    }
    faults(schema, Document::draft_of(schema, draft) == Draft::Draft7)
}

/// Whether the schemas of a message may be walked through on the stack at hand.
pub(super) fn can_be_walked(message: &Message) -> bool {
    nesting(&message.writes).max(nesting(&message.reads)) <= MAX_NESTING
}

struct Comparison<'a> {
    writer: &'a Value,
    /// With other names of fields and variants spelt out.
    reader: &'a Value,
    /// As it was given.
    original: &'a Value,
    options: &'a Options,
}

/// What one search came to.
enum Found {
    Answer(SchemaComparison),
    /// A message that should show a break, and why it may not.
    Candidate {
        value: Value,
        cause: Cause,
        doubt: Option<Reason>,
    },
}

impl Comparison<'_> {
    /// The verdict with all its findings.
    fn run(&self) -> SchemaComparison {
        let (value, cause, doubt) = match self.search(self.reader, self.options.budget) {
            Found::Answer(answer) => return answer,
            Found::Candidate { value, cause, doubt } => (value, cause, doubt.map(|doubt| doubt.to_string())),
        };
        match self.verifier() {
            Err(reason) => undecided(doubt.unwrap_or(reason)),
            Ok(verifier) if verifier.confirms(&value) => self.with_more(&verifier, value, cause),
            Ok(_) => undecided(doubt.unwrap_or_else(|| "the counter-example was not confirmed".to_owned())),
        }
    }

    fn verifier(&self) -> Result<Verifier, String> {
        let draft = |schema| Document::draft_of(schema, self.options.draft);
        let closed = (self.options.reading == Reading::Typed).then(|| closed_by_hand(self.writer)).flatten();
        let writer = (closed.as_ref().unwrap_or(self.writer), draft(self.writer));
        Verifier::new(self.options.formats, writer, (self.reader, draft(self.reader)))
    }

    /// Looks for further breaks in a reader that takes back the ones already found.
    fn with_more(&self, verifier: &Verifier, value: Value, cause: Cause) -> SchemaComparison {
        let mut findings = vec![self.finding(verifier, &cause, value.clone())];
        let mut relaxed = self.reader.clone();
        let budget = self.options.budget / BUDGET_OF_MORE;
        let mut last = (value, cause);
        while findings.len() < self.options.max_findings && relax(&mut relaxed, &last.1, &last.0) {
            let Found::Candidate { value, cause, .. } = self.search(&relaxed, budget) else { break };
            if !verifier.confirms(&value) {
                break;
            }
            findings.push(self.finding(verifier, &cause, value.clone()));
            last = (value, cause);
        }
        SchemaComparison { verdict: Verdict::Incompatible, findings, undecided: None }
    }

    /// Searches once for a message of the writer that `reader` refuses.
    fn search(&self, reader: &Value, budget: u32) -> Found {
        let documents =
            (Document::new(self.writer, self.options.draft), Document::new(reader, self.options.draft));
        let mut schemas = Schemas::default();
        let closed = self.options.reading == Reading::Typed;
        let formats = self.options.formats;
        let sent = Compiler::new(&mut schemas, &documents.0, formats).root(self.writer, closed);
        let mut compiler = Compiler::new(&mut schemas, &documents.1, formats);
        let read = compiler.root(reader, false);
        let known = compiler.into_known();
        let invalid = |side: &str, reason: &str| {
            undecided(format!("the schema of what is {side} is invalid: {reason}"))
        };
        let (sent, read) = match (sent, read) {
            (Err(Invalid(reason)), _) => return Found::Answer(invalid("sent", &reason)),
            (_, Err(Invalid(reason))) => return Found::Answer(invalid("accepted", &reason)),
            (Ok(sent), Ok(read)) => (sent, read),
        };
        if documents.0.draft == documents.1.draft && are_identical(self.writer, reader) {
            return Found::Answer(answer(Verdict::Identical));
        }
        let mut solver = Solver::new(&mut schemas, budget);
        let (value, doubt) = match solver.run([sent, !read]) {
            Outcome::Empty => return Found::Answer(answer(Verdict::Compatible)),
            Outcome::Witness(value) => (value, None),
            Outcome::Unknown(Some(value), reason) => (value, Some(reason)),
            Outcome::Unknown(None, reason) => return Found::Answer(undecided(reason.to_string())),
        };
        let cause = Explainer::new(&mut schemas, &documents.1, known).explain(reader, &value);
        Found::Candidate { value, cause, doubt }
    }

    /// The keyword of the original reader that `pointer` comes closest to.
    fn original_pointer(&self, pointer: &str) -> String {
        let mut pointer = pointer;
        while self.original.pointer(pointer).is_none() {
            pointer = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        pointer.to_owned()
    }

    fn finding(&self, verifier: &Verifier, cause: &Cause, value: Value) -> SchemaFinding {
        let instance = &cause.place.instance;
        let place = if instance.is_empty() { "the message".to_owned() } else { format!("`{instance}`") };
        let document = Document::new(self.writer, self.options.draft);
        let detail = format!("in {place}, {}", cause.detail);
        SchemaFinding {
            rule: cause.rule,
            writer_pointer: explain::locate(&document, self.writer, instance, &value),
            reader_pointer: self.original_pointer(&cause.place.schema),
            message: format!("{}: {detail}", cause.rule.summary),
            detail,
            subject: cause.subject.clone(),
            counterexample: Some(readable(&document, self.writer, verifier, value, cause)),
        }
    }
}

fn answer(verdict: Verdict) -> SchemaComparison {
    SchemaComparison { verdict, findings: vec![], undecided: None }
}

fn undecided(reason: String) -> SchemaComparison {
    SchemaComparison { verdict: Verdict::Undecided, findings: vec![], undecided: Some(reason) }
}
