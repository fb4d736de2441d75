//! The traits that generated types implement.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Debug;
use std::hash::Hash;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use uuid::Uuid;
use zoo_contract::{
    DefaultValues, Direction, List, Newtype, NewtypeOfNewtype, NewtypeOfUuid, Plain, Slug, Tree,
};

fn is_key<T: Clone + Debug + Ord + Hash>() {}

fn is_copied_key<T: Copy + Debug + Ord + Hash>() {}

fn ids() -> [NewtypeOfUuid; 2] {
    [Uuid::nil().into(), Uuid::max().into()]
}

#[test]
fn ids_are_keys_of_maps() {
    let [first, second] = ids();
    let sorted = BTreeMap::from([(second, "second"), (first, "first")]);
    let hashed: HashMap<_, _> = sorted.clone().into_iter().collect();
    // The id is used again because it is copied.
    assert_eq!((sorted[&first], hashed[&first]), ("first", "first"));
    assert!(first < second);
    assert_eq!(sorted.first_key_value(), Some((&first, &"first")));
}

#[test]
fn ids_are_printed_parsed_and_converted() {
    let text = "0199f4a2-5b1c-7c3e-8f00-000000000001";
    let id: NewtypeOfNewtype = text.parse().expect("it is a UUID");
    assert_eq!(id.to_string(), text);
    let inner = NewtypeOfUuid::from(id);
    assert_eq!(Uuid::from(inner), Uuid::from_str(text).expect("it is a UUID"));
    assert_eq!(inner.as_ref(), &Uuid::from(inner));
    assert!("no id".parse::<NewtypeOfNewtype>().is_err());
}

#[test]
fn texts_become_newtypes_and_back() {
    let slug = Slug::from("giraffe");
    assert_eq!(slug, Slug::from("giraffe".to_owned()));
    assert_eq!((slug.as_ref() as &str, slug.to_string()), ("giraffe", "giraffe".to_owned()));
    assert_eq!(String::from(slug), "giraffe");
    assert_eq!("7".parse(), Ok(Newtype(7)));
    assert_eq!(format!("{:03}", Newtype(7)), "007");
}

#[test]
fn types_are_keys_if_all_that_they_contain_is() {
    is_copied_key::<Direction>();
    is_copied_key::<Newtype>();
    is_key::<Plain>();
    is_key::<Tree>();
    is_key::<List>();
    let directions = BTreeSet::from([Direction::Down, Direction::Up]);
    assert_eq!(directions.first(), Some(&Direction::Up));
}

#[test]
fn a_type_with_a_float_is_still_compared() {
    let small = DefaultValues::default();
    let large = DefaultValues { number: small.number + 1, ..small.clone() };
    assert!(small < large);
}

#[test]
fn the_default_is_what_an_empty_object_means() {
    fn check<T: Default + PartialEq + Debug + DeserializeOwned>() {
        let read: T = serde_json::from_str("{}").expect("every field may be absent");
        assert_eq!(T::default(), read);
    }
    check::<DefaultValues>();
    check::<zoo_contract::ContainerDefault>();
    check::<zoo_contract::ContainerDefaultInner>();
    check::<zoo_contract::EmptyStruct>();
    check::<zoo_contract::Ping>();
}
