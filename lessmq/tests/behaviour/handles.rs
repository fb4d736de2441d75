//! Implementations behind a handle, and handlers without a context argument.

use std::sync::Arc;

use lessmq::{App, Bus, Context, HandlerResult};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::support::{next, on_each_driver};

on_each_driver!(
    every_handler_has_a_current_context,
    an_implementation_in_an_arc_is_served_while_the_test_uses_it,
    a_static_implementation_is_served,
);

/// Books.
#[lessmq::interface(service = "library")]
trait Library {
    async fn lend(&self, title: String) -> String;

    #[command]
    async fn repair(&self, title: String) -> HandlerResult;
}

/// What happens to books.
#[lessmq::interface(service = "library", events)]
trait LibraryEvents {
    async fn returned(&self, event: String) -> HandlerResult;
}

struct Librarian {
    reports: UnboundedSender<String>,
}

impl Librarian {
    fn new() -> (Self, UnboundedReceiver<String>) {
        let (reports, probe) = unbounded_channel();
        (Self { reports }, probe)
    }

    /// Far from the handler, and after it has waited.
    async fn report(&self, title: &str) {
        tokio::task::yield_now().await;
        let context = Context::current().expect("a handler runs");
        let line = format!("{} {title}, attempt {}", context.method(), context.attempt());
        self.reports.send(line).expect("the test listens");
    }
}

impl Library for Librarian {
    async fn lend(&self, title: String) -> String {
        self.report(&title).await;
        title
    }

    async fn repair(&self, title: String) -> HandlerResult {
        self.report(&title).await;
        Ok(())
    }
}

impl LibraryEvents for Librarian {
    async fn returned(&self, event: String) -> HandlerResult {
        self.report(&event).await;
        Ok(())
    }
}

async fn every_handler_has_a_current_context(bus: Bus) {
    let (librarian, mut reports) = Librarian::new();
    let librarian = Arc::new(librarian);
    let app = App::new(bus.named("library"))
        .serve(LibraryServer::new(Arc::clone(&librarian)))
        .publishes::<LibraryEventsClient>()
        .subscribe("library", LibraryEventsServer::new(librarian));
    let running = app.start().await.unwrap();
    LibraryClient::new(&bus).lend("Emma".to_owned()).await.unwrap();
    assert_eq!(next(&mut reports).await, "library.lend Emma, attempt 1");
    LibraryClient::new(&bus).repair("Ulysses".to_owned()).await.unwrap();
    assert_eq!(next(&mut reports).await, "library.repair Ulysses, attempt 1");
    LibraryEventsClient::new(&bus).returned("Walden".to_owned()).await.unwrap();
    assert_eq!(next(&mut reports).await, "library.returned Walden, attempt 1");
    running.shut_down().await.unwrap();
    assert!(Context::current().is_none(), "no handler runs here");
}

async fn an_implementation_in_an_arc_is_served_while_the_test_uses_it(bus: Bus) {
    let (librarian, mut reports) = Librarian::new();
    let librarian = Arc::new(librarian);
    let server = LibraryServer::new(Arc::clone(&librarian));
    let running = App::new(bus.named("library")).serve(server).start().await.unwrap();
    assert_eq!(LibraryClient::new(&bus).lend("Emma".to_owned()).await.unwrap(), "Emma");
    assert_eq!(next(&mut reports).await, "library.lend Emma, attempt 1");
    assert!(!librarian.reports.is_closed());
    running.shut_down().await.unwrap();
}

async fn a_static_implementation_is_served(bus: Bus) {
    let (librarian, mut reports) = Librarian::new();
    let librarian: &'static Librarian = Box::leak(Box::new(librarian));
    let server = LibraryServer::new(librarian);
    let running = App::new(bus.named("library")).serve(server).start().await.unwrap();
    assert_eq!(LibraryClient::new(&bus).lend("Emma".to_owned()).await.unwrap(), "Emma");
    assert_eq!(next(&mut reports).await, "library.lend Emma, attempt 1");
    running.shut_down().await.unwrap();
}
