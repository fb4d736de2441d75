//! Invalid names.

#[lessmq::interface(service = "user")]
trait Users {
    async fn new(&self);
    async fn on(&self);
    async fn contract(&self);
    async fn clone(&self);
    async fn fetchAll(&self);
    async fn _hidden(&self);
    async fn größe(&self);
    async fn a_name_that_is_so_long_that_no_broker_would_take_it_as_part_of_a_key(&self);
    async fn get(&self);
    async fn get(&self, id: u8);
    async fn r#get(&self, id: u8);
}

fn main() {}
