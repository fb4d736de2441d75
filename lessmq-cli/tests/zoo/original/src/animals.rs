//! Every type, with values.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::ops::Bound;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::sample::Sample;
use crate::structs::Plain;
use crate::values::*;
use crate::{
    collections as c, enums as e, fields as f, flattened as fl, foreign as fo, named as n,
    other_crates as oc, scalars as s, structs as st, tagged as t,
};

macro_rules! interface {
    ($($name:ident: $type:ty = [$($value:expr),+ $(,)?];)+) => {
        /// One method for each type.
        #[lessmq::interface(service = "zoo")]
        #[allow(clippy::new_ret_no_self, reason = "the macro of interfaces is called by one of this crate")]
        pub trait Animals {
            $(async fn $name(&self, #[payload] value: $type) -> $type;)+
        }

        /// Values of every type.
        #[must_use]
        #[allow(deprecated, reason = "a deprecated type is one of the types")]
        pub fn samples() -> Vec<Sample> {
            vec![$(Sample::of::<$type>(stringify!($name), vec![$($value),+])),+]
        }
    };
}

/// Hands the list of all types, as `name: type = [values];`, to another macro.
#[macro_export]
macro_rules! animals {
    ($callback:ident) => {
        $callback! {
            // Structs.
            plain: st::Plain = [plain(), Plain { number: 0, text: String::new(), flag: false }];
            empty_struct: st::EmptyStruct = [st::EmptyStruct {}, st::EmptyStruct {}];
            unit_struct: st::UnitStruct = [st::UnitStruct, st::UnitStruct];
            newtype: st::Newtype = [st::Newtype(0), st::Newtype(u32::MAX)];
            newtype_of_struct: st::NewtypeOfStruct = [st::NewtypeOfStruct(plain()), st::NewtypeOfStruct(plain())];
            newtype_of_option: st::NewtypeOfOption = [st::NewtypeOfOption(None), st::NewtypeOfOption(Some(1))];
            newtype_of_vec: st::NewtypeOfVec = [st::NewtypeOfVec(vec![]), st::NewtypeOfVec(vec![plain()])];
            newtype_of_uuid: st::NewtypeOfUuid = [st::NewtypeOfUuid(Uuid::nil()), st::NewtypeOfUuid(Uuid::max())];
            newtype_of_newtype: st::NewtypeOfNewtype = [
                st::NewtypeOfNewtype(st::NewtypeOfUuid(Uuid::nil())),
                st::NewtypeOfNewtype(st::NewtypeOfUuid(Uuid::max())),
            ];
            pair: st::Pair = [st::Pair(1, "one".into()), st::Pair(2, String::new())];
            empty_tuple: st::EmptyTuple = [st::EmptyTuple(), st::EmptyTuple()];
            transparent: st::Transparent = [st::Transparent { inner: "in".into() }, st::Transparent { inner: String::new() }];
            transparent_of_struct: st::TransparentOfStruct = [st::TransparentOfStruct { inner: plain() }, st::TransparentOfStruct { inner: plain() }];
            closed: st::Closed = [st::Closed { number: 1, text: None }, st::Closed { number: 2, text: Some("two".into()) }];
            closed_empty: st::ClosedEmpty = [st::ClosedEmpty {}, st::ClosedEmpty {}];
            camel: st::Camel = [
                st::Camel { first_name: "Ada".into(), last_name: "Lovelace".into(), e_mail_address: None },
                st::Camel { first_name: "Ada".into(), last_name: "L".into(), e_mail_address: Some("a@b".into()) },
            ];
            screaming: st::Screaming = [st::Screaming { first_name: "A".into(), x: -1 }, st::Screaming { first_name: "B".into(), x: i32::MAX }];
            both_ways: st::BothWays = [st::BothWays { some_field: "a".into() }, st::BothWays { some_field: "b".into() }];
            renamed: st::Renamed = [
                st::Renamed { number: 1, size: 2, country: "日本".into(), second: 3, dash: 4, underscore: 5, dot: 6, empty: 7, reference: 8 },
                st::Renamed { number: 8, size: 7, country: "\u{0}\"\\".into(), second: 5, dash: 4, underscore: 3, dot: 2, empty: 1, reference: 0 },
            ];
            keywords: st::Keywords = [keywords("a"), keywords("b")];
            pointers: st::Pointers = [pointers("one", 1), pointers("two", 2)];
            tree: st::Tree = [
                st::Tree { value: 1, children: vec![] },
                st::Tree { value: 1, children: vec![st::Tree { value: 2, children: vec![st::Tree { value: 3, children: vec![] }] }] },
            ];
            list: st::List = [
                st::List { head: 1, tail: None },
                st::List { head: 1, tail: Some(Box::new(st::List { head: 2, tail: None })) },
            ];
            ping: st::Ping = [
                st::Ping { pong: None },
                st::Ping { pong: Some(Box::new(st::Pong { ping: None, pings: vec![st::Ping { pong: None }] })) },
            ];
            page_of_plain: st::Page<Plain> = [st::Page { items: vec![plain()], next: None }, st::Page { items: vec![], next: Some("n".into()) }];
            both_of_two: st::Both<u32, String> = [st::Both { one: 1, other: "a".into() }, st::Both { one: 2, other: "b".into() }];
            generics: st::Generics = [generics(None), generics(Some(u64::MAX))];
            deprecated: st::Deprecated = [st::Deprecated { old: 1, new: 2 }, st::Deprecated { old: 3, new: 4 }];
            skipped: st::Skipped = [st::Skipped { kept: 1, ignored: 0 }, st::Skipped { kept: 2, ignored: 0 }];
            written_only: st::WrittenOnly = [st::WrittenOnly { kept: 1, written: 0 }, st::WrittenOnly { kept: 2, written: 0 }];
            read_only: st::ReadOnly = [st::ReadOnly { kept: 1, read: 0 }, st::ReadOnly { kept: 2, read: 0 }];
            phantom: st::Phantom = [phantom(), phantom()];
            parsed: st::Parsed = [st::Parsed("a".into()), st::Parsed("b".into())];
            inline: st::Inline = [st::Inline { number: 1 }, st::Inline { number: 2 }];
            holds_inline: st::HoldsInline = [holds_inline(1), holds_inline(2)];
            examples: st::Examples = [st::Examples { address: "a".into() }, st::Examples { address: "b".into() }];
            different_ways: st::DifferentWays = [different(1), different(2)];

            // Scalars.
            boolean: bool = [true, false];
            integers: s::Integers = [integers(true), integers(false)];
            u64_alone: u64 = [0, u64::MAX, (1 << 53) + 1];
            i128_alone: i128 = [i128::MIN, i128::MAX, 0];
            non_zero: s::NonZero = [non_zero(1, None), non_zero(200, Some(7))];
            floats: s::Floats = [
                s::Floats { single: 1.5, double: 0.1, number: 7.into() },
                s::Floats { single: -2.0, double: 1e300, number: u64::MAX.into() },
            ];
            float_alone: f64 = [0.0, -1.25e-7, 3.0];
            character: char = ['a', 'é', '🦀'];
            text: String = [String::new(), "\u{1f980}\n\t\"".to_owned()];
            texts: s::Texts = [texts('a', "127.0.0.1"), texts('🦀', "::1")];
            times: s::Times = [times(0), times(1_700_000_000)];
            timestamp: jiff::Timestamp = [jiff::Timestamp::UNIX_EPOCH, "2024-02-29T12:34:56.789Z".parse().expect("a time")];
            bounded: s::Bounded = [bounded("a", 1), bounded("b", 100)];
            slug: s::Slug = [s::Slug("a".into()), s::Slug("b".into())];
            holds_slugs: s::HoldsSlugs = [holds_slugs(None), holds_slugs(Some("d"))];
            anything: s::Anything = [anything(json!(null), None), anything(json!({"a": [1, 2.5, "x"]}), Some(json!(3)))];
            any_value: Value = [json!({"a": null}), json!([1, "2", true])];
            user_id: s::UserId = [s::UserId(Uuid::nil()), s::UserId(Uuid::max())];
            big_integer: s::BigInteger = [s::BigInteger(0), s::BigInteger(u128::MAX)];
            money: s::Money = [
                s::Money { cents: i64::MIN, currency: s::Currency::Eur },
                s::Money { cents: i64::MAX, currency: s::Currency::Usd },
            ];
            unit: () = [(), ()];

            // Collections.
            lists: c::Lists = [lists(0), lists(2)];
            list_alone: Vec<Plain> = [vec![], vec![plain()]];
            bytes: Vec<u8> = [vec![], vec![0, 255]];
            sets: c::Sets = [
                c::Sets { ordered: BTreeSet::new(), hashed: HashSet::new(), of_tuples: BTreeSet::new(), of_enums: BTreeSet::new() },
                c::Sets {
                    ordered: [1, 2].into(),
                    hashed: ["a".to_owned(), "b".to_owned()].into(),
                    of_tuples: [(1, "one".to_owned())].into(),
                    of_enums: [c::Letter::B].into(),
                },
            ];
            set_alone: BTreeSet<String> = [["a".to_owned()].into(), BTreeSet::new()];
            arrays: c::Arrays = [arrays(1), arrays(2)];
            array_alone: [u16; 2] = [[0, 1], [65535, 2]];
            tuples: c::Tuples = [tuples(1), tuples(2)];
            tuple_alone: (u32, Option<String>) = [(1, None), (2, Some("two".into()))];
            maps: c::Maps = [maps(0), maps(2)];
            map_alone: BTreeMap<String, Plain> = [BTreeMap::new(), [("a".to_owned(), plain())].into()];
            map_by_number: BTreeMap<u32, bool> = [BTreeMap::new(), [(7, true)].into()];
            enum_map: c::EnumMap = [
                c::EnumMap { by_direction: BTreeMap::new() },
                c::EnumMap { by_direction: [(e::Direction::Up, 1), (e::Direction::Down, 2)].into() },
            ];
            slug_map: c::SlugMap = [
                c::SlugMap { by_slug: BTreeMap::new() },
                c::SlugMap { by_slug: [(c::NameKey("a".into()), 1)].into() },
            ];
            deep_map: c::DeepMap = [
                c::DeepMap { values: BTreeMap::new() },
                c::DeepMap { values: [("a".to_owned(), vec![[("b".to_owned(), None), ("c".to_owned(), Some(s::Slug("s".into())))].into()])].into() },
            ];
            option_option: c::OptionOption = [
                c::OptionOption { plain: None, in_list: vec![None] },
                c::OptionOption { plain: Some(Some(1)), in_list: vec![Some(Some("a".into()))] },
            ];
            option_alone: Option<u32> = [None, Some(1)];
            option_of_struct: Option<Plain> = [None, Some(plain())];
            results: c::Results = [
                c::Results { one: Ok(1), many: vec![Ok(plain()), Err(e::Direction::Up)], nested: Ok(Ok(1)) },
                c::Results { one: Err("bad".into()), many: vec![], nested: Err(Some(true)) },
            ];
            ranges: c::Ranges = [
                c::Ranges { half_open: 0..7, bound: Bound::Included(1), included: 1..=2 },
                c::Ranges { half_open: 1..2, bound: Bound::Unbounded, included: -1..=0 },
            ];
            vec_of_tuples: c::VecOfTuples = [c::VecOfTuples(vec![]), c::VecOfTuples(vec![("a".into(), plain())])];
            map_newtype: c::MapNewtype = [c::MapNewtype(BTreeMap::new()), c::MapNewtype([("a".to_owned(), u64::MAX)].into())];
            linked: VecDeque<u8> = [VecDeque::new(), [1, 2].into()];

            // Enums.
            direction: e::Direction = [e::Direction::Up, e::Direction::Down];
            documented_enum: e::Documented = [e::Documented::First, e::Documented::Second, e::Documented::Third];
            single: e::Single = [e::Single::Only, e::Single::Only];
            renamed_enum: e::Renamed = [e::Renamed::FirstOne, e::Renamed::Version, e::Renamed::Crab, e::Renamed::Empty, e::Renamed::Itself];
            external: e::External = [
                e::External::Unit,
                e::External::Newtype(1),
                e::External::Optional(None),
                e::External::Optional(Some("a".into())),
                e::External::OfStruct(plain()),
                e::External::Tuple(1, "a".into()),
                e::External::Struct { number: 1, text: None },
                e::External::EmptyTuple(),
                e::External::EmptyStruct {},
            ];
            external_documented: e::ExternalDocumented = [
                e::ExternalDocumented::Unit,
                e::ExternalDocumented::Other,
                e::ExternalDocumented::Number(1),
                e::ExternalDocumented::Struct { field: 1 },
            ];
            external_renamed: e::ExternalRenamed = [e::ExternalRenamed::SomeUnit, e::ExternalRenamed::SomeStruct { first_field: 1 }];
            external_closed: e::ExternalClosed = [e::ExternalClosed::Struct { number: 1 }, e::ExternalClosed::Other(2)];
            external_nested: e::ExternalNested = [
                e::ExternalNested::Direction(e::Direction::Up),
                e::ExternalNested::External(Box::new(e::External::Tuple(1, "a".into()))),
                e::ExternalNested::Map([("a".to_owned(), 1)].into()),
                e::ExternalNested::List(vec![e::Direction::Down]),
                e::ExternalNested::Unit(st::UnitStruct),
                e::ExternalNested::Nothing(()),
                e::ExternalNested::Array([1, 2]),
                e::ExternalNested::Pair((1, "a".into())),
            ];
            untagged: e::Untagged = [
                e::Untagged::Number(1),
                e::Untagged::Text("a".into()),
                e::Untagged::Plain(plain()),
                e::Untagged::Pair(1, 2, 3),
                e::Untagged::Struct { only: true },
                e::Untagged::Nothing,
            ];
            overlapping: e::Overlapping = [
                e::Overlapping::Small(1),
                e::Overlapping::Large(u64::MAX),
                e::Overlapping::Signed(-1),
                e::Overlapping::Point { x: 1, y: 2 },
                e::Overlapping::Line { x: 1 },
            ];
            untagged_structs: e::UntaggedStructs = [e::UntaggedStructs::One(plain()), e::UntaggedStructs::Two { number: 1, other: true }];
            one_or_many: e::OneOrMany = [e::OneOrMany::One("a".into()), e::OneOrMany::Many(vec!["a".into(), "b".into()])];
            with_other: e::WithOther = [e::WithOther::Known, e::WithOther::Unknown];
            with_skipped: e::WithSkipped = [e::WithSkipped::Kept, e::WithSkipped::Number(1)];
            with_untagged: e::WithUntagged = [e::WithUntagged::Known, e::WithUntagged::Number(1), e::WithUntagged::Other("a".into())];
            expression: e::Expression = [e::Expression::Number(1.5), expression()];
            either_of_two: e::Either<u32, Plain> = [e::Either::Left(1), e::Either::Right(plain())];
            eithers: e::Eithers = [
                e::Eithers { one: e::Either::Left(1), two: e::Either::Left(plain()), optional: None, direction: None, single: None, untagged: None },
                e::Eithers {
                    one: e::Either::Right("a".into()),
                    two: e::Either::Right(e::Direction::Up),
                    optional: Some(e::Either::Left(1)),
                    direction: Some(e::Direction::Up),
                    single: Some(e::Single::Only),
                    untagged: Some(e::Untagged::Number(1)),
                },
            ];
            variant_defaults: e::VariantDefaults = [
                e::VariantDefaults::Struct { number: 1, text: None },
                e::VariantDefaults::Struct { number: 0, text: Some("a".into()) },
                e::VariantDefaults::Other { number: 1 },
            ];
            number_enum: e::NumberEnum = [e::NumberEnum::One, e::NumberEnum::Two];
            json_enum: e::Json = [
                e::Json::Null,
                e::Json::List(vec![e::Json::Bool(true), e::Json::Number(1.5), e::Json::Text("a".into())]),
                e::Json::Map([("a".to_owned(), e::Json::Null)].into()),
            ];

            // Enums with a tag.
            internal: t::Internal = [t::Internal::Unit, t::Internal::Struct { number: 1, text: None }, t::Internal::EmptyStruct {}];
            internal_renamed: t::InternalRenamed = [t::InternalRenamed::FirstOne, t::InternalRenamed::SecondOne { some_field: "a".into() }];
            internal_newtype: t::InternalNewtype = [
                t::InternalNewtype::Plain(plain()),
                t::InternalNewtype::Boxed(Box::new(plain())),
                t::InternalNewtype::Unit(st::UnitStruct),
                t::InternalNewtype::Other { number: 1 },
            ];
            internal_closed: t::InternalClosed = [t::InternalClosed::Unit, t::InternalClosed::Struct { number: 1 }];
            internal_other: t::InternalOther = [t::InternalOther::Known { number: 1 }, t::InternalOther::Unknown];
            internal_nested: t::InternalNested = [
                t::InternalNested::Inner(t::Internal2::A { number: 1 }),
                t::InternalNested::Inner(t::Internal2::B),
                t::InternalNested::Plain(plain()),
            ];
            internal_of_closed: t::InternalOfClosed = [t::InternalOfClosed::Unit, t::InternalOfClosed::Closed(st::Closed { number: 1, text: None })];
            internal_recursive: t::InternalRecursive = [
                t::InternalRecursive::Leaf { value: 1 },
                t::InternalRecursive::Node {
                    left: Box::new(t::InternalRecursive::Leaf { value: 1 }),
                    right: Box::new(t::InternalRecursive::Leaf { value: 2 }),
                },
            ];
            adjacent: t::Adjacent = [
                t::Adjacent::Unit,
                t::Adjacent::Newtype(1),
                t::Adjacent::OfStruct(plain()),
                t::Adjacent::Tuple(1, "a".into()),
                t::Adjacent::Struct { number: 1, text: None },
                t::Adjacent::List(vec![1, 2]),
            ];
            adjacent_closed: t::AdjacentClosed = [t::AdjacentClosed::NotFound, t::AdjacentClosed::Invalid { reason: "bad".into() }];
            adjacent_optional: t::AdjacentOptional = [t::AdjacentOptional::Maybe(None), t::AdjacentOptional::Maybe(Some(1)), t::AdjacentOptional::Nothing];
            adjacent_other: t::AdjacentOther = [t::AdjacentOther::Known(1), t::AdjacentOther::Unknown];
            some_error: t::SomeError = [t::SomeError::NotFound, t::SomeError::TooLarge { limit: u64::MAX }];
            tagged_struct: t::TaggedStruct = [t::TaggedStruct { number: 1 }, t::TaggedStruct { number: 2 }];
            holds_tagged: t::HoldsTagged = [
                t::HoldsTagged { internal: t::Internal::Unit, adjacent: None, untagged: vec![], direction: e::Direction::Up },
                t::HoldsTagged {
                    internal: t::Internal::EmptyStruct {},
                    adjacent: Some(t::Adjacent::Unit),
                    untagged: vec![e::Untagged::Text("a".into()), e::Untagged::Nothing],
                    direction: e::Direction::Down,
                },
            ];
            versioned: t::Versioned = [
                t::Versioned::V1 { name: "Ada".into() },
                t::Versioned::V2 { first_name: "Ada".into(), last_name: "Lovelace".into() },
            ];

            // Fields.
            optional: f::Optional = [
                f::Optional { number: None, plain: None, direction: None, list: None, unit: None },
                f::Optional { number: Some(1), plain: Some(plain()), direction: Some(e::Direction::Up), list: Some(vec![]), unit: None },
            ];
            optional_skipped: f::OptionalSkipped = [
                f::OptionalSkipped { number: None, plain: None },
                f::OptionalSkipped { number: Some(1), plain: Some(plain()) },
            ];
            defaults: f::Defaults = [defaults(0), defaults(2)];
            default_values: f::DefaultValues = [default_values(0), default_values(u64::MAX)];
            defaults_skipped: f::DefaultsSkipped = [
                f::DefaultsSkipped { list: vec![], text: String::new(), map: BTreeMap::new(), number: 0, flag: false, numbers: vec![1] },
                f::DefaultsSkipped { list: vec![1], text: "a".into(), map: [("a".to_owned(), plain())].into(), number: 1, flag: true, numbers: vec![4] },
            ];
            container_default: f::ContainerDefault = [
                f::ContainerDefault::default(),
                f::ContainerDefault { number: 1, text: "a".into(), list: vec![1], inner: f::ContainerDefaultInner { size: 1, name: None } },
            ];
            settings: f::Settings = [f::Settings::default(), f::Settings { page_size: 1, dark_mode: false, language: "de".into() }];
            aliased: f::Aliased = [f::Aliased { name: "a".into(), number: 0 }, f::Aliased { name: "b".into(), number: 1 }];
            required_nullable: f::RequiredNullable = [
                f::RequiredNullable { always: Some(1), present: Some("a".into()) },
                f::RequiredNullable { always: Some(2), present: Some("b".into()) },
            ];
            represented: f::Represented = [f::Represented { number: 1, other: 2 }, f::Represented { number: u64::MAX, other: 3 }];
            documented_fields: f::Documented = [
                f::Documented { number: 7, old: None, plain: plain() },
                f::Documented { number: 8, old: Some(plain()), plain: plain() },
            ];

            // Flattened.
            flatten_struct: fl::FlattenStruct = [fl::FlattenStruct { id: 1, plain: plain() }, fl::FlattenStruct { id: 2, plain: plain() }];
            flatten_option: fl::FlattenOption = [fl::FlattenOption { id: 1, plain: None }, fl::FlattenOption { id: 2, plain: Some(plain()) }];
            flatten_map: fl::FlattenMap = [
                fl::FlattenMap { id: 1, rest: BTreeMap::new() },
                fl::FlattenMap { id: 1, rest: [("a".to_owned(), json!([1])), ("b".to_owned(), json!(null))].into() },
            ];
            flatten_typed_map: fl::FlattenTypedMap = [
                fl::FlattenTypedMap { id: "a".into(), rest: BTreeMap::new() },
                fl::FlattenTypedMap { id: "b".into(), rest: [("c".to_owned(), "d".to_owned())].into() },
            ];
            flatten_value: fl::FlattenValue = [fl::FlattenValue { id: 1, rest: json!({}) }, fl::FlattenValue { id: 1, rest: json!({"a": 1}) }];
            flatten_internal: fl::FlattenInternal = [
                fl::FlattenInternal { id: 1, kind: t::Internal::Unit },
                fl::FlattenInternal { id: 1, kind: t::Internal::Struct { number: 1, text: Some("a".into()) } },
            ];
            flatten_external: fl::FlattenExternal = [
                fl::FlattenExternal { id: 1, kind: fl::Choice::Number(1) },
                fl::FlattenExternal { id: 1, kind: fl::Choice::Struct { a: 1 } },
                fl::FlattenExternal { id: 1, kind: fl::Choice::Nothing },
            ];
            flatten_adjacent: fl::FlattenAdjacent = [
                fl::FlattenAdjacent { id: 1, kind: t::Adjacent::Unit },
                fl::FlattenAdjacent { id: 1, kind: t::Adjacent::OfStruct(plain()) },
            ];
            flatten_two: fl::FlattenTwo = [
                fl::FlattenTwo { id: 1, one: t::Internal::Unit, two: fl::Choice::Number(1) },
                fl::FlattenTwo { id: 1, one: t::Internal::EmptyStruct {}, two: fl::Choice::Struct { a: 1 } },
            ];
            flatten_optional_enum: fl::FlattenOptionalEnum = [
                fl::FlattenOptionalEnum { id: 1, kind: None },
                fl::FlattenOptionalEnum { id: 1, kind: Some(t::Internal::Unit) },
            ];
            flatten_untagged: fl::FlattenUntagged = [
                fl::FlattenUntagged { id: 1, shape: fl::Shape::Circle { radius: 1.5 } },
                fl::FlattenUntagged { id: 1, shape: fl::Shape::Square { side: 2.5 } },
            ];
            flatten_nested: fl::FlattenNested = [
                fl::FlattenNested { id: 1, inner: fl::FlattenStructDefaults { size: 0, rest: BTreeMap::new() } },
                fl::FlattenNested { id: 1, inner: fl::FlattenStructDefaults { size: 1, rest: [("a".to_owned(), 1)].into() } },
            ];
            variant_flatten: fl::VariantFlatten = [fl::VariantFlatten::Flat { id: 1, plain: plain() }, fl::VariantFlatten::Unit];
            holds_flattened: fl::HoldsFlattened = [holds_flattened(0), holds_flattened(2)];

            // Foreign.
            foreign_integer: fo::ForeignInteger = [fo::ForeignInteger(json!(1)), fo::ForeignInteger(json!(u64::MAX))];
            foreign_object: fo::ForeignObject = [fo::ForeignObject(json!({"a": 1})), fo::ForeignObject(json!({"b": "c"}))];
            two_types: fo::TwoTypes = [fo::TwoTypes(json!("a")), fo::TwoTypes(json!(1))];
            conditional: fo::Conditional = [fo::Conditional(json!({"kind": "none"})), fo::Conditional(json!({"kind": "plain", "plain": plain()}))];
            one_overlapping: fo::Overlapping = [fo::Overlapping(json!("abc")), fo::Overlapping(json!(plain()))];
            both: fo::Both = [fo::Both(json!(plain())), fo::Both(json!({"number": 1, "text": "", "flag": true, "more": false}))];
            some_pattern: fo::SomePattern = [fo::SomePattern(json!({})), fo::SomePattern(json!({"x-a": "b"}))];
            numbers: fo::Numbers = [fo::Numbers(json!(1)), fo::Numbers(json!(3))];
            mixed: fo::Mixed = [fo::Mixed(json!("a")), fo::Mixed(json!(null))];
            nothing: fo::Nothing = [fo::Nothing(json!([])), fo::Nothing(json!([]))];
            negated: fo::Negated = [fo::Negated(json!(1)), fo::Negated(json!({}))];
            open_object: fo::Open = [fo::Open(json!({"a": "", "b": 1})), fo::Open(json!({"a": "", "b": null, "c": 2}))];
            narrow: fo::Narrow = [fo::Narrow(json!("only")), fo::Narrow(json!("only"))];
            rows: fo::Rows = [fo::Rows(json!(["a"])), fo::Rows(json!(["a", true]))];
            reference: fo::Ref = [fo::Ref(json!(plain())), fo::Ref(json!({"number": 1, "text": "", "flag": true, "more": "m"}))];
            unevaluated: fo::Unevaluated = [fo::Unevaluated(json!(plain())), fo::Unevaluated(json!({"number": 1, "text": "", "flag": true, "x": null}))];
            nullable: fo::Nullable = [fo::Nullable(json!("a")), fo::Nullable(json!(null))];
            annotated: fo::Annotated = [fo::Annotated(json!("a")), fo::Annotated(json!("b"))];
            optional_parts: fo::OptionalParts = [
                fo::OptionalParts(json!({})),
                fo::OptionalParts(json!({
                    "text": "", "number": 0, "flag": false, "list": [], "set": [], "map": {}, "object": {},
                    "text_by_default": "", "list_by_default": [], "empty_by_default": "", "zero_by_default": 0,
                })),
                fo::OptionalParts(json!({
                    "text": "a", "list": [""], "set": ["a"], "map": {"": ""}, "object": {"text": ""}, "choice": "a",
                    "plain": plain(), "text_by_default": "x", "list_by_default": ["x"], "empty_by_default": "a",
                    "zero_by_default": 1,
                })),
            ];
            null_parts: fo::NullParts = [
                fo::NullParts(json!({})),
                fo::NullParts(json!({"text": null, "list": null, "any": null, "any_by_default": null})),
                fo::NullParts(json!({"number": null, "plain": null, "named": null, "nothing": null, "union": null})),
                fo::NullParts(json!({"mixed": null, "text": "x", "list": [], "any": {}, "any_by_default": {"k": 1}})),
                fo::NullParts(json!({"number": 5, "plain": plain(), "named": "", "union": "", "mixed": "a"})),
            ];
            unions: fo::Unions = [
                fo::Unions(json!({"fields": {"a": 1}, "lists": [{"a": "a"}], "below": {"in": {"a": "a"}}})),
                fo::Unions(json!({"fields": {"a": 1, "b": 2}, "lists": [{"a": "a", "b": "b"}]})),
                fo::Unions(json!({"fields": {"a": 1, "b": 2, "c": ""}, "below": {"in": {"a": "a", "b": "b"}}})),
                fo::Unions(json!({"fields": null, "lists": [], "numbers": 1.5})),
                fo::Unions(json!({"numbers": 9_007_199_254_740_993_i64})),
            ];
            wide: fo::Wide = [fo::Wide(json!({"p0": "x"})), fo::Wide(json!({"p1": "", "p59": "y"}))];
            wide_choice: fo::WideChoice = [fo::WideChoice(json!(0)), fo::WideChoice(json!(299))];
            wide_union: fo::WideUnion = [fo::WideUnion(json!(plain())), fo::WideUnion(json!("abc"))];
            all_keywords: fo::AllKeywords = [
                fo::AllKeywords(fo::KEYWORDS.map(|name| (name.to_owned(), json!(name))).into_iter().collect()),
                fo::AllKeywords(json!({})),
            ];
            keyword: n::Gen = [n::Gen { r#gen: n::Word::Gen }, n::Gen { r#gen: n::Word::Yield }];
            foreign: fo::Foreign = [foreign(None), foreign(Some(fo::Overlapping(json!("abc"))))];

            // Types of other crates.
            dates: oc::Dates = [dates("2026-07-26T10:15:02.118Z", None), dates("1969-12-31T23:59:59Z", Some("2026-02-28"))];
            mixed_dates: oc::MixedDates = [mixed_dates("2026-07-26T10:15:02Z"), mixed_dates("0001-01-01T00:00:00.000000001Z")];
            amounts: oc::Amounts = [amounts("0.10", None), amounts("-79228162514264337593543950335", Some("1.50"))];
            price: oc::Price = [oc::Price(decimal("12.30")), oc::Price(decimal("0"))];
            due_date: oc::DueDate = [oc::DueDate(day("2026-07-26")), oc::DueDate(day("0001-01-01"))];
            stamp: oc::Stamp = [stamp("2026-07-26T10:15:02Z"), stamp("2026-07-26T10:15:02.5+02:00")];
            holds_named: oc::HoldsNamed = [
                oc::HoldsNamed { price: oc::Price(decimal("1")), due: None, stamps: vec![] },
                oc::HoldsNamed {
                    price: oc::Price(decimal("-1.0")),
                    due: Some(oc::DueDate(day("2026-07-26"))),
                    stamps: vec![stamp("2026-07-26T10:15:02Z")],
                },
            ];
            when: oc::When = [
                oc::When::Never,
                oc::When::Day(day("2026-07-26")),
                oc::When::Between { from: day("2026-07-26"), to: None },
            ];
            day_or_price: oc::DayOrPrice = [oc::DayOrPrice::Day(day("2026-07-26")), oc::DayOrPrice::Price(decimal("1.0"))];
            release: oc::Release = [oc::Release("1.2.3".into()), oc::Release("0.1.0-rc.1".into())];
            decimal_alone: rust_decimal::Decimal = [decimal("1.50"), decimal("-0.000001")];
            days_alone: Vec<chrono::NaiveDate> = [vec![], vec![day("2026-07-26")]];

            // Names.
            context: n::Context = [n::Context { number: 1 }, n::Context { number: 2 }];
            named_value: n::Value = [named(n::Result::Fine), named(n::Result::Bad)];
            named_timestamp: n::Timestamp = [n::Timestamp(1), n::Timestamp(-1)];
            named_uuid: n::Uuid = [n::Uuid { high: 1, low: 2 }, n::Uuid { high: u64::MAX, low: 0 }];
            clash: n::Clash = [n::Clash { snake: n::Snake { one: 1 } }, n::Clash { snake: n::Snake { one: 2 } }];
            like_the_trait: n::LikeTheTrait = [n::LikeTheTrait { one: 1 }, n::LikeTheTrait { one: 2 }];
            two_plains: n::TwoPlains = [two_plains(true), two_plains(false)];
            twin: n::Twin = [twin(None), twin(Some("y"))];
            twins: Vec<n::Twin> = [vec![], vec![twin(None)]];
            other_plain: n::OtherPlain = [n::OtherPlain { different: true }, n::OtherPlain { different: false }];
        }
    };
}

animals!(interface);
