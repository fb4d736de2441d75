//! The attribute on something else.

#[lessmq::interface(service = "user")]
struct Users;

#[lessmq::interface(service = "user")]
impl Users {
    fn get(&self) {}
}

#[lessmq::interface(service = "user")]
fn users() {}

#[lessmq::interface(service = "user")]
mod users {}

fn main() {
    Users.get();
    users();
}
