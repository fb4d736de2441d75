//! A `main` that returns nothing.

#![deny(warnings)]

#[lessmq::main]
async fn main() {
    std::future::ready(()).await;
}

#[test]
fn main_runs() {
    main();
}
