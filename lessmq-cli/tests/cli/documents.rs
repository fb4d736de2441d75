//! Invalid contract documents: every command reports the same error, with the position.

use crate::check::committed;

/// A document with one call, whose request has this schema.
fn document(schema: &str) -> String {
    let call =
        format!(r#"{{"kind": "call", "request": {{"schema": {schema}}}, "reply": {{"schema": true}}}}"#);
    format!(r#"{{"lessmq": "2", "service": "shop", "version": "1.2.0", "methods": {{"get": {call}}}}}"#)
}

#[test]
fn every_command_reports_the_position_of_an_invalid_schema_and_what_was_expected() {
    let project = committed("documents-schema");
    let bad = r#"{"type": "object", "properties": {"a/b": {"type": "strin"}}, "required": "a/b"}"#;
    project.write("bad.json", &document(bad));
    project.write("good.json", &document("true"));
    let diff = project.cli(["diff", "good.json", "bad.json"]);
    diff.check("documents-schema");
    for arguments in [
        &["diff", "bad.json", "good.json"][..],
        &["generate", "typescript", "bad.json"],
        &["generate", "rust", "bad.json"],
        &["docs", "bad.json"],
        &["check", "--against", "bad.json"],
    ] {
        let output = project.cli(arguments);
        assert_eq!((output.exit, output.stdout.as_str()), (2, ""), "{output:?}");
        assert_eq!(output.stderr, diff.stderr, "{arguments:?}");
    }
}

#[test]
fn a_document_of_another_shape_is_an_error_with_its_position() {
    let project = committed("documents-shape");
    let good = document("true");
    let reply = r#", "reply": {"schema": true}"#;
    for (from, to, place) in [
        (good.as_str(), "{}", "at the top: missing field `lessmq` at line 1 column 2"),
        (reply, "", "at `/methods/get`: missing field `reply` at line 1 column "),
        (
            r#""request": {"schema": true}"#,
            r#""request": {}"#,
            "at `/methods/get/request`: a message has either",
        ),
        ("1.2.0", "1.2", "at `/version`: expected a version of three numbers such as 1.2.0: unexpected end"),
        ("\"methods\"", "\"method\"", "at the top: missing field `methods`"),
        ("}}}}", "}}}", "caused by: EOF while parsing an object at line 1 column "),
    ] {
        assert!(good.contains(from), "{from}");
        project.write("bad.json", &good.replace(from, to));
        let output = project.cli(["docs", "bad.json"]);
        assert_eq!(output.exit, 2, "{output:?}");
        assert!(
            output.stderr.starts_with("error: bad.json: this is not a contract document\n"),
            "{output:?}"
        );
        assert!(output.stderr.contains(place), "{place}: {output:?}");
    }
}
