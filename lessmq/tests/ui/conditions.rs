//! A contract does not depend on features.

#[lessmq::interface(service = "user")]
trait Users {
    #[cfg(feature = "admin")]
    async fn close(&self, id: u8);
    #[cfg_attr(test, deprecated)]
    async fn get(&self, #[cfg(unix)] id: u8);
}

fn main() {}
