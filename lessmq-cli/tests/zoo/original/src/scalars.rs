//! Scalars, alone and with formats and bounds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::{NonZeroI32, NonZeroI64, NonZeroU8, NonZeroU32, NonZeroU64, NonZeroU128};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp, Zoned};
use serde_json::{Number, Value};
use url::Url;
use uuid::Uuid;

types! {
    pub struct Integers {
        pub i8: i8,
        pub i16: i16,
        pub i32: i32,
        pub i64: i64,
        pub i128: i128,
        pub isize: isize,
        pub u8: u8,
        pub u16: u16,
        pub u32: u32,
        pub u64: u64,
        pub u128: u128,
        pub usize: usize,
    }
    pub struct NonZero {
        pub u8: NonZeroU8,
        pub u32: NonZeroU32,
        pub u64: NonZeroU64,
        pub u128: NonZeroU128,
        pub i32: NonZeroI32,
        pub i64: NonZeroI64,
        pub optional: Option<NonZeroU32>,
    }
    pub struct Floats {
        pub single: f32,
        pub double: f64,
        pub number: Number,
    }
    pub struct Texts {
        pub character: char,
        pub path: PathBuf,
        pub socket: SocketAddr,
        pub ip: IpAddr,
        pub ipv4: Ipv4Addr,
        pub ipv6: Ipv6Addr,
        pub url: Url,
        pub uuid: Uuid,
    }
    pub struct Times {
        pub timestamp: Timestamp,
        pub date: Date,
        pub time: Time,
        pub date_time: DateTime,
        pub zoned: Zoned,
        pub signed: SignedDuration,
        pub duration: Duration,
        pub system: SystemTime,
    }
    pub struct Bounded {
        #[schemars(length(min = 1, max = 64))]
        pub name: String,
        #[schemars(range(min = 1, max = 100))]
        pub percent: u8,
        #[schemars(range(min = 0.5, max = 1.5))]
        pub ratio: f64,
        #[schemars(regex(pattern = "^[A-Z]{2}$"))]
        pub country: String,
        #[schemars(email)]
        pub address: String,
        #[schemars(length(min = 1, max = 3))]
        pub items: Vec<u32>,
        #[schemars(inner(length(min = 2)))]
        pub words: Vec<String>,
        #[schemars(length(min = 1))]
        pub optional: Option<String>,
        #[schemars(extend("multipleOf" = 5))]
        pub fives: u32,
        #[schemars(extend("format" = "hostname"))]
        pub host: String,
    }
    #[schemars(extend("pattern" = "^[a-z]+$", "maxLength" = 32))]
    pub struct Slug(pub String);
    pub struct HoldsSlugs {
        pub one: Slug,
        pub many: Vec<Slug>,
        pub optional: Option<Slug>,
        #[schemars(length(min = 3))]
        pub longer: Slug,
    }
    pub struct Anything {
        pub value: Value,
        pub values: Vec<Value>,
        pub map: serde_json::Map<String, Value>,
        pub optional: Option<Value>,
    }
    pub struct UserId(pub Uuid);
    pub struct BigInteger(pub u128);
    pub struct Money {
        pub cents: i64,
        pub currency: Currency,
    }
    pub enum Currency {
        Eur,
        Usd,
    }
}
