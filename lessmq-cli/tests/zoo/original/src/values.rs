//! Values that take more than a line.

use std::collections::{BTreeMap, HashMap, LinkedList};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::structs::Plain;
use crate::{
    collections as c, enums as e, fields as f, flattened as fl, foreign as fo, named as n,
    other_crates as oc, scalars as s, structs as st,
};

pub(crate) fn plain() -> Plain {
    Plain { number: 7, text: "seven".to_owned(), flag: true }
}

pub(crate) fn keywords(text: &str) -> st::Keywords {
    st::Keywords {
        r#type: text.into(),
        r#match: text.into(),
        itself: 1,
        type_itself: 2,
        package: 3,
        underscore: 4,
        r#async: true,
        class: 5,
        def: 6,
        function: 7,
        none: 8,
        constructor: 9,
        proto: 10,
    }
}

pub(crate) fn pointers(text: &str, number: u32) -> st::Pointers {
    st::Pointers {
        boxed: Box::new(plain()),
        shared: text.into(),
        counted: Arc::new(plain()),
        cow: text.to_owned().into(),
        boxed_text: text.into(),
        slice: [number].into(),
    }
}

pub(crate) fn generics(other: Option<u64>) -> st::Generics {
    let page = || st::Page { items: vec![plain()], next: None };
    st::Generics {
        plain: page(),
        numbers: st::Page { items: vec![1, 2], next: Some("n".into()) },
        nested: st::Page { items: vec![page()], next: None },
        both: st::Both { one: plain(), other },
    }
}

pub(crate) fn phantom() -> st::Phantom {
    st::Phantom { marker: std::marker::PhantomData, unit: () }
}

pub(crate) fn holds_inline(number: u32) -> st::HoldsInline {
    let one = st::Inline { number };
    st::HoldsInline { many: vec![one.clone()], one }
}

pub(crate) fn different(value: u32) -> st::DifferentWays {
    let inner = st::Asymmetric { value };
    st::DifferentWays { many: vec![inner.clone()], inner }
}

pub(crate) fn integers(greatest: bool) -> s::Integers {
    macro_rules! of {
        ($($integer:ident)+) => {
            if greatest {
                s::Integers { $($integer: $integer::MAX),+ }
            } else {
                s::Integers { $($integer: $integer::MIN),+ }
            }
        };
    }
    of!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize)
}

pub(crate) fn non_zero(number: u8, optional: Option<u32>) -> s::NonZero {
    use std::num::NonZero;
    let number = NonZero::new(number).expect("it is not zero");
    s::NonZero {
        u8: number,
        u32: number.into(),
        u64: number.into(),
        u128: number.into(),
        i32: number.into(),
        i64: number.into(),
        optional: optional.and_then(NonZero::new),
    }
}

pub(crate) fn texts(character: char, ip: &str) -> s::Texts {
    s::Texts {
        character,
        path: "/a/b".into(),
        socket: "[::1]:80".parse().expect("an address"),
        ip: ip.parse().expect("an address"),
        ipv4: "10.0.0.1".parse().expect("an address"),
        ipv6: "fe80::1".parse().expect("an address"),
        url: "https://example.com/a?b=c".parse().expect("an address"),
        uuid: Uuid::from_u128(1),
    }
}

pub(crate) fn times(seconds: i64) -> s::Times {
    let timestamp = jiff::Timestamp::from_second(seconds).expect("a time");
    // No database of time zones is linked.
    let zoned = timestamp.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(2)));
    s::Times {
        timestamp,
        date: zoned.date(),
        time: zoned.time(),
        date_time: zoned.datetime(),
        zoned,
        signed: jiff::SignedDuration::from_secs(seconds),
        duration: Duration::new(seconds.unsigned_abs(), 5),
        system: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs()),
    }
}

pub(crate) fn bounded(name: &str, percent: u8) -> s::Bounded {
    s::Bounded {
        name: name.into(),
        percent,
        ratio: 0.75,
        country: "DE".into(),
        address: "ada@example.com".into(),
        items: vec![1],
        words: vec!["word".into()],
        optional: Some("a".into()),
        fives: 10,
        host: "example.com".into(),
    }
}

pub(crate) fn holds_slugs(optional: Option<&str>) -> s::HoldsSlugs {
    let slug = |text: &str| s::Slug(text.into());
    s::HoldsSlugs {
        one: slug("a"),
        many: vec![slug("b"), slug("c")],
        optional: optional.map(slug),
        longer: slug("long"),
    }
}

pub(crate) fn anything(value: Value, optional: Option<Value>) -> s::Anything {
    let map = [("a".to_owned(), value.clone())].into_iter().collect();
    s::Anything { values: vec![value.clone()], map, value, optional }
}

pub(crate) fn lists(length: usize) -> c::Lists {
    c::Lists {
        vec: vec![1; length],
        deque: vec!["a".to_owned(); length].into(),
        linked: LinkedList::from_iter(vec![true; length]),
        nested: vec![vec![plain(); length]; length],
        optional: vec![None, Some(1)],
        bytes: vec![255; length],
    }
}

pub(crate) fn arrays(number: u8) -> c::Arrays {
    c::Arrays {
        three: [number; 3],
        grid: [[1, 2], [3, number.into()]],
        of_structs: [plain(), plain()],
        none: [],
        many: [number; 32],
    }
}

