//! Invalid heads of methods. All mistakes of one trait are reported at once.

#[lessmq::interface(service = "user")]
trait Users {
    fn missing_async(&self) -> u8;
    async fn by_value(self);
    async fn by_mutable_reference(&mut self);
    async fn with_a_lifetime(&'static self);
    async fn with_a_type(self: std::sync::Arc<Self>);
    async fn without_self(id: u8);
    async fn without_anything();
    async fn generic<T: Clone>(&self) -> u8;
    async fn generic_over_a_constant<const N: usize>(&self);
    async fn with_a_clause(&self)
    where
        Self: Sized;
    async unsafe fn not_safe(&self);
    async extern "C" fn foreign(&self);
    async fn with_a_body(&self) -> u8 {
        undefined_function()
    }
    fn everything<'a>(self, _: &'a str, (x, y): (u8, u8)) -> lessmq::Result<u8>;
}

#[lessmq::interface(service = "user")]
trait Constant {
    const fn not_async(&self);
    unsafe extern "C" fn variadic(&self, arguments: ...);
}

fn main() {}
