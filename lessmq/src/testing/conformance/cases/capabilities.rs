//! The capabilities of a driver.

use super::super::check::{Check, ensure, ensure_eq};
use super::super::context::Context;
use super::super::message::publish;

pub(crate) async fn capabilities_are_constant(context: &Context<'_>) -> Check {
    let capabilities = context.bus.capabilities().clone();
    ensure(!capabilities.driver.is_empty(), || "the driver has no name".to_owned())?;
    let other = context.connect().await?;
    ensure_eq("the capabilities of another connection", other.capabilities(), &capabilities)?;
    let (to, _) = context.service().commands();
    publish(&context.bus, &to, [1]).await?;
    ensure_eq("the capabilities after publishing", context.bus.capabilities(), &capabilities)
}
