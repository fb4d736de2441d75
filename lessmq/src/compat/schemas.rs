//! Compares two schemas.

use serde_json::Value;

use super::explain::{self, Cause, Explainer};
use super::identical::are_identical;
use super::readable::readable;
use super::relax::relax;
use super::schema::{Compiler, Document, Invalid, Reason, Schemas, nesting, shared_nodes};
use super::solve::{Outcome, Solver};
use super::verify::{Verifier, closed};
use super::{ChosenDraft, Draft, Options, Reading, SchemaComparison, SchemaFinding, Verdict, drafts};
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
    match drafts(writer, reader, options) {
        Err(answer) => answer,
        Ok(drafts) => {
            let expanded = crate::contract::expand_aliases(reader);
            let comparison =
                Comparison { writer, reader: &expanded, original: reader, drafts: &drafts, options };
            SchemaComparison { drafts: Some(drafts.clone()), ..comparison.run() }
        }
    }
}

/// The same comparison with a reader that is as `relaxed` says. The findings have pointers into `reader`.
pub(super) fn compare_with_relaxed(
    writer: &Value,
    (reader, relaxed): (&Value, &Value),
    options: &Options,
) -> SchemaComparison {
    match drafts(writer, reader, options) {
        Err(answer) => answer,
        Ok(drafts) => {
            Comparison { writer, reader: relaxed, original: reader, drafts: &drafts, options }.run()
        }
    }
}

/// What `reader` rejects of the messages that `writer` may send.
#[derive(Debug)]
pub(super) struct Rejected {
    pub(super) findings: Vec<SchemaFinding>,
    /// The reader, changed so that it accepts all messages of the writer. `None` if there is more that it rejects.
    pub(super) relaxed: Option<Value>,
}

/// What `reader` rejects. `None` if it rejects nothing, or if that cannot be decided.
pub(super) fn rejected(writer: &Value, reader: &Value, options: &Options) -> Option<Rejected> {
    let drafts = drafts(writer, reader, options).ok()?;
    let expanded = crate::contract::expand_aliases(reader);
    let comparison = Comparison { writer, reader: &expanded, original: reader, drafts: &drafts, options };
    comparison.rejected().ok()
}

/// The drafts of both schemas, or the answer if the schemas cannot be compared.
fn drafts(writer: &Value, reader: &Value, options: &Options) -> Result<[ChosenDraft; 2], SchemaComparison> {
    let nesting = nesting(writer).max(nesting(reader));
    if nesting > MAX_NESTING {
        return Err(undecided(format!("the schema nests {nesting} levels deep, more than {MAX_NESTING}")));
    }
    let choose = |schema| drafts::choose(schema, options.draft).map_err(undecided);
    let drafts = [choose(writer)?, choose(reader)?];
    for (schema, chosen) in [writer, reader].into_iter().zip(&drafts) {
        if let Some(draft) = Document::foreign_draft(schema, chosen.draft) {
            return Err(undecided(format!("schemas of `{draft}` are not supported")));
        }
    }
    Ok(drafts)
}

/// Checks that `schema` is a valid JSON Schema. `draft` is the draft of a schema without `$schema`, as in [`Options`]. Schemas
/// of drafts that are not supported are not checked, and neither are schemas whose draft is not known.
#[must_use]
pub fn check_schema(schema: &Value, draft: Option<Draft>) -> Vec<SchemaFault> {
    match drafts::choose(schema, draft) {
        Ok(ChosenDraft { draft, .. }) if Document::foreign_draft(schema, draft).is_none() => {
            faults(schema, draft)
        }
        _ => Vec::new(),
    }
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
    /// The drafts of the writer and of the reader.
    drafts: &'a [ChosenDraft; 2],
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
        match self.rejected() {
            Ok(Rejected { findings, .. }) => SchemaComparison { findings, ..answer(Verdict::Incompatible) },
            Err(answer) => answer,
        }
    }

    /// What the reader rejects, or the answer if it is known to reject nothing.
    fn rejected(&self) -> Result<Rejected, SchemaComparison> {
        let (value, cause, doubt) = match self.search(self.reader, self.options.budget) {
            Found::Answer(answer) => return Err(answer),
            Found::Candidate { value, cause, doubt } => (value, cause, doubt.map(|doubt| doubt.to_string())),
        };
        let typed = (self.options.reading == Reading::Typed).then(|| closed(self.writer)).flatten();
        let mut verifier = match self.verifier(typed.as_ref().unwrap_or(self.writer)) {
            Ok(verifier) => verifier,
            Err(reason) => return Err(undecided(doubt.unwrap_or(reason))),
        };
        if verifier.confirms(&value) {
            return Ok(self.with_more(&mut verifier, value, cause));
        }
        Err(undecided(doubt.unwrap_or_else(|| "the counter-example was not confirmed".to_owned())))
    }

    fn verifier<'d>(&'d self, writer: &'d Value) -> Result<Verifier<'d>, String> {
        let [sent, read] = self.drafts;
        Verifier::new(self.options.formats, (writer, sent.draft), (self.reader, read.draft))
    }

    /// Searches for further incompatibilities, with a reader that accepts the ones found before.
    fn with_more(&self, verifier: &mut Verifier<'_>, value: Value, cause: Cause) -> Rejected {
        let mut findings = vec![self.finding(verifier, &cause, value.clone())];
        if self.options.max_findings <= 1 {
            return Rejected { findings, relaxed: None };
        }
        let mut relaxed = self.reader.clone();
        let budget = self.options.budget / BUDGET_OF_MORE;
        let mut last = (value, cause);
        let mut is_complete = false;
        while findings.len() < self.options.max_findings && relax(&mut relaxed, &last.1, &last.0) {
            match self.search(&relaxed, budget) {
                Found::Candidate { value, cause, .. } if verifier.confirms(&value) => {
                    findings.push(self.finding(verifier, &cause, value.clone()));
                    last = (value, cause);
                }
                Found::Candidate { .. } => break,
                Found::Answer(answer) => {
                    is_complete = matches!(answer.verdict, Verdict::Compatible | Verdict::Identical);
                    break;
                }
            }
        }
        Rejected { findings, relaxed: is_complete.then_some(relaxed) }
    }

    /// Searches for a message of the writer that `reader` rejects.
    fn search(&self, reader: &Value, budget: u32) -> Found {
        let [sent, read] = self.drafts;
        let documents = (Document::new(self.writer, sent.draft), Document::new(reader, read.draft));
        let mut schemas = Schemas::default();
        let closed = self.options.reading == Reading::Typed;
        let formats = self.options.formats;
        let mut compiler = Compiler::new(&mut schemas, &documents.0, formats);
        let sent = compiler.root(self.writer, closed);
        let shared = match compiler.has_references() {
            true => shared_nodes(&documents.0, &documents.1, &compiler.into_known()),
            false => Vec::new(),
        };
        let mut compiler = Compiler::new(&mut schemas, &documents.1, formats).with_known(shared);
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
        let document = Document::new(self.writer, self.drafts[0].draft);
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
    SchemaComparison { verdict, findings: vec![], undecided: None, drafts: None }
}

fn undecided(reason: String) -> SchemaComparison {
    SchemaComparison { undecided: Some(reason), ..answer(Verdict::Undecided) }
}
