//! A consumer that is refused at its start, and says why.
//!
//! The library's team has released version 2 of its service: a loan now needs a due date, and a book may be `Lost`.
//! The desk was built against version 1. It is not let near the live service: it exits with code 1 and names each
//! call that does not fit, with a message that would have broken.

use lessmq::{App, Bus};

/// What the desk was built against. Usually a dependency: the contract crate of version 1.
mod version_1 {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    pub enum Status {
        OnShelf,
        Lent,
    }

    #[lessmq::interface(service = "library")]
    pub trait Library {
        /// Where a book is.
        async fn status(&self, isbn: String) -> Status;

        /// Lends a book to a reader.
        async fn lend(&self, isbn: String, reader: String) -> bool;
    }
}

/// What the live service has become.
mod version_2 {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    pub enum Status {
        OnShelf,
        Lent,
        Lost,
    }

    #[lessmq::interface(service = "library")]
    pub trait Library {
        /// Where a book is.
        async fn status(&self, isbn: String) -> Status;

        /// Lends a book to a reader until a day.
        async fn lend(&self, isbn: String, reader: String, until: String) -> bool;
    }
}

struct Shelves;

impl version_2::Library for Shelves {
    async fn status(&self, _isbn: String) -> version_2::Status {
        version_2::Status::Lost
    }

    async fn lend(&self, _isbn: String, _reader: String, _until: String) -> bool {
        false
    }
}

#[lessmq::main]
async fn main() -> lessmq::Result<()> {
    let bus = Bus::memory();
    let _live = App::new(bus.named("library")).serve(version_2::LibraryServer::new(Shelves)).start().await?;

    App::new(bus.named("desk")).requires::<version_1::LibraryClient>().run().await
}
