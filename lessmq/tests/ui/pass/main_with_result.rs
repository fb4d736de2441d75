//! `?` in `main`.

#![deny(warnings, missing_docs)]

/// The program.
#[lessmq::main]
async fn main() -> Result<(), std::num::ParseIntError> {
    let two: u8 = "2".parse()?;
    std::future::ready(two).await;
    Ok(())
}
