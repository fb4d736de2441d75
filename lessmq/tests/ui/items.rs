//! Items in the trait that are not methods.

macro_rules! method {
    () => {};
}

#[lessmq::interface(service = "user")]
trait Items {
    type Id;
    const LIMIT: usize;
    method!();
    async fn get(&self) -> u8;
}

fn main() {}
