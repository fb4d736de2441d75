//! Argon2id.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::PasswordHasher as _;
use tokio::sync::Semaphore;

use crate::application::PasswordHasher;
use crate::domain::{NewPassword, PasswordHash};

/// Argon2id with the default parameters of its crate (OWASP's: 19 MiB, two passes). It runs on blocking threads, at
/// most one for each processor, because each hash takes this memory.
pub(crate) struct Argon2Hasher {
    slots: Arc<Semaphore>,
}

impl Argon2Hasher {
    pub(crate) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { slots: Arc::new(Semaphore::new(processors)) }
    }
}

impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: NewPassword) -> anyhow::Result<PasswordHash> {
        let slot = Arc::clone(&self.slots).acquire_owned().await?;
        tokio::task::spawn_blocking(move || {
            let _until_hashed = slot;
            let hash = Argon2::default().hash_password(password.expose().as_bytes())?;
            Ok(PasswordHash(hash.to_string()))
        })
        .await?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_hash_has_a_new_salt() {
        let hasher = Argon2Hasher::new();
        let password = NewPassword::parse("SecureP@ss1!").expect("it is strong enough");
        let first = hasher.hash(password.clone()).await.expect("there is enough memory");
        let second = hasher.hash(password).await.expect("there is enough memory");
        assert!(first.0.starts_with("$argon2id$"), "{}", first.0);
        assert_ne!(first.0, second.0);
        assert!(!first.0.contains("Secure"));
    }
}
