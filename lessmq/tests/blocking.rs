//! Handlers that block their thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lessmq::{App, Bus};

/// How many calls block.
const BLOCKED: usize = 20;

/// A handler that blocks its thread, and one that does not.
#[lessmq::interface(service = "mill")]
trait Mill {
    /// Blocks its thread for 20 ms.
    async fn grind(&self) -> u32;
    /// Returns at once.
    async fn ping(&self) -> u32;
}

#[derive(Clone, Default)]
struct Service(Arc<AtomicUsize>);

impl Mill for Service {
    async fn grind(&self) -> u32 {
        std::thread::sleep(Duration::from_millis(20));
        self.0.fetch_add(1, Ordering::SeqCst);
        1
    }

    async fn ping(&self) -> u32 {
        2
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocking_handlers_do_not_hold_up_every_later_call() {
    let (bus, service) = (Bus::memory(), Service::default());
    let ground = Arc::clone(&service.0);
    let _running = App::new(bus.clone()).serve(MillServer::new(service)).start().await.expect("it starts");
    let client = MillClient::new(&bus);
    let grinding: Vec<_> = (0..BLOCKED)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.grind().await })
        })
        .collect();
    while ground.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(client.ping().await.expect("it answers"), 2);
    assert!(ground.load(Ordering::SeqCst) < BLOCKED, "the call waited for every blocking call");
    for call in grinding {
        assert_eq!(call.await.expect("it ran").expect("it answers"), 1);
    }
}
