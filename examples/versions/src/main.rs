//! A service that serves two incompatible versions of a call at once.
//!
//! The ids of books were numbers, and are ISBNs now. The old desk was built against version 1 and works as before. The new
//! desk uses version 2. The provider knows who still uses version 1, so its team knows when to remove it.

use std::time::Duration;

use lessmq::App;

#[lessmq::interface(service = "library")]
pub trait Library {
    /// The title of a book by its number.
    async fn title(&self, number: u32) -> String;

    /// The title of a book by its ISBN.
    #[version(2)]
    async fn title_v2(&self, isbn: String) -> Option<String>;
}

/// The contract that the old desk was built against. Usually this is a dependency: an older contract crate.
mod old {
    #[lessmq::interface(service = "library")]
    pub trait Library {
        /// The title of a book by its number.
        async fn title(&self, number: u32) -> String;
    }
}

struct Shelves;

impl Library for Shelves {
    async fn title(&self, number: u32) -> String {
        format!("book {number}")
    }

    async fn title_v2(&self, isbn: String) -> Option<String> {
        (isbn == "978-0").then(|| "book 0".to_owned())
    }
}

#[lessmq::main]
async fn main() -> lessmq::Result<()> {
    // `memory:`, unless LESSMQ_URL names a broker such as amqp://guest:guest@localhost
    let bus = lessmq::connect_from_env().await?;
    let library = App::new(bus.named("library")).serve(LibraryServer::new(Shelves)).start().await?;

    let old_desk = old::LibraryClient::new(&bus.named("old-desk"));
    println!("version 1: {}", old_desk.title(7).await?);
    let new_desk = LibraryClient::new(&bus.named("new-desk"));
    println!("version 2: {:?}", new_desk.title_v2("978-0".to_owned()).await?);

    // What `lessmq-cli ps` prints.
    for process in bus.instances(Duration::from_millis(100)).await? {
        for found in process.older_uses {
            println!("{} uses {}.{}, not {}", found.caller, found.service, found.method, found.newer);
        }
    }
    library.shut_down().await?;
    bus.close().await
}
