//! The model of a contract, independent of the language: named types, fields, variants, methods.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::rust_types::ChosenType;

/// A type in [`Model::types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TypeId(pub(crate) usize);

/// A type of another crate in [`Model::rust_types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RustTypeId(pub(crate) usize);

/// A contract.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) service: String,
    pub(crate) description: Option<String>,
    pub(crate) events_description: Option<String>,
    pub(crate) types: Vec<NamedType>,
    /// The types of other crates that Rust code uses. Empty for other languages.
    pub(crate) rust_types: Vec<ChosenType>,
    pub(crate) methods: Vec<Method>,
}

/// Documentation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Docs {
    pub(crate) description: Option<String>,
    /// Why the item is deprecated; may be empty.
    pub(crate) deprecated: Option<String>,
}

/// A type with a name.
#[derive(Debug)]
pub(crate) struct NamedType {
    /// The name in code: `UserId`, unique in the model.
    pub(crate) name: String,
    /// The name in the definitions of a schema.
    pub(crate) schema_name: String,
    /// Whether schemas contain it instead of referring to it.
    pub(crate) inline: bool,
    /// Whether its values are secrets, which are never printed: `writeOnly` in its schema.
    pub(crate) is_secret: bool,
    pub(crate) docs: Docs,
    pub(crate) shape: Shape,
}

#[derive(Debug)]
pub(crate) enum Shape {
    Struct(Fields),
    /// A tuple.
    Tuple(Vec<Type>),
    /// Another type with a separate name, with further keywords of its schema.
    Newtype {
        inner: Type,
        extras: Map<String, Value>,
    },
    Enum(Enumeration),
    /// A schema without a matching type, or a type of another crate that has no schema.
    Opaque(Opaque),
}

/// A type with an embedded schema.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Opaque {
    /// What it contains: any JSON, a type of another crate, or the text of a decimal.
    pub(crate) inner: Type,
    pub(crate) writes: Value,
    pub(crate) reads: Value,
    /// The types of the references in it, by reference.
    pub(crate) references: Vec<(String, TypeId)>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    pub(crate) fields: Vec<Field>,
    /// Whether unknown fields are refused.
    pub(crate) closed: bool,
    /// The type of all other fields.
    pub(crate) rest: Option<Type>,
    /// Flattened enums, whose fields are among these.
    pub(crate) flattened: Vec<Type>,
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// The name on the wire.
    pub(crate) wire: String,
    pub(crate) docs: Docs,
    pub(crate) ty: Type,
    /// The keywords of the schema that are not part of the type.
    pub(crate) extras: Map<String, Value>,
    pub(crate) presence: Presence,
    pub(crate) default: Option<Value>,
    /// Aliases: other names that are read.
    pub(crate) aliases: Vec<String>,
}

/// Whether a field may be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Senders always write the field. Readers may require it or not.
    Written { required: bool },
    /// Senders do not always write the field. Readers may require it or not.
    Skippable { required: bool },
    /// Senders write the field, and readers ignore it.
    OnlyWritten,
    /// Senders do not write the field, but readers accept it.
    OnlyRead { required: bool },
}

#[derive(Debug)]
pub(crate) struct Enumeration {
    pub(crate) tagging: Tagging,
    pub(crate) variants: Vec<Variant>,
    pub(crate) closed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tagging {
    External,
    Internal { tag: String },
    Adjacent { tag: String, content: String },
    Untagged,
}

#[derive(Debug)]
pub(crate) struct Variant {
    /// The name in messages, or a name for code if there is none.
    pub(crate) wire: String,
    pub(crate) docs: Docs,
    pub(crate) shape: VariantShape,
    /// Whether it is read for every name that no variant has. It is a unit, and the last variant.
    pub(crate) is_other: bool,
}

#[derive(Debug)]
pub(crate) enum VariantShape {
    Unit,
    Newtype { inner: Type, extras: Map<String, Value> },
    Tuple(Vec<Type>),
    Struct(Fields),
}

/// A use of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Any,
    Null,
    Boolean,
    Integer(Integer),
    Float {
        double: bool,
    },
    /// Any number.
    Number,
    Text,
    Character,
    Format(Format),
    Option(Box<Self>),
    List(Box<Self>),
    Set(Box<Self>),
    Array(Box<Self>, usize),
    Tuple(Vec<Self>),
    Map {
        key: Key,
        value: Box<Self>,
    },
    Result(Box<Self>, Box<Self>),
    Range(Box<Self>),
    Bound(Box<Self>),
    Duration,
    SystemTime,
    /// A type of another crate, in Rust only.
    Rust(RustTypeId),
    Named(TypeId),
}

/// The keys of a map, which are strings on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Text,
    Unsigned,
    Signed,
    /// A type of another crate, in Rust only.
    Rust(RustTypeId),
    /// A newtype of such a type, or an enum without content. In Rust only.
    Named(TypeId),
}

/// An integer type of Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Integer {
    pub(crate) signed: bool,
    /// 8 to 128; `None` for the size of a pointer.
    pub(crate) bits: Option<u32>,
    pub(crate) non_zero: bool,
}

