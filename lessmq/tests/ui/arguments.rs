//! Arguments that cannot be part of a message.

use std::borrow::Cow;

#[lessmq::interface(service = "user")]
trait Borrowed {
    async fn text(&self, name: &str);
    async fn bytes(&self, data: &[u8], ids: &Vec<u64>);
    async fn nested(&self, names: Vec<&'static str>, pair: (u8, Option<&str>));
    async fn lifetime(&self, name: Cow<'_, str>);
    async fn allowed(&self, name: Cow<'static, str>);
    async fn named_lifetime<'a>(&self, name: Cow<'a, str>);
}

#[lessmq::interface(service = "user")]
trait Unknown {
    async fn opaque(&self, name: impl Into<String>);
    async fn object(&self, name: Box<dyn ToString>);
    async fn itself(&self, other: Box<Self>);
    async fn inferred(&self, ids: Vec<_>);
}

#[lessmq::interface(service = "user")]
trait Patterns {
    async fn pattern(&self, (a, b): (u8, u8));
    async fn mutable(&self, mut id: u8);
    async fn by_reference(&self, ref id: u8);
    async fn nameless(&self, _: u8);
    async fn twice(&self, id: u8, name: String, id: u8);
    async fn bad_name(&self, userId: u8, größe: u8, _hidden: u8);
}

#[lessmq::interface(service = "user")]
trait Contexts {
    async fn two(&self, ctx: &lessmq::Context, id: u8, again: &lessmq::Context);
    async fn owned(&self, ctx: lessmq::Context);
    async fn mutable(&self, ctx: &mut lessmq::Context);
    async fn lasting(&self, ctx: &'static lessmq::Context);
    async fn payload(&self, #[payload] ctx: &lessmq::Context);
}

#[lessmq::interface(service = "user")]
trait Attributes {
    async fn two(&self, #[payload] id: u8, name: String);
    async fn both(&self, #[payload] id: u8, #[payload] name: String);
    async fn again(&self, #[payload] #[payload] id: u8);
    async fn with_arguments(&self, #[payload(json)] id: u8);
    async fn misplaced(&self, #[command] id: u8);
    async fn foreign(&self, #[serde(default)] id: u8);
    #[payload]
    async fn above(&self, id: u8);
}

fn main() {}
