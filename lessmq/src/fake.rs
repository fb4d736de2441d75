//! The behaviour of generated fakes.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// What a behaviour returns.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// One method of a generated fake: the behaviour that a test has set, if any.
pub struct FakeMethod<F: ?Sized> {
    behaviour: Option<Box<F>>,
}

impl<F: ?Sized> FakeMethod<F> {
    /// Sets the behaviour, in place of an earlier one.
    pub fn set(&mut self, behaviour: Box<F>) {
        self.behaviour = Some(behaviour);
    }

    /// The behaviour, if it was set.
    #[must_use]
    pub fn get(&self) -> Option<&F> {
        self.behaviour.as_deref()
    }

    /// The behaviour, which `setter` of `fake` sets.
    ///
    /// # Panics
    /// If it was not set.
    #[must_use]
    pub fn expect(&self, fake: &str, setter: &str) -> &F {
        let Some(behaviour) = self.get() else {
            let method = setter.strip_prefix("on_").unwrap_or(setter);
            panic!(
                "`{method}` of `{fake}` was called and has no behaviour: set it with `{fake}::new().{setter}(…)`"
            );
        };
        behaviour
    }
}

impl<F: ?Sized> Default for FakeMethod<F> {
    fn default() -> Self {
        Self { behaviour: None }
    }
}

impl<F: ?Sized> fmt::Debug for FakeMethod<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeMethod").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_behaviour_replaces_the_one_before_it() {
        let mut method: FakeMethod<dyn Fn(u32) -> u32> = FakeMethod::default();
        assert!(method.get().is_none());
        method.set(Box::new(|number| number + 1));
        method.set(Box::new(|number| number + 2));
        assert_eq!(method.expect("UsersFake", "on_get")(1), 3);
    }

    #[test]
    #[should_panic = "`get` of `UsersFake` was called and has no behaviour: set it with `UsersFake::new().on_get(…)`"]
    fn a_missing_behaviour_is_named() {
        let method: FakeMethod<dyn Fn()> = FakeMethod::default();
        method.expect("UsersFake", "on_get")();
    }
}
