use tokio::time::{advance, sleep};

use super::*;
use crate::error::{Error, ErrorKind};

const LENGTH: Duration = Duration::from_secs(30);

type Extended = Arc<Mutex<Vec<Vec<u32>>>>;

/// A keeper and the handles of each request. The broker returns `answer` for each handle.
fn keeper(
    max_hold: Option<Duration>,
    answer: impl Fn(u32) -> Result<LeaseState> + Send + Sync + 'static,
) -> (LeaseKeeper<u32>, Extended) {
    let extended = Extended::default();
    let log = Arc::clone(&extended);
    let keeper = LeaseKeeper::new("q", LENGTH, max_hold, move |handles: Vec<u32>| {
        let answers = handles.iter().map(|handle| answer(*handle)).collect();
        log.lock().unwrap().push(handles);
        async move { answers }
    });
    (keeper, extended)
}

fn requests(extended: &Extended) -> usize {
    extended.lock().unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn leases_are_extended_together_for_as_long_as_they_are_held() {
    let (keeper, extended) = keeper(None, |_| Ok(LeaseState::Held));
    let now = Instant::now();
    let leases = [keeper.keep(1, now), keeper.keep(2, now)];
    sleep(LENGTH * 10).await;
    assert!(leases.iter().all(|lease| !lease.is_lost()));
    let before = requests(&extended);
    assert!((19..=20).contains(&before), "{before} requests for ten times the length of two leases");
    drop(leases);
    sleep(LENGTH * 10).await;
    assert_eq!(requests(&extended), before);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_dropped_early_needs_no_request() {
    let (keeper, extended) = keeper(None, |_| Ok(LeaseState::Held));
    for handle in 0..100 {
        let _lease = keeper.keep(handle, Instant::now());
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(requests(&extended), 0);
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_fails_is_tried_again_before_the_lease_ends() {
    let failures = Mutex::new(2);
    let (keeper, extended) = keeper(None, move |_| {
        let mut failures = failures.lock().unwrap();
        match *failures {
            0 => Ok(LeaseState::Held),
            _ => {
                *failures -= 1;
                Err(Error::new(ErrorKind::Connection, "throttled"))
            }
        }
    });
    let lease = keeper.keep(1, Instant::now());
    sleep(LENGTH * 3 / 2).await;
    assert!(!lease.is_lost());
    assert!(requests(&extended) >= 3);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_cannot_be_extended_is_lost_when_it_ends() {
    let (keeper, _) = keeper(None, |_| Err(Error::new(ErrorKind::Connection, "unreachable")));
    let (lease, started) = (keeper.keep(1, Instant::now()), Instant::now());
    lease.lost().await;
    assert_eq!(started.elapsed(), LENGTH);
    assert!(lease.is_lost());
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_the_broker_does_not_know_is_lost_at_once() {
    let answer = |handle| Ok(if handle == 1 { LeaseState::Lost } else { LeaseState::Held });
    let (keeper, _) = keeper(None, answer);
    let (lost, held) = (keeper.keep(1, Instant::now()), keeper.keep(2, Instant::now()));
    lost.lost().await;
    assert!(lost.is_lost() && !held.is_lost());
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_not_held_longer_than_the_broker_allows() {
    let (keeper, _) = keeper(Some(LENGTH * 4), |_| Ok(LeaseState::Held));
    let (lease, started) = (keeper.keep(1, Instant::now()), Instant::now());
    lease.lost().await;
    let held = started.elapsed();
    assert!(held <= LENGTH * 4 && held >= LENGTH * 3, "{held:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_lost_by_the_clock_even_if_nothing_runs() {
    let (keeper, _) = keeper(None, |_| Ok(LeaseState::Held));
    let lease = keeper.keep(1, Instant::now());
    // As after a laptop was suspended: time has passed and no task has run.
    advance(LENGTH).await;
    assert!(lease.is_lost());
}

#[tokio::test(start_paused = true)]
async fn a_released_lease_is_not_extended() {
    let (keeper, extended) = keeper(None, |_| Ok(LeaseState::Held));
    let lease = keeper.keep(1, Instant::now());
    lease.release();
    lease.lost().await;
    assert_eq!(requests(&extended), 0);
}

#[tokio::test(start_paused = true)]
async fn all_leases_can_be_ended_at_once() {
    let (keeper, _) = keeper(None, |_| Ok(LeaseState::Held));
    let lease = keeper.keep(7, Instant::now());
    assert_eq!(keeper.end_all(), [7]);
    assert!(lease.is_lost() && lease.lost().now_or_never().is_some());
}
