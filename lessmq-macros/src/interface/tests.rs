//! Tests of the meaning and the expansion of interfaces.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ItemTrait;

use super::arguments::Role;
use super::method::Kind;
use super::model::Interface;
use super::parse::{self, Arguments};
use crate::errors::Errors;

/// Reads an interface, and returns it with its errors.
fn read(arguments: TokenStream, item: TokenStream) -> (Interface, Vec<String>) {
    let item: ItemTrait = syn::parse2(item).expect("the test writes a trait");
    let mut errors = Errors::default();
    let arguments = Arguments::parse(arguments, &mut errors);
    let interface = Interface::new(&arguments, &item, &mut errors);
    let errors = errors.into_error().into_iter().flatten().map(|error| error.to_string()).collect();
    (interface, errors)
}

/// Reads an interface that has no mistakes.
fn read_good(arguments: TokenStream, item: TokenStream) -> Interface {
    let (interface, errors) = read(arguments, item);
    assert!(errors.is_empty(), "{errors:?}");
    interface
}

fn users() -> TokenStream {
    quote! {
        /// Accounts and profiles.
        pub trait Users {
            /// One account by id.
            async fn get(&self, id: UserId) -> Result<User, UserError>;
            /// How many accounts there are.
            #[idempotent]
            async fn count(&self, ctx: &lessmq::Context) -> u64;
            /// Rebuilds the index.
            #[command]
            async fn reindex(&self, /** The first day. */ since: Option<Timestamp>) -> HandlerResult;
            #[command]
            #[deprecated(since = "1.2.0", note = "use `get`")]
            async fn place(&self, #[payload] order: Order) -> lessmq::HandlerResult;
        }
    }
}

fn user_events() -> TokenStream {
    quote! {
        pub(crate) trait UserEvents {
            async fn registered(&self, ctx: &lessmq::Context, event: UserRegistered) -> HandlerResult;
        }
    }
}

/// Compares an expansion with its file in `expansions/`. With `UPDATE_EXPANSIONS=1` the file is written.
fn check_expansion(arguments: TokenStream, item: TokenStream, name: &str) {
    let expansion = super::run(arguments, item);
    let file = syn::parse2(expansion).expect("an expansion is a list of items");
    let expansion = prettyplease::unparse(&file);
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/interface/expansions").join(name);
    if std::env::var_os("UPDATE_EXPANSIONS").is_some() {
        std::fs::write(&path, &expansion).expect("the sources can be written");
    }
    let kept = std::fs::read_to_string(&path).expect("the expansion is kept");
    assert_eq!(expansion, kept, "run with UPDATE_EXPANSIONS=1 and look at the difference in {name}");
}

#[test]
fn an_interface_of_calls_and_commands_has_its_expansion() {
    check_expansion(quote!(service = "user"), users(), "users.expanded");
}

#[test]
fn an_interface_of_events_has_its_expansion() {
    check_expansion(quote!(service = "user", events), user_events(), "user_events.expanded");
}

#[test]
fn an_ordered_interface_has_its_expansion() {
    let item = quote! {
        trait Ledger {
            /// Its balance.
            async fn balance(&self) -> i64;
            /// Moves money.
            #[command]
            async fn book(&self, amount: i64) -> HandlerResult;
        }
    };
    check_expansion(quote!(service = "ledger", ordered), item, "ledger.expanded");
}

#[test]
fn an_interface_with_versions_has_its_expansion() {
    let item = quote! {
        trait Posts {
            async fn get_v2(&self, id: u64) -> String;
            #[version(3)]
            #[command]
            async fn hide(&self, id: u64) -> HandlerResult;
        }
    };
    check_expansion(quote!(service = "posts", version = 2), item, "posts.expanded");
}

#[test]
fn an_interface_with_a_mistake_expands_to_the_fallback() {
    let item = quote! {
        pub trait Users {
            async fn get(&self, id: UserId) -> Result<User, UserError>;
            async fn find(&self, name: &str) -> User;
        }
    };
    check_expansion(quote!(service = "user"), item, "fallback.expanded");
}

#[test]
fn methods_are_calls_commands_or_events() {
    let interface = read_good(quote!(service = "user"), users());
    let kinds: Vec<_> = interface
        .methods
        .iter()
        .map(|method| match &method.kind {
            Kind::Call { reply, idempotent } => format!(
                "{} -> {} or {} ({idempotent})",
                method.name,
                reply.value.to_token_stream(),
                reply.error.as_ref().map(ToTokens::to_token_stream).unwrap_or_default(),
            ),
            Kind::Command { .. } => format!("{} is a command", method.name),
            Kind::Event { .. } => format!("{} is an event", method.name),
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "get -> User or UserError (false)",
            "count -> u64 or  (true)",
            "reindex is a command",
            "place is a command"
        ]
    );

    let interface = read_good(quote!(service = "user", events), user_events());
    assert!(matches!(interface.methods[0].kind, Kind::Event { .. }));
}

#[test]
fn arguments_are_fields_the_payload_or_the_context() {
    let roles = |interface: &Interface| -> Vec<Role> {
        let arguments = interface.methods.iter().flat_map(|method| &method.arguments);
        arguments.map(|argument| argument.role).collect()
    };
    assert_eq!(
        roles(&read_good(quote!(service = "user"), users())),
        [Role::Field { optional: false }, Role::Context, Role::Field { optional: true }, Role::Payload]
    );
    assert_eq!(
        roles(&read_good(quote!(service = "user", events), user_events())),
        [Role::Context, Role::Payload]
    );
}

#[test]
fn docs_lose_the_indentation_of_the_comment() {
    let item = quote! {
        #[doc = ""]
        #[doc = " Accounts."]
        #[doc = ""]
        #[doc = "     code"]
        #[doc = "*stars*"]
        trait Users {
            async fn get(&self);
        }
    };
    let interface = read_good(quote!(service = "user"), item);
    let text = interface.attributes.description().expect("there are docs").to_string();
    assert_eq!(text, quote!("Accounts.\n\n    code\n*stars*").to_string());
}

#[test]
fn docs_may_come_from_a_file() {
    let item = quote! {
        #[doc = include_str!("users.md")]
        trait Users {
            async fn get(&self);
        }
    };
    let interface = read_good(quote!(service = "user"), item);
    let text = interface.attributes.description().expect("there are docs").to_string();
    assert_eq!(text, quote!(::core::concat!(include_str!("users.md"), "\n")).to_string());
}

#[test]
fn a_deprecation_may_have_a_note() {
    let deprecation = |attribute: TokenStream| {
        let item = quote!(trait Users { #attribute async fn get(&self); });
        read_good(quote!(service = "user"), item).methods[0].attributes.deprecation()
    };
    assert_eq!(deprecation(quote!()), None);
    assert_eq!(deprecation(quote!(#[deprecated])).as_deref(), Some(""));
    assert_eq!(deprecation(quote!(#[deprecated = "old"])).as_deref(), Some("old"));
    assert_eq!(deprecation(quote!(#[deprecated(note = "old")])).as_deref(), Some("old"));
    assert_eq!(deprecation(quote!(#[deprecated(since = "1", note = "old")])).as_deref(), Some("old"));
    assert_eq!(deprecation(quote!(#[deprecated(since = "1")])).as_deref(), Some(""));
}

#[test]
fn all_mistakes_of_a_trait_are_reported_at_once() {
    let item = quote! {
        trait Users<T>: Clone {
            fn get(self, (a, b): (u8, u8), name: &str) -> Result<u8>;
        }
    };
    let (interface, errors) = read(quote!(service = "User", version), item);
    assert!(interface.methods.is_empty());
    assert_eq!(errors.len(), 9, "{errors:#?}");
}

#[test]
fn methods_without_a_mistake_are_kept() {
    let item = quote! {
        trait Users {
            async fn get(&self);
            fn set(&self);
        }
    };
    let (interface, errors) = read(quote!(service = "user"), item);
    assert_eq!(errors, ["missing `async`: expected `async fn set`"]);
    assert_eq!(interface.methods.iter().map(|method| method.name.as_str()).collect::<Vec<_>>(), ["get"]);
}

#[test]
fn commands_and_events_return_handler_result() {
    let check = |output: TokenStream, is_good: bool| {
        let command = quote!(trait Users { #[command] async fn reindex(&self) #output; });
        let event = quote!(trait UserEvents { async fn deleted(&self, id: u64) #output; });
        for (what, arguments, item) in [
            ("a command", quote!(service = "user"), command),
            ("an event", quote!(service = "user", events), event),
        ] {
            let (_, errors) = read(arguments, item);
            assert_eq!(errors.is_empty(), is_good, "{output}: {errors:?}");
            let expected = format!("{what} returns `lessmq::HandlerResult`: expected");
            assert!(errors.iter().all(|error| error.starts_with(&expected)), "{errors:?}");
        }
    };
    check(quote!(-> HandlerResult), true);
    check(quote!(-> lessmq::HandlerResult), true);
    check(quote!(-> ::lessmq::error::HandlerResult), true);
    check(quote!(), false);
    check(quote!(-> ()), false);
    check(quote!(-> Result<(), HandlerError>), false);
    check(quote!(-> HandlerResult<()>), false);
    check(quote!(-> Option<HandlerResult>), false);
}

#[test]
fn commands_and_events_may_be_ordered_and_calls_alone_may_not() {
    let calls = quote!(
        trait Users {
            async fn get(&self);
        }
    );
    let (_, errors) = read(quote!(service = "user", ordered), calls);
    assert_eq!(errors, ["`ordered` is for commands and events: this interface has calls only"]);
    assert!(read_good(quote!(service = "user", ordered), users()).ordered);
    assert!(read_good(quote!(service = "user", events, ordered), user_events()).ordered);
    assert!(!read_good(quote!(service = "user"), users()).ordered);
    for (arguments, expected) in [
        (quote!(service = "user", ordered, ordered), "`ordered` is given twice"),
        (quote!(service = "user", ordered = true), "`ordered` cannot have a value: write `ordered` alone"),
    ] {
        assert_eq!(read(arguments, users()).1, [expected]);
    }
}

/// The names on the wire of the methods of a trait.
fn names(arguments: TokenStream, item: TokenStream) -> Vec<String> {
    read_good(arguments, item).methods.into_iter().map(|method| method.name).collect()
}

#[test]
fn a_later_version_is_part_of_the_name_on_the_wire() {
    let item = quote! {
        trait Users {
            async fn get(&self);
            async fn find_v2(&self);
            #[version(1)]
            async fn list(&self);
            #[version(3)]
            async fn r#move(&self);
            #[version(3)]
            async fn r#type_v3(&self);
        }
    };
    assert_eq!(names(quote!(service = "user"), item.clone()), ["get", "find_v2", "list", "move@3", "type@3"]);
    assert_eq!(
        names(quote!(service = "user", version = 1), item.clone()),
        ["get", "find_v2", "list", "move@3", "type@3"]
    );
    assert_eq!(
        names(quote!(service = "user", version = 2), item),
        ["get@2", "find@2", "list", "move@3", "type@3"]
    );
    let both = quote! {
        trait Users {
            async fn get(&self);
            #[version(2)]
            async fn get_v2(&self);
        }
    };
    assert_eq!(names(quote!(service = "user"), both), ["get", "get@2"]);
}

#[test]
fn two_versions_of_a_method_have_different_numbers_and_names() {
    let check = |methods: TokenStream, expected: &str| {
        let (_, errors) = read(quote!(service = "user"), quote!(trait Users { #methods }));
        assert_eq!(errors, [expected]);
    };
    let collision = "`get@2` and `get_v2` have the same name in generated code: rename one of them";
    check(
        quote!(
            async fn get_v2(&self);
            #[version(2)]
            async fn get(&self);
        ),
        collision,
    );
    let twice = "`get@2` is declared twice: expected one method of each name";
    check(
        quote!(
            #[version(2)]
            async fn get_v2(&self);
            #[version(2)]
            async fn get(&self);
        ),
        twice,
    );
    let name = quote::format_ident!("{}", "g".repeat(62));
    check(
        quote!(#[version(2)] async fn #name(&self);),
        "name of a method is 65 characters long with `_v2`, as in generated code, limit is 64",
    );
    let name = quote::format_ident!("{}_v2", "g".repeat(61));
    assert_eq!(
        names(quote!(service = "user", version = 2), quote!(trait Users { async fn #name(&self); })),
        [format!("{}@2", "g".repeat(61))]
    );
}

#[test]
fn an_auto_trait_is_rejected() {
    let (_, errors) = read(quote!(service = "user"), quote!(auto trait Users { async fn get(&self); }));
    assert_eq!(errors, ["an interface cannot be an auto trait: remove `auto`"]);
}

#[test]
fn names_of_services_are_short_and_lower_case() {
    for (name, is_good) in [
        ("user", true),
        ("user-2", true),
        ("a", true),
        ("abcdefghijklmnopqrstuvwx", true),
        ("abcdefghijklmnopqrstuvwxy", false),
        ("", false),
        ("User", false),
        ("2user", false),
        ("-user", false),
        ("user.name", false),
        ("user_name", false),
        ("é", false),
    ] {
        let (_, errors) = read(
            quote!(service = #name),
            quote!(
                trait Users {
                    async fn get(&self);
                }
            ),
        );
        assert_eq!(errors.is_empty(), is_good, "{name}: {errors:?}");
    }
}

#[test]
fn an_item_that_is_not_a_trait_is_kept_with_the_error() {
    let item = quote!(
        struct Users;
    );
    let rejected = parse::item(item.clone()).expect_err("a struct is no interface").to_string();
    assert!(rejected.contains("compile_error"), "{rejected}");
    assert!(rejected.ends_with(&item.to_string()), "{rejected}");
}
