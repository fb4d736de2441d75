//! Types whose names are in the way.

types! {
    pub struct Context {
        pub number: u32,
    }
    pub struct String {
        pub text: std::string::String,
    }
    pub struct Option {
        pub flag: bool,
    }
    pub struct Vec(pub std::vec::Vec<u8>);
    pub struct Timestamp(pub i64);
    pub struct Uuid {
        pub high: u64,
        pub low: u64,
    }
    pub struct Value {
        pub string: String,
        pub option: Option,
        pub vec: Vec,
        pub context: Context,
        pub result: Result,
    }
    pub enum Result {
        Fine,
        Bad,
    }
    #[schemars(rename = "snake_case_name")]
    pub struct Snake {
        pub one: u8,
    }
    #[schemars(rename = "SnakeCaseName")]
    pub struct Clash {
        pub snake: Snake,
    }
    #[schemars(rename = "Animals")]
    pub struct LikeTheTrait {
        pub one: u8,
    }
    #[schemars(rename = "Plain")]
    pub struct OtherPlain {
        pub different: bool,
    }
    #[schemars(rename = "Ünïcode")]
    pub struct Unicode {
        pub one: u8,
    }
    pub struct TwoPlains {
        pub other: OtherPlain,
        pub plain: crate::structs::Plain,
        pub unicode: Unicode,
    }
}

/// Another type with the name of a type above it.
pub mod inner {
    types! {
        pub struct Twin {
            pub text: Option<String>,
        }
    }
}

types! {
    /// A type that contains another one with its name.
    pub struct Twin {
        pub one: u32,
        pub inner: inner::Twin,
    }

    pub struct Gen {
        pub r#gen: Word,
    }

    #[serde(rename_all = "snake_case")]
    pub enum Word {
        Gen,
        Yield,
    }
}