pub(crate) fn tuples(number: u8) -> c::Tuples {
    c::Tuples {
        one: (number.into(),),
        two: (1, "two".into()),
        three: (plain(), None, vec![number]),
        nested: ((1, 2), (3, number)),
    }
}

pub(crate) fn maps(length: u8) -> c::Maps {
    let keys = || 0..length;
    c::Maps {
        texts: keys().map(|key| (key.to_string(), "text".to_owned())).collect(),
        structs: HashMap::from_iter(keys().map(|key| (key.to_string(), plain()))),
        unsigned: keys().map(|key| (u64::MAX - u64::from(key), "text".to_owned())).collect(),
        signed: keys().map(|key| (-i32::from(key), plain())).collect(),
        characters: keys().map(|key| (char::from(b'a' + key), key)).collect(),
        flags: keys().map(|key| (key > 0, key)).collect(),
        nested: keys().map(|key| (key.to_string(), [(key, vec![1])].into())).collect(),
        optional: keys().map(|key| (key.to_string(), (key > 0).then_some(1))).collect(),
    }
}

pub(crate) fn expression() -> e::Expression {
    let number = || Box::new(e::Expression::Number(2.5));
    let product = e::Expression::Product { left: number(), right: number() };
    e::Expression::Sum(vec![e::Expression::Negated(number()), product])
}

pub(crate) fn defaults(number: u32) -> f::Defaults {
    f::Defaults {
        number,
        text: "a".repeat(number as usize),
        flag: number > 0,
        list: vec![plain(); number as usize],
        map: (0..number).map(|key| (key.to_string(), key)).collect(),
        optional: (number > 0).then_some(number),
        float: number.into(),
        required: 1,
    }
}

pub(crate) fn default_values(large: u64) -> f::DefaultValues {
    f::DefaultValues {
        number: 7,
        text: "other".into(),
        flag: false,
        optional: None,
        ratio: 0.25,
        direction: e::Direction::Down,
        plain: plain(),
        numbers: vec![],
        large,
    }
}

pub(crate) fn holds_flattened(length: usize) -> fl::HoldsFlattened {
    fl::HoldsFlattened {
        many: vec![fl::FlattenStruct { id: 1, plain: plain() }; length],
        map: fl::FlattenMap { id: 1, rest: BTreeMap::new() },
        external: e::External::Unit,
        untagged: e::Untagged::Nothing,
        direction: e::Direction::Up,
    }
}

pub(crate) fn named(result: n::Result) -> n::Value {
    n::Value {
        string: n::String { text: "a".into() },
        option: n::Option { flag: true },
        vec: n::Vec(vec![1]),
        context: n::Context { number: 1 },
        result,
    }
}

pub(crate) fn two_plains(different: bool) -> n::TwoPlains {
    n::TwoPlains { other: n::OtherPlain { different }, plain: plain(), unicode: n::Unicode { one: 1 } }
}

pub(crate) fn foreign(overlapping: Option<fo::Overlapping>) -> fo::Foreign {
    fo::Foreign {
        integer: fo::ForeignInteger(json!(7)),
        object: overlapping.is_some().then(|| fo::ForeignObject(json!({"a": 1}))),
        two: vec![fo::TwoTypes(json!(1))],
        conditional: fo::Conditional(json!({"kind": "none"})),
        inline: fo::Inline(json!({"a": {"b": ["x"]}, "plain": plain(), "required_null": null, "either": 1})),
        overlapping,
    }
}

pub(crate) fn twin(text: Option<&str>) -> n::Twin {
    n::Twin { one: 1, inner: n::inner::Twin { text: text.map(str::to_owned) } }
}

pub(crate) fn decimal(text: &str) -> rust_decimal::Decimal {
    text.parse().expect("a decimal")
}

pub(crate) fn day(text: &str) -> chrono::NaiveDate {
    text.parse().expect("a day")
}

pub(crate) fn stamp(text: &str) -> oc::Stamp {
    serde_json::from_value(json!(text)).expect("an instant")
}

pub(crate) fn dates(instant: &str, missing: Option<&str>) -> oc::Dates {
    let at: chrono::DateTime<chrono::Utc> = instant.parse().expect("an instant");
    let day = at.date_naive();
    oc::Dates {
        at,
        offset: at.with_timezone(&chrono::FixedOffset::east_opt(5_400).expect("an offset")),
        day,
        time: at.time(),
        local: at.naive_utc(),
        optional: missing.map(|_| at),
        many: vec![day, day],
        by_name: [("today".to_owned(), day)].into(),
        pair: (day, day),
        missing: missing.map(self::day),
    }
}

pub(crate) fn mixed_dates(instant: &str) -> oc::MixedDates {
    let jiff: jiff::Timestamp = instant.parse().expect("an instant");
    let civil = jiff.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    oc::MixedDates {
        chrono: instant.parse().expect("an instant"),
        jiff,
        civil,
        day: civil.date(),
        time: stamp(instant).0,
        text: instant.to_owned(),
    }
}

pub(crate) fn amounts(amount: &str, discount: Option<&str>) -> oc::Amounts {
    let amount = decimal(amount);
    oc::Amounts {
        amount,
        tax: decimal("0.00"),
        optional: discount.map(decimal),
        many: vec![amount, decimal("7")],
        by_account: [(Uuid::nil(), amount)].into(),
        by_shop: [(oc::ShopId(Uuid::nil()), [(day("2026-07-26"), amount)].into())].into(),
        discount: discount.map(decimal),
    }
}
