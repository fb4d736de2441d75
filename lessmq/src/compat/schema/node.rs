//! Nodes and literals.
//!
//! An atom applies to one type: `minimum: 3` accepts every string. The negation of an atom requires the type: only a
//! number violates `minimum: 3`. For a fixed type the difference disappears, so the solver fixes the type first.

use std::rc::Rc;

use serde_json::Value;

use super::values::Values;

use super::super::decimal::Decimal;
use super::super::formats::FormatId;
use super::super::regex::TermId;

pub(crate) type Name = Rc<str>;
pub(crate) type Reason = Rc<str>;

/// One JSON type. `integer` is a number that is a multiple of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    /// All kinds, in the order in which the solver tries them.
    pub(crate) const ALL: [Self; 6] =
        [Self::Object, Self::Null, Self::Boolean, Self::Number, Self::String, Self::Array];

    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }
}

/// A set of types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Kinds(u8);

impl Kinds {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self(0b11_1111);

    pub(crate) fn only(kind: Kind) -> Self {
        Self(1 << kind as u8)
    }

    pub(crate) fn has(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn others(self) -> Self {
        Self(!self.0 & Self::ALL.0)
    }
}

/// A node or its negation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Lit(u32);

impl Lit {
    pub(crate) const TRUE: Self = Self(0);
    pub(crate) const FALSE: Self = Self(1);

    pub(crate) fn negated(self) -> bool {
        self.0 & 1 == 1
    }

    /// The literal of the node at a place in the arena.
    pub(super) fn at(index: u32) -> Self {
        Self(index << 1)
    }

    pub(crate) fn positive(self) -> Self {
        Self(self.0 & !1)
    }

    /// The node's place in the arena.
    pub(super) fn index(self) -> usize {
        (self.0 >> 1) as usize
    }
}

impl std::ops::Not for Lit {
    type Output = Self;

    fn not(self) -> Self {
        Self(self.0 ^ 1)
    }
}

impl std::fmt::Debug for Lit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", if self.negated() { "!" } else { "" }, self.index())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    True,
    Types(Kinds),
    And(Rc<[Lit]>),
    Or(Rc<[Lit]>),
    /// A `$ref`. [`Schemas::target`] returns its target.
    Reference(u32),
    Enum(Rc<Values>),
    Number(NumberAtom),
    String(StringAtom),
    Array(ArrayAtom),
    Object(ObjectAtom),
    /// A condition that the engine does not support. Any value may or may not satisfy it.
    Opaque(Reason),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum NumberAtom {
    AtLeast(Decimal),
    Above(Decimal),
    AtMost(Decimal),
    Below(Decimal),
    MultipleOf(Decimal),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum StringAtom {
    MinLength(u64),
    MaxLength(u64),
    Pattern(TermId),
    Format(FormatId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ArrayAtom {
    MinItems(u64),
    MaxItems(u64),
    /// The item at this index, if there is one.
    Item(u64, Lit),
    /// Every item from this index on.
    ItemsFrom(u64, Lit),
    ContainsAtLeast(u64, Lit),
    ContainsAtMost(u64, Lit),
    Unique,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum ObjectAtom {
    MinProperties(u64),
    MaxProperties(u64),
    Required(Name),
    /// The property of this name, if there is one.
    Property(Name, Lit),
    /// Every property whose name satisfies the first literal.
    Matching(Lit, Lit),
    /// Every property with none of these names that satisfies none of these patterns.
    Others(Rc<[Name]>, Rc<[Lit]>, Lit),
    Names(Lit),
    /// The properties that a closed writer declares; see [`Decl`].
    Declares(Rc<Decl>),
}

/// The properties that a writer declares. Unlike other atoms, it does not restrict an object by itself: an object of a
/// closed writer (see [`Reading::Typed`](crate::compat::Reading::Typed)) has the properties that *any* conjunct declares.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Decl {
    pub(crate) names: Vec<Name>,
    pub(crate) patterns: Vec<Lit>,
    /// Fields are declared: other names are not sent.
    pub(crate) closed: bool,
    /// A map: every name is declared.
    pub(crate) open: bool,
}

impl Decl {
    /// Adds the declarations of another conjunct.
    pub(crate) fn join(&mut self, other: &Self) {
        self.names.extend(other.names.iter().cloned());
        self.patterns.extend(&other.patterns);
        self.open |= other.open;
        self.closed |= other.closed;
    }
}
