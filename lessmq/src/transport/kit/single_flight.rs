//! Runs work once for many callers.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::error::{Error, ErrorKind, Result};

/// Does `work` in a task. A caller that is dropped, such as by its deadline, does not stop it: with a lock that `work`
/// holds, the next caller waits for the result instead of starting again.
pub(crate) async fn in_task<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let working = tokio::spawn(work);
    working.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Internal, "a task of the driver panicked")))
}

/// A value that all callers share, made by the first one.
pub(crate) struct Slot<T>(Arc<Mutex<Option<Arc<T>>>>);

impl<T: Send + Sync + 'static> Slot<T> {
    /// The value, if it is usable, or a new one.
    pub(crate) async fn get_or_make<F>(
        &self,
        is_usable: impl Fn(&T) -> bool,
        make: impl FnOnce() -> F,
    ) -> Result<Arc<T>>
    where
        F: Future<Output = Result<T>> + Send + 'static,
    {
        if let Some(value) = self.0.lock().await.as_ref().filter(|value| is_usable(value)) {
            return Ok(Arc::clone(value));
        }
        let mut slot = Arc::clone(&self.0).lock_owned().await;
        if let Some(value) = slot.as_ref().filter(|value| is_usable(value)) {
            return Ok(Arc::clone(value));
        }
        let making = make();
        in_task(async move { Ok(Arc::clone(slot.insert(Arc::new(making.await?)))) }).await
    }

    /// The value, if there is one.
    pub(crate) async fn get(&self) -> Option<Arc<T>> {
        self.0.lock().await.clone()
    }

    pub(crate) async fn clear(&self) {
        self.0.lock().await.take();
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use std::time::Duration;

    use tokio::time::{sleep, timeout};

    use super::*;

    async fn slowly(value: u32) -> Result<u32> {
        sleep(Duration::from_millis(30)).await;
        Ok(value)
    }

    #[tokio::test(start_paused = true)]
    async fn a_value_is_made_once_even_if_its_caller_is_dropped() {
        let slot = Slot::default();
        let dropped = slot.get_or_make(|_| true, || slowly(1));
        assert!(timeout(Duration::from_millis(20), dropped).await.is_err());
        assert_eq!(*slot.get_or_make(|_| true, || slowly(2)).await.unwrap(), 1);
        assert_eq!(*slot.get_or_make(|value| *value != 1, || slowly(3)).await.unwrap(), 3);
    }
}
