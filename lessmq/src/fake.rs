//! The behaviour of generated fakes.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// What a behaviour returns.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// One method of a generated fake: the behaviour that a test has set, if any.
///
/// The fake does not contain the type of the behaviour: if that named a type that does not exist, the compiler would
/// report the mistake a second time.
#[derive(Default)]
pub struct FakeMethod {
    /// A `Box<F>`.
    behaviour: Option<Box<dyn Any + Send + Sync>>,
}

impl FakeMethod {
    /// Sets the behaviour, in place of an earlier one.
    pub fn set<F: ?Sized + Send + Sync + 'static>(&mut self, behaviour: Box<F>) {
        self.behaviour = Some(Box::new(behaviour));
    }

    /// The behaviour of the type `F`, if it was set.
    #[must_use]
    pub fn get<F: ?Sized + 'static>(&self) -> Option<&F> {
        self.behaviour.as_ref()?.downcast_ref::<Box<F>>().map(|behaviour| &**behaviour)
    }

    /// The behaviour of the type `F`, which `setter` of `fake` sets.
    ///
    /// # Panics
    /// If it was not set.
    #[must_use]
    pub fn expect<F: ?Sized + 'static>(&self, fake: &str, setter: &str) -> &F {
        let Some(behaviour) = self.get() else {
            let method = setter.strip_prefix("on_").unwrap_or(setter);
            panic!(
                "`{method}` of `{fake}` was called and has no behaviour: set it with `{fake}::new().{setter}(…)`"
            );
        };
        behaviour
    }
}

impl fmt::Debug for FakeMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeMethod").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Behaviour = dyn Fn(u32) -> u32 + Send + Sync;

    #[test]
    fn a_behaviour_replaces_the_one_before_it() {
        let mut method = FakeMethod::default();
        assert!(method.get::<Behaviour>().is_none());
        method.set::<Behaviour>(Box::new(|number| number + 1));
        method.set::<Behaviour>(Box::new(|number| number + 2));
        assert_eq!(method.expect::<Behaviour>("UsersFake", "on_get")(1), 3);
    }

    #[test]
    #[should_panic = "`get` of `UsersFake` was called and has no behaviour: set it with `UsersFake::new().on_get(…)`"]
    fn a_missing_behaviour_is_named() {
        FakeMethod::default().expect::<Behaviour>("UsersFake", "on_get")(1);
    }
}
