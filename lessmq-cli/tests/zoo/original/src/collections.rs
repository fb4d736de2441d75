//! Collections.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, LinkedList, VecDeque};

use crate::enums::Direction;
use crate::scalars::Slug;
use crate::structs::Plain;

types! {
    pub struct Lists {
        pub vec: Vec<u32>,
        pub deque: VecDeque<String>,
        pub linked: LinkedList<bool>,
        pub nested: Vec<Vec<Plain>>,
        pub optional: Vec<Option<u32>>,
        pub bytes: Vec<u8>,
    }
    pub struct Sets {
        pub ordered: BTreeSet<u32>,
        pub hashed: HashSet<String>,
        pub of_tuples: BTreeSet<(u8, String)>,
        pub of_enums: BTreeSet<Letter>,
    }
    #[derive(Eq, Hash, PartialOrd, Ord)]
    pub enum Letter {
        A,
        B,
    }
    pub struct Arrays {
        pub three: [u8; 3],
        pub grid: [[i32; 2]; 2],
        pub of_structs: [Plain; 2],
        pub none: [u32; 0],
        pub many: [u8; 32],
    }
    pub struct Tuples {
        pub one: (u32,),
        pub two: (u32, String),
        pub three: (Plain, Option<u32>, Vec<u8>),
        pub nested: ((u8, u8), (u8, u8)),
    }
    pub struct Maps {
        pub texts: BTreeMap<String, String>,
        pub structs: HashMap<String, Plain>,
        pub unsigned: BTreeMap<u64, String>,
        pub signed: BTreeMap<i32, Plain>,
        pub characters: BTreeMap<char, u8>,
        pub flags: BTreeMap<bool, u8>,
        pub nested: BTreeMap<String, BTreeMap<u8, Vec<u32>>>,
        pub optional: BTreeMap<String, Option<u32>>,
    }
    pub struct EnumMap {
        pub by_direction: BTreeMap<Direction, u32>,
    }
    pub struct SlugMap {
        pub by_slug: BTreeMap<NameKey, u32>,
    }
    #[derive(Eq, PartialOrd, Ord)]
    pub struct NameKey(pub String);
    pub struct DeepMap {
        pub values: BTreeMap<String, Vec<BTreeMap<String, Option<Slug>>>>,
    }
    pub struct OptionOption {
        pub plain: Option<Option<u32>>,
        pub in_list: Vec<Option<Option<String>>>,
    }
    pub struct Results {
        pub one: Result<u32, String>,
        pub many: Vec<Result<Plain, Direction>>,
        pub nested: Result<Result<u8, String>, Option<bool>>,
    }
    pub struct Ranges {
        pub half_open: std::ops::Range<u32>,
        pub bound: std::ops::Bound<i64>,
        pub included: std::ops::RangeInclusive<i8>,
    }
    pub struct VecOfTuples(pub Vec<(String, Plain)>);
    pub struct MapNewtype(pub BTreeMap<String, u64>);
}
