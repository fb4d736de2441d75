//! The values for other languages, and what became of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::shared_languages::results;

/// Writes the values for other languages, as Rust encodes them.
pub(crate) fn write_samples(folder: &Path) {
    let samples: BTreeMap<_, _> =
        zoo::samples().into_iter().map(|sample| (sample.method, sample.values)).collect();
    fs::write(folder.join("samples.json"), serde_json::to_string(&samples).unwrap()).unwrap();
}

/// Checks that Rust decodes the same values from the output of another language.
pub(crate) fn check_results(folder: &Path) {
    let results = results(folder);
    let mut failures = Vec::new();
    for sample in zoo::samples() {
        let texts = &results[sample.method];
        assert_eq!(texts.len(), sample.values.len());
        failures.extend(texts.iter().enumerate().filter_map(|(index, text)| sample.check(index, text).err()));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Values that must be rejected, by method.
const REFUSED: [(&str, &[&str]); 12] = [
    (
        "plain",
        &[
            "{}",
            "[]",
            "null",
            r#"{"number": -1, "text": "", "flag": true}"#,
            r#"{"number": 1, "text": "", "flag": 1}"#,
        ],
    ),
    ("closed", &[r#"{"number": 1, "text": null, "more": 1}"#]),
    ("u64_alone", &["18446744073709551616", "-1", "1.5", "\"1\""]),
    ("i128_alone", &["170141183460469231731687303715884105728"]),
    ("non_zero", &[r#"{"u8": 0, "u32": 1, "u64": 1, "u128": 1, "i32": 1, "i64": 1, "optional": null}"#]),
    ("direction", &["\"Left\"", "1"]),
    ("internal", &[r#"{"type": "Other"}"#, "{}", r#"{"type": "Struct"}"#]),
    ("adjacent", &[r#"{"t": "Newtype"}"#, r#"{"t": "Newtype", "c": "a"}"#]),
    ("external", &[r#"{"Newtype": "a"}"#, "\"Newtype\""]),
    ("tuple_alone", &["[1]", "[1, null, 2]"]),
    ("map_by_number", &[r#"{"a": true}"#]),
    ("untagged", &["[]", "{}"]),
];

/// Writes the values that other languages must reject.
pub(crate) fn write_refused(folder: &Path) {
    let refused: BTreeMap<_, _> = REFUSED.into_iter().collect();
    fs::write(folder.join("samples.json"), serde_json::to_string(&refused).unwrap()).unwrap();
}

/// Checks that every value was rejected with an error of that name.
pub(crate) fn refused(folder: &Path, error: &str) {
    for (method, texts) in results(folder) {
        assert!(texts.iter().all(|text| text.starts_with(error)), "{method}: {texts:?}");
    }
}
