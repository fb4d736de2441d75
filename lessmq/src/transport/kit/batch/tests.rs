use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::sleep;

use super::*;

type Sent = Arc<Mutex<Vec<Vec<u32>>>>;

/// A broker that takes a second for each request, and refuses 13.
fn batcher(options: BatchOptions) -> (Batcher<u32>, Sent) {
    let sent = Sent::default();
    let log = Arc::clone(&sent);
    let batcher = Batcher::new(options, move |batch: Vec<u32>| {
        log.lock().unwrap().push(batch.clone());
        async move {
            sleep(Duration::from_secs(1)).await;
            let refused = || Error::new(ErrorKind::Connection, "refused");
            batch.into_iter().map(|number| if number == 13 { Err(refused()) } else { Ok(()) }).collect()
        }
    });
    (batcher, sent)
}

fn options(messages: usize, in_flight: usize) -> BatchOptions {
    BatchOptions::new(BatchLimit { messages, bytes: 100 }, in_flight)
}

fn key(key: &str) -> Option<Text> {
    Some(key.into())
}

/// Submits items of one byte each at the same time; whether each succeeded.
async fn submit_all(batcher: &Batcher<u32>, items: &[(u32, Option<Text>)]) -> Vec<bool> {
    let submitting = items.iter().map(|(value, key)| batcher.submit(*value, 1, key.clone()));
    join_all(submitting.collect::<Vec<_>>()).await.into_iter().map(|result| result.is_ok()).collect()
}

fn sent(sent: &Sent) -> Vec<Vec<u32>> {
    sent.lock().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn an_idle_batcher_sends_at_once_and_collects_while_it_is_busy() {
    let (batcher, log) = batcher(options(10, 1));
    let first = tokio::spawn(batcher.submit(1, 1, None));
    sleep(Duration::from_millis(1)).await;
    let results = submit_all(&batcher, &[(2, None), (3, None), (4, None)]).await;
    assert!(first.await.unwrap().is_ok() && results == [true; 3]);
    assert_eq!(sent(&log), [vec![1], vec![2, 3, 4]]);
    assert!(batcher.is_idle());
}

#[tokio::test(start_paused = true)]
async fn batches_are_limited_by_count_and_bytes() {
    let (batcher, log) = batcher(options(3, 1));
    let sizes = [60, 60, 200, 1, 1, 1, 1];
    let submitting = (0..).zip(sizes).map(|(value, bytes)| batcher.submit(value, bytes, None));
    let results = join_all(submitting.collect::<Vec<_>>()).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(sent(&log), [vec![0], vec![1], vec![2], vec![3, 4, 5], vec![6]]);
}

#[tokio::test(start_paused = true)]
async fn only_so_many_batches_are_in_flight() {
    let (batcher, log) = batcher(options(1, 2));
    let all = tokio::spawn(join_all((0..3).map(|value| batcher.submit(value, 1, None)).collect::<Vec<_>>()));
    sleep(Duration::from_millis(500)).await;
    assert_eq!(sent(&log), [vec![0], vec![1]]);
    all.await.unwrap();
    assert_eq!(sent(&log).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn each_item_gets_its_own_result() {
    let (batcher, _) = batcher(options(10, 1));
    assert_eq!(submit_all(&batcher, &[(12, None), (13, None), (14, None)]).await, [true, false, true]);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_caller_does_not_affect_others() {
    let (batcher, log) = batcher(options(10, 1));
    let in_flight = tokio::spawn(batcher.submit(1, 1, key("a")));
    sleep(Duration::from_millis(1)).await;
    let (gone, stays) = (batcher.submit(2, 1, key("a")), batcher.submit(3, 1, key("a")));
    drop(gone);
    in_flight.abort();
    assert!(stays.await.is_ok());
    assert_eq!(sent(&log), [vec![1], vec![3]]);
}

#[tokio::test(start_paused = true)]
async fn an_item_whose_caller_has_left_is_not_sent_in_the_batch_of_its_key() {
    let (batcher, log) = batcher(options(2, 1));
    let [first, gone, stays] = [1, 2, 3].map(|number| batcher.submit(number, 1, key("a")));
    drop(gone);
    assert!(first.await.is_ok() && stays.await.is_ok());
    assert_eq!(sent(&log), [vec![1, 3]], "and it takes no room");
}

#[tokio::test(start_paused = true)]
async fn items_of_one_key_stay_in_order_and_in_one_request_at_a_time() {
    let (batcher, log) = batcher(options(2, 4));
    let items: Vec<_> = (0..3).flat_map(|n| [(n, key("a")), (100 + n, key("b"))]).collect();
    assert_eq!(submit_all(&batcher, &items).await, [true; 6]);
    assert_eq!(sent(&log), [vec![0, 1], vec![100, 101], vec![2], vec![102]]);
}

#[tokio::test(start_paused = true)]
async fn a_key_stays_in_one_request_at_a_time_after_a_batch_of_its_items() {
    let (batcher, log) = batcher(options(2, 4));
    let first = tokio::spawn(join_all((0..3).map(|n| batcher.submit(n, 1, key("a"))).collect::<Vec<_>>()));
    sleep(Duration::from_millis(1500)).await;
    let later = tokio::spawn(batcher.submit(3, 1, key("a")));
    sleep(Duration::from_millis(100)).await;
    assert_eq!(sent(&log), [vec![0, 1], vec![2]], "3 waits behind 2");
    assert!(first.await.unwrap().iter().all(Result::is_ok) && later.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_request_can_be_limited_to_one_item_of_a_key() {
    let (batcher, log) = batcher(BatchOptions { one_per_key: true, ..options(10, 4) });
    let items = [(0, key("a")), (1, key("a")), (100, key("b")), (200, None)];
    assert_eq!(submit_all(&batcher, &items).await, [true; 4]);
    assert_eq!(sent(&log), [vec![0, 100, 200], vec![1]]);
}

#[tokio::test(start_paused = true)]
async fn items_after_a_failed_item_of_their_key_fail() {
    let (batcher, log) = batcher(BatchOptions { one_per_key: true, ..options(10, 4) });
    let items = [(13, key("a")), (1, key("a")), (2, key("a")), (3, key("b")), (4, key("b"))];
    assert_eq!(submit_all(&batcher, &items).await, [false, false, false, true, true]);
    assert_eq!(submit_all(&batcher, &[(5, key("a"))]).await, [true], "the key can be used again");
    assert_eq!(sent(&log), [vec![13, 3], vec![4], vec![5]]);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_panics_or_returns_too_little_fails_its_items_only() {
    let batcher = Batcher::new(options(2, 1), |batch: Vec<u32>| async move {
        assert!(batch[0] != 13, "a panic that the test wants");
        vec![Ok(())]
    });
    assert_eq!(
        submit_all(&batcher, &[(13, None), (1, None), (2, None), (3, None)]).await,
        [false, false, true, false]
    );
    assert!(batcher.is_idle());
}
