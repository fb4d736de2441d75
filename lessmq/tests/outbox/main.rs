//! The outbox and the inbox, on each database.

#![allow(unreachable_pub, reason = "the modules of one test")]

mod broker;
mod database;
mod inbox;
mod ordering;
mod relaying;

/// What the tests publish.
#[lessmq::interface(service = "shop", events)]
pub trait ShopEvents {
    /// After an order.
    async fn placed(&self, number: u32) -> lessmq::HandlerResult;
}

/// Ordered events.
#[lessmq::interface(service = "shop", events, ordered)]
pub trait StockEvents {
    /// After a change of the stock.
    async fn moved(&self, number: u32) -> lessmq::HandlerResult;
}

/// Runs each test on each database.
macro_rules! on_each_database {
    ($module:ident: $($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $test() { crate::$module::$test(crate::database::sqlite().await).await; })*
        }
        mod postgres {
            $(#[tokio::test] async fn $test() { crate::$module::$test(crate::database::postgres().await).await; })*
        }
        mod any_of_sqlite {
            $(#[tokio::test] async fn $test() { crate::$module::$test(crate::database::any_of_sqlite().await).await; })*
        }
        mod any_of_postgres {
            $(#[tokio::test] async fn $test() { crate::$module::$test(crate::database::any_of_postgres().await).await; })*
        }
    };
}
use on_each_database;
