//! Handlers that occupy a thread run in tasks, so that they do not delay the messages after them.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::FutureExt;
use lessmq::{App, Bus};

#[lessmq::interface(service = "mill")]
trait Mill {
    /// Occupies its thread for some microseconds, and returns the task in which it runs.
    async fn grind(&self, micros: u64) -> String;
}

struct Stone;

impl Mill for Stone {
    async fn grind(&self, micros: u64) -> String {
        // The clock moves at once. What is left of the future only yields.
        let _ = tokio::time::advance(Duration::from_micros(micros)).now_or_never();
        tokio::task::id().to_string()
    }
}

/// The tasks in which ten handlers run.
async fn ten_tasks(mill: &MillClient, micros: u64) -> HashSet<String> {
    let mut tasks = HashSet::new();
    for _ in 0..10 {
        tasks.insert(mill.grind(micros).await.unwrap());
    }
    tasks
}

#[tokio::test(start_paused = true)]
async fn one_handler_that_takes_milliseconds_moves_the_next_ones_to_tasks() {
    let bus = Bus::memory();
    let app = App::new(bus.clone()).serve(MillServer::new(Stone)).start().await.unwrap();
    let mill = MillClient::new(&bus);
    let loops = ten_tasks(&mill, 50).await;
    assert!(loops.len() < 10, "fast handlers run in the loop that takes messages");
    mill.grind(2_001).await.unwrap();
    let tasks = ten_tasks(&mill, 0).await;
    assert!(tasks.len() == 10 && tasks.is_disjoint(&loops), "{tasks:?} {loops:?}");
    app.shut_down().await.unwrap();
}
