//! Names of the user that are also names in the generated code.

#![deny(warnings)]
#![allow(dead_code, unreachable_pub, reason = "the names are only compiled")]

mod shadowed {
    use lessmq::interface;

    macro_rules! message {
        ($($name:ident),*) => {
            $(
                #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
                pub struct $name {}
            )*
        };
    }

    message!(
        Option, Some, Ok, Vec, String, Call, Contract, Context, GetRequest, Future, Send, Sync, Server, Bus
    );

    pub mod private {
        #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub struct Never;
    }

    pub struct Result;
    pub mod core {}
    pub mod std {}
    pub mod serde_json {}

    #[interface(service = "a")]
    pub trait Shadowed {
        async fn get(
            &self,
            request: GetRequest,
            option: Option,
            call: Call,
        ) -> ::core::result::Result<Call, Option>;
        async fn get_1(&self, service: String, within: Context, client: Future) -> private::Never;
        async fn get1(&self, implementation: Send, this: ::core::option::Option<Sync>) -> Contract;
        async fn clone_from(&self, server: Server, bus: Bus) -> Vec;
        async fn into(&self, ok: Ok, some: Some);
        async fn set(&self, behaviour: String) -> Vec;
        async fn expect(&self, behaviour: String, fake: Vec) -> Vec;
        async fn on_set(&self);
        #[command]
        async fn call(&self) -> lessmq::HandlerResult;
        #[command]
        async fn publish(&self, #[payload] call: GetRequest) -> lessmq::HandlerResult;
    }

    #[interface(service = "a", events)]
    pub trait Happened {
        async fn event(&self, behaviour: Option) -> lessmq::HandlerResult;
        async fn request(&self, ctx: &lessmq::Context, request: Call) -> lessmq::HandlerResult;
    }
}

#[lessmq::interface(service = "b")]
trait Private {
    async fn r#move(&self, r#type: u8, r#as: Option<u8>) -> u8;
    async fn borrow(&self, ctx: &lessmq::Context) -> Hidden;
}

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
struct Hidden;

mod inner {
    #[lessmq::interface(service = "c")]
    pub(super) trait Scoped {
        async fn get(&self) -> super::Hidden;
    }
}

mod whole_crate {
    #[lessmq::interface(service = "c")]
    pub(crate) trait r#Raw {
        async fn get(&self);
    }
}

struct Service;

impl Private for Service {
    async fn r#move(&self, r#type: u8, r#as: Option<u8>) -> u8 {
        r#type + r#as.unwrap_or_default()
    }

    async fn borrow(&self, _context: &lessmq::Context) -> Hidden {
        Hidden
    }
}

impl inner::Scoped for Service {
    async fn get(&self) -> Hidden {
        Hidden
    }
}

#[test]
fn names_of_the_user_do_not_clash() {
    #[allow(unused_imports, reason = "it must not change what the code means")]
    use std::borrow::Borrow as _;

    #[lessmq::interface(service = "d")]
    trait InAFunction {
        async fn get(&self, id: Local) -> Option<Local>;
    }

    #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    struct Local;

    impl InAFunction for Service {
        async fn get(&self, id: Local) -> Option<Local> {
            Some(id)
        }
    }

    let fake = PrivateFake::new().on_move(|r#type, r#as| async move { r#type + r#as.unwrap_or_default() });
    let _ = PrivateServer::new(fake.on_borrow(|| async { Hidden }));
    let _ = (PrivateServer::new(Service), InAFunctionServer::new(Service), inner::ScopedServer::new(Service));
    assert!(PrivateServer::contract().call("move").is_some());
    assert_eq!(shadowed::ShadowedServer::contract().calls().count(), 8);
    let _ = (InAFunctionClient::new, inner::ScopedClient::new, whole_crate::RawClient::new);
}
