//! `?` in `main`.

#![deny(warnings, missing_docs)]

/// The program.
#[lessmq::main]
async fn main() -> Result<(), std::num::ParseIntError> {
    let two: u8 = "2".parse()?;
    std::future::ready(two).await;
    Ok(())
}

#[test]
fn main_returns_its_result() {
    assert_eq!(main(), std::process::ExitCode::SUCCESS);
}
