//! Warnings about schemas that become arbitrary JSON in a contract crate.

use lessmq::contract::Role;

use crate::extract::{Extracted, Extraction};
use crate::generate::places::{OpaquePlace, opaque_places};
use crate::report::{Diagnostic, ExitStatus, Location, Result, Subject, rule};
use crate::rust_types::Replacements;
use crate::sources::{SchemaPoint, Sources, Target};

/// A warning for each schema of a contract without a matching Rust type, with the line that declares it.
pub(crate) fn warnings(
    extraction: &Extraction,
    found: &Extracted,
    replacements: &Replacements,
) -> Result<Vec<Diagnostic>> {
    let places = opaque_places(&found.contract, replacements)?;
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let sources = Sources::read(extraction.libraries(&found.package), &extraction.root);
    Ok(places.iter().filter_map(|place| warning(found, place, &sources)).collect())
}

fn warning(found: &Extracted, place: &OpaquePlace, sources: &Sources) -> Option<Diagnostic> {
    let OpaquePlace { name, method, role, pointer } = place;
    let kind = found.contract.methods.get(method)?.kind();
    let subject = Subject::Method { kind, method: method.clone(), direction: Some(*role) };
    let message = format!("`{name}` becomes arbitrary JSON in the contract crate");
    let mut warning = Diagnostic::new(&rule::OPAQUE_TYPE, subject, message);
    warning.status = ExitStatus::Success;
    warning.note("schema", format!("{role} of `{method}`, `#{pointer}`"));
    warning.location = locate(found, place, sources);
    Some(warning)
}

fn locate(found: &Extracted, place: &OpaquePlace, sources: &Sources) -> Option<Location> {
    let method = found.contract.methods.get(&place.method)?;
    let message = method.message(place.role)?;
    // The code is the provider's: it reads requests and writes the other messages.
    let schema = if place.role == Role::Request { &message.reads } else { &message.writes };
    sources.locate(&Target {
        service: &found.contract.service,
        method: &place.method,
        kind: method.kind(),
        direction: Some(place.role),
        new: Some(SchemaPoint { schema, pointer: &place.pointer }),
        old: None,
        example: None,
    })
}
