//! The service `gateway` as a separate process.

use gateway_service::{Config, build};
use service_common::Environment;

#[lessmq::main]
async fn main() -> Result<(), lessmq::BoxError> {
    let config = Config::from_environment(&Environment::of_process())?;
    let bus = lessmq::connect_from_env().await?;
    build(&bus, &config).await?.app.run().await?;
    Ok(())
}
