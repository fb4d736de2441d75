//! A consumer that does not start, because the live provider is incompatible.
//!
//! The library's team has released version 2 of its service: a loan needs a due date, and a book may be `Lost`. The
//! desk was built against version 1. It exits with code 1, and lists each incompatible call with an example message.

use lessmq::{App, Bus};

/// The contract that the desk was built against. Usually this is a dependency: the contract crate of version 1.
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

/// The contract of the live service.
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
