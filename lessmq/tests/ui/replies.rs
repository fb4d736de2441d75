//! Types that cannot be replies.

type Alias<T> = std::result::Result<T, String>;

#[lessmq::interface(service = "user")]
trait Users {
    async fn one_type(&self) -> lessmq::Result<u8>;
    async fn no_type(&self) -> std::fmt::Result;
    async fn borrowed(&self) -> &str;
    async fn borrowed_inside(&self) -> Result<Vec<&'static str>, String>;
    async fn opaque(&self) -> impl Clone;
    async fn opaque_inside(&self) -> Result<u8, Box<dyn std::error::Error>>;
    async fn itself(&self) -> Self;
    async fn good(&self) -> Result<Alias<u8>, String>;
}

fn main() {}
