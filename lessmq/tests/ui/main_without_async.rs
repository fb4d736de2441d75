//! A `main` that is not asynchronous.

#[lessmq::main]
fn main() -> lessmq::Result<()> {
    Ok(())
}
