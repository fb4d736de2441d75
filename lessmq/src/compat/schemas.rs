//! Compares two schemas.

use serde_json::Value;

use super::explain::{self, Cause, Explainer};
use super::identical::are_identical;
use super::readable::readable;
use super::relax::relax;
use super::schema::{Compiler, Document, Invalid, Reason, Schemas, nesting};
use super::solve::{Outcome, Solver};
use super::verify::{Verifier, closed};
use super::{Draft, Options, Reading, SchemaComparison, SchemaFinding, Verdict};
use crate::contract::{Message, SchemaFault, faults};

/// Schemas that nest deeper are undecided: they are visited by recursion.
const MAX_NESTING: usize = 208;
/// The search for each further finding gets the budget divided by this.
const BUDGET_OF_MORE: u32 = 100;

/// Whether `reader` accepts every message that `writer` may send.
///
/// Never returns [`Verdict::Compatible`] if there is a counter-example, and returns a counter-example with every
/// [`Verdict::Incompatible`]. Remote references are not fetched.
#[must_use]
pub fn compare_schemas(writer: &Value, reader: &Value, options: &Options) -> SchemaComparison {
    let nesting = nesting(writer).max(nesting(reader));
    if nesting > MAX_NESTING {
        return undecided(format!("the schema nests {nesting} levels deep, more than {MAX_NESTING}"));
    }
    let foreign = |schema| Document::foreign_draft(schema, options.draft);
    if let Some(draft) = foreign(writer).or_else(|| foreign(reader)) {
        return undecided(format!("schemas of `{draft}` are not supported"));
    }
    let expanded = crate::contract::expand_aliases(reader);
    let comparison = Comparison { writer, reader: &expanded, original: reader, options };
    comparison.run()
}

/// Checks that `schema` is a valid JSON Schema. `draft` is the draft of a schema without `$schema`. Schemas of drafts that
/// are not supported are not checked.
#[must_use]
pub fn check_schema(schema: &Value, draft: Draft) -> Vec<SchemaFault> {
    if Document::foreign_draft(schema, draft).is_some() {
        return Vec::new();
    }
    faults(schema, Document::draft_of(schema, draft))
}

/// Whether the schemas of a message can be visited by recursion.
pub(super) fn can_be_visited(message: &Message) -> bool {
    nesting(&message.writes).max(nesting(&message.reads)) <= MAX_NESTING
}

struct Comparison<'a> {
    writer: &'a Value,
    /// The reader's schema, with expanded aliases.
    reader: &'a Value,
    /// The reader's schema as it is.
    original: &'a Value,
    options: &'a Options,
}

/// The result of one search.
enum Found {
    Answer(SchemaComparison),
    /// A possible counter-example, and why it may not be one.
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
        let typed = (self.options.reading == Reading::Typed).then(|| closed(self.writer)).flatten();
        let mut verifier = match self.verifier(typed.as_ref().unwrap_or(self.writer)) {
            Ok(verifier) => verifier,
            Err(reason) => return undecided(doubt.unwrap_or(reason)),
        };
        if verifier.confirms(&value) {
            return self.with_more(&mut verifier, value, cause);
        }
        undecided(doubt.unwrap_or_else(|| "the counter-example was not confirmed".to_owned()))
    }

    fn verifier<'d>(&'d self, writer: &'d Value) -> Result<Verifier<'d>, String> {
        let with_draft = |schema| (schema, Document::draft_of(schema, self.options.draft));
        Verifier::new(self.options.formats, with_draft(writer), with_draft(self.reader))
    }

    /// Searches for further incompatibilities, with a reader that accepts the ones found before.
    fn with_more(&self, verifier: &mut Verifier<'_>, value: Value, cause: Cause) -> SchemaComparison {
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

    /// Searches for a message of the writer that `reader` rejects.
    fn search(&self, reader: &Value, budget: u32) -> Found {
        let documents =
            (Document::new(self.writer, self.options.draft), Document::new(reader, self.options.draft));
        let mut schemas = Schemas::default();
        let closed = self.options.reading == Reading::Typed;
        let formats = self.options.formats;
        let sent = Compiler::new(&mut schemas, &documents.0, formats).root(self.writer, closed);
        let mut compiler = Compiler::new(&mut schemas, &documents.1, formats);
        let read = compiler.root(reader, false);
        let is_self_contained = compiler.is_self_contained();
        let known = compiler.into_known();
        let invalid = |side: &str, reason: &str| {
            undecided(format!("the schema of the {side} message is invalid: {reason}"))
        };
        let (sent, read) = match (sent, read) {
            (Err(Invalid(reason)), _) => return Found::Answer(invalid("sent", &reason)),
            (_, Err(Invalid(reason))) => return Found::Answer(invalid("accepted", &reason)),
            (Ok(sent), Ok(read)) => (sent, read),
        };
        if is_self_contained && documents.0.draft == documents.1.draft && are_identical(self.writer, reader) {
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

    /// The longest prefix of `pointer` that exists in the original reader.
    fn original_pointer(&self, pointer: &str) -> String {
        let mut pointer = pointer;
        while self.original.pointer(pointer).is_none() {
            pointer = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        pointer.to_owned()
    }

    fn finding(&self, verifier: &mut Verifier<'_>, cause: &Cause, value: Value) -> SchemaFinding {
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
