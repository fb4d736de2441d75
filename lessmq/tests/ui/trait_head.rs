//! Invalid heads of traits. All mistakes are reported at once.

#[lessmq::interface(service = "user")]
trait Generic<'a, T, const N: usize>: Clone + Send
where
    T: Clone,
{
    async fn get(&self) -> u8;
}

#[lessmq::interface(service = "user")]
unsafe trait Unsafe {
    async fn get(&self);
}

#[lessmq::interface(service = "user")]
#[command]
trait Command {
    async fn get(&self);
}

#[lessmq::interface(service = "user")]
trait Empty {}

fn main() {}
