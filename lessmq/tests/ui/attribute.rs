//! Invalid arguments of the attribute.

#[lessmq::interface]
trait Missing {
    async fn get(&self);
}

#[lessmq::interface(events)]
trait MissingBesideEvents {
    async fn happened(&self, event: u8) -> lessmq::HandlerResult;
}

#[lessmq::interface(service = "user", name = "users", owner, version)]
trait Unknown {
    async fn get(&self);
}

#[lessmq::interface(service = "user", service = "auth", events, events, ordered, ordered)]
trait Twice {
    async fn happened(&self, event: u8) -> lessmq::HandlerResult;
}

#[lessmq::interface(service = 7)]
trait Number {
    async fn get(&self);
}

#[lessmq::interface(service = concat!("us", "er"))]
trait Computed {
    async fn get(&self);
}

#[lessmq::interface(service("user"), events = true, ordered = true)]
trait Shapes {
    async fn happened(&self, event: u8) -> lessmq::HandlerResult;
}

#[lessmq::interface("user")]
trait Bare {
    async fn get(&self);
}

#[lessmq::interface(service = "User.Accounts")]
trait BadName {
    async fn get(&self);
}

#[lessmq::interface(service = "")]
trait EmptyName {
    async fn get(&self);
}

#[lessmq::interface(service = "a-service-with-a-long-name")]
trait LongName {
    async fn get(&self);
}

fn main() {}
