//! Invalid `main` functions. All mistakes are reported at once.

#[lessmq::main(flavor = "current_thread")]
const unsafe extern "C" fn main<T>(arguments: T)
where
    T: Clone,
{
}

#[lessmq::main]
async fn start() {}

#[lessmq::main]
struct Main;