/// A string with a format, such as a UUID. Rust code has a [`Type::Rust`] for dates and ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Uuid,
    DateTime,
    Date,
    LocalTime,
    LocalDateTime,
    Ip,
    Ipv4,
    Ipv6,
}

/// A call, a command or an event.
#[derive(Debug)]
pub(crate) struct Method {
    /// The name on the wire: `get@2`.
    pub(crate) name: String,
    /// The name in code: `get_v2`.
    pub(crate) name_in_code: String,
    /// The version: 2.
    pub(crate) version: u16,
    pub(crate) docs: Docs,
    pub(crate) kind: Kind,
    /// Whether messages are handled in the order in which they were sent.
    pub(crate) ordered: bool,
    pub(crate) request: Request,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Call { idempotent: bool, reply: Type, error: Option<Type> },
    Command,
    Event,
}

/// The request of a method.
#[derive(Debug)]
pub(crate) enum Request {
    /// An object whose fields are the arguments. Those that may be absent are options.
    Arguments(Vec<Field>),
    Payload(Type),
}

impl Type {
    /// The types that this type contains.
    pub(crate) fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Option(inner) | Self::List(inner) | Self::Set(inner) | Self::Array(inner, _) => vec![inner],
            Self::Range(inner) | Self::Bound(inner) | Self::Map { value: inner, .. } => vec![inner],
            Self::Tuple(items) => items.iter().collect(),
            Self::Result(one, other) => vec![one, other],
            _ => Vec::new(),
        }
    }

    /// Whether `is_so` is true for this type or a type inside it.
    pub(crate) fn any(&self, is_so: &mut impl FnMut(&Self) -> bool) -> bool {
        is_so(self) || self.parts().into_iter().any(|part| part.any(is_so))
    }
}

impl Model {
    /// Whether `null` is a value of the type.
    pub(crate) fn accepts_null(&self, ty: &Type) -> bool {
        self.accepts_null_without(ty, &mut HashSet::new())
    }

    /// As [`Model::accepts_null`]. Types in `seen` are skipped, because enums can contain themselves.
    fn accepts_null_without(&self, ty: &Type, seen: &mut HashSet<TypeId>) -> bool {
        let id = match ty {
            Type::Any | Type::Null | Type::Option(_) => return true,
            Type::Named(id) if seen.insert(*id) => id,
            _ => return false,
        };
        match &self.types[id.0].shape {
            Shape::Newtype { inner, .. } => self.accepts_null_without(inner, seen),
            Shape::Opaque(opaque) => opaque.inner == Type::Any,
            Shape::Enum(found) if found.tagging == Tagging::Untagged => {
                found.variants.iter().any(|variant| match &variant.shape {
                    VariantShape::Unit => true,
                    VariantShape::Newtype { inner, .. } => self.accepts_null_without(inner, seen),
                    VariantShape::Tuple(_) | VariantShape::Struct(_) => false,
                })
            }
            _ => false,
        }
    }

    /// Whether a field with the value `null` and an absent field are different in code.
    ///
    /// They are the same for a field that is absent by a default, and for an optional field that is nullable, with the
    /// default `null` or without a default.
    pub(crate) fn distinguishes_null(&self, field: &Field) -> bool {
        let is_skipped = match field.presence {
            Presence::Skippable { .. } => true,
            Presence::Written { required: false } => {
                field.default.is_none() && !matches!(field.ty, Type::Option(_))
            }
            _ => false,
        };
        let means_absent = match &field.ty {
            Type::Option(inner) => !self.accepts_null(inner) && !field.has_other_default(),
            _ => false,
        };
        is_skipped && !means_absent && self.accepts_null(&field.ty)
    }
}

impl Presence {
    /// Whether readers require the field.
    pub(crate) fn is_required(self) -> bool {
        matches!(
            self,
            Self::Written { required: true }
                | Self::Skippable { required: true }
                | Self::OnlyRead { required: true }
        )
    }
}

impl Field {
    /// Whether the field has a default other than `null`.
    pub(crate) fn has_other_default(&self) -> bool {
        self.default.as_ref().is_some_and(|default| !default.is_null())
    }
}

impl Shape {
    /// The types of the parts of its values.
    pub(crate) fn parts(&self) -> Vec<&Type> {
        match self {
            Self::Struct(fields) => fields.parts(),
            Self::Tuple(items) => items.iter().collect(),
            Self::Newtype { inner, .. } => vec![inner],
            Self::Enum(enumeration) => {
                enumeration.variants.iter().flat_map(|variant| variant.shape.parts()).collect()
            }
            Self::Opaque(opaque) => vec![&opaque.inner],
        }
    }
}

impl VariantShape {
    fn parts(&self) -> Vec<&Type> {
        match self {
            Self::Unit => Vec::new(),
            Self::Newtype { inner, .. } => vec![inner],
            Self::Tuple(items) => items.iter().collect(),
            Self::Struct(fields) => fields.parts(),
        }
    }
}

impl Fields {
    fn parts(&self) -> Vec<&Type> {
        self.fields.iter().map(|field| &field.ty).chain(&self.rest).chain(&self.flattened).collect()
    }
}
