//! Methods as services have them.

use lessmq::Context;
use uuid::Uuid;

use crate::structs::Plain;
use crate::tagged::SomeError;

types! {
    /// What was eaten.
    pub struct Meal {
        /// How much of it.
        pub grams: u32,
    }
    /// An animal has come.
    pub struct Arrived {
        /// Which.
        pub animal: Uuid,
    }
}

/// Keeps the animals.
///
/// Every day.
#[lessmq::interface(service = "zoo")]
pub trait Keeper {
    /// Feeds an animal.
    async fn feed(
        &self,
        ctx: &Context,
        /// Which.
        animal: Uuid,
        /// How much, if not all.
        grams: Option<u32>,
        r#type: String,
    ) -> Result<Meal, SomeError>;

    /// Does nothing.
    #[idempotent]
    async fn open(&self);

    /// How many there are.
    #[deprecated(note = "use `census`")]
    async fn count(&self) -> u64;

    /// All there are.
    async fn census(&self) -> Vec<Plain>;

    /// All of a species, with their ages.
    #[idempotent]
    #[version(2)]
    async fn census_v2(&self, species: String) -> Vec<(String, u32)>;

    /// The name of each.
    async fn names(&self, #[payload] numbers: Vec<u32>) -> Option<String>;

    /// Cleans the cages.
    #[command]
    async fn clean(&self, since: Option<u64>, cages: Vec<String>) -> lessmq::HandlerResult;

    /// Has names that are keywords since edition 2024.
    #[command]
    async fn r#gen(&self, r#gen: u32, r#yield: Option<u32>, r#match: String) -> lessmq::HandlerResult;

    /// Moves an animal.
    #[command]
    #[deprecated]
    async fn move_to_2(&self, #[payload] plain: Plain) -> lessmq::HandlerResult;
}

/// What happens in the zoo.
#[lessmq::interface(service = "zoo", events)]
pub trait KeeperEvents {
    /// After an animal has come.
    async fn arrived(&self, event: Arrived) -> lessmq::HandlerResult;

    /// Every night.
    async fn night(&self, event: ()) -> lessmq::HandlerResult;

    /// Every night.
    #[version(12)]
    async fn night_v12(&self, event: Arrived) -> lessmq::HandlerResult;
}
