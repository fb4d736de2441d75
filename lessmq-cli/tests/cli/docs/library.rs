//! A contract that uses every feature.

use std::collections::BTreeMap;

use lessmq::contract::{Contract, ContractBuilder, MethodMeta};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A book on the shelf, or `<b>off</b>` it.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Book {
    /// Its number, of 13 digits.
    #[schemars(regex(pattern = "^[0-9]{13}$"))]
    isbn: String,
    /// Its title | as on the [cover](javascript:alert).
    #[schemars(length(min = 1, max = 200))]
    title: String,
    #[serde(default)]
    tags: Vec<String>,
    shelf: Option<Shelf>,
    #[deprecated]
    year: Option<u16>,
}

/// The place of a book.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Shelf {
    /// By the door.
    Front,
    Numbered(u32, u8),
    /// In a separate room.
    Room {
        /// What is written on the door.
        name: String,
    },
}

/// Books in books in books.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Tree {
    book: Book,
    children: Vec<Tree>,
    by_name: BTreeMap<String, Tree>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
enum LendError {
    /// Somebody else has it.
    Lent { until: String },
    /// There is no such book.
    Unknown,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Lend {
    /// The book's number.
    isbn: String,
    #[serde(default)]
    days: u32,
}

pub(super) fn meta(name: &'static str) -> MethodMeta {
    MethodMeta::new(name)
}

pub(super) fn library() -> Contract {
    let lend = MethodMeta {
        description: Some(
            "Lends a book, by [the rules](https://rules.example) or [these](JaVaScRiPt:alert(1)).\n\n# Errors\n\
             ![pixel](https://spy.example/p.png)\n\n<script>alert(1)</script>",
        ),
        idempotent: true,
        ..meta("lend")
    };
    let old = MethodMeta { deprecated: Some("use `lend`"), ..meta("borrow") };
    ContractBuilder::new("library", "1.4.0")
        .description("Books, and who has them.")
        .call::<Lend, Book, LendError>(lend)
        .call::<Lend, Book, lessmq::Never>(old)
        .call::<Tree, Tree, lessmq::Never>(meta("plant"))
        .call::<(), u64, lessmq::Never>(meta("count"))
        .command::<Vec<Book>>(meta("sort"))
        .event::<Shelf>(meta("moved"))
        .build()
}
