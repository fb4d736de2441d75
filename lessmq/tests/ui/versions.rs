//! Versions that are not valid, and versions of one method that collide.

#[lessmq::interface(service = "user", version = 0)]
trait Zero {
    async fn get(&self);
}

#[lessmq::interface(service = "user", version = 10000)]
trait High {
    async fn get(&self);
}

#[lessmq::interface(service = "user", version = "2")]
trait Text {
    async fn get(&self);
}

#[lessmq::interface(service = "user", version = 2, version = 3)]
trait Twice {
    async fn get(&self);
}

#[lessmq::interface(service = "user")]
trait Methods {
    #[version(0)]
    async fn zero(&self);
    #[version]
    async fn bare(&self);
    #[version = 2]
    async fn pair(&self);
    #[version(2, 3)]
    async fn list(&self);
    #[version(2)]
    #[version(3)]
    async fn again(&self);
    async fn argument(&self, #[version(2)] id: u8);
}

#[lessmq::interface(service = "user")]
trait Collisions {
    #[version(2)]
    async fn get(&self);
    async fn get_v2(&self);
    #[version(2)]
    async fn find(&self);
    #[version(2)]
    async fn find_v2(&self);
}

#[version(2)]
#[lessmq::interface(service = "user")]
trait Misplaced {
    async fn get(&self);
}

// Version 1 is the version of methods without a number.
#[lessmq::interface(service = "user", version = 1)]
trait First {
    #[version(1)]
    async fn get(&self);
}

fn main() {}
