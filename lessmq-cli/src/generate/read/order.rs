//! Orders the variants of enums without a tag, so that no fields are lost.
//!
//! The first variant that accepts a value is used. A struct ignores unknown fields, so it would also accept the values of
//! a later variant with more fields and lose those fields.

use std::collections::HashSet;

use crate::generate::model::{
    Enumeration, Fields, NamedType, Shape, Tagging, Type, TypeId, Variant, VariantShape,
};

/// Moves each variant of an enum without a tag before the first variant that would lose a part of its values.
pub(super) fn order_variants(types: &mut [NamedType]) {
    for index in 0..types.len() {
        let Shape::Enum(found) = &types[index].shape else { continue };
        if found.tagging != Tagging::Untagged {
            continue;
        }
        let order = order(types, found).unwrap_or_else(|| (0..found.variants.len()).collect());
        if let Shape::Enum(found) = &mut types[index].shape {
            let mut variants: Vec<Option<Variant>> = found.variants.drain(..).map(Some).collect();
            found.variants = order.into_iter().filter_map(|index| variants[index].take()).collect();
        }
    }
}

/// Whether an enum without a tag would lose fields in every order of its variants: two structs accept each other's
/// values, and each has fields that the other does not have.
pub(super) fn loses_fields(types: &[NamedType], id: TypeId) -> bool {
    matches!(&types[id.0].shape, Shape::Enum(found) if order(types, found).is_none())
}

/// Whether a variant of an enum is a map or any JSON.
pub(super) fn has_map(types: &[NamedType], id: TypeId) -> bool {
    let comparison = Comparison { types };
    let is_map = |variant: &Variant| match &variant.shape {
        VariantShape::Newtype { inner, .. } => {
            matches!(comparison.innermost(inner), Type::Map { .. } | Type::Any)
        }
        _ => false,
    };
    matches!(&types[id.0].shape, Shape::Enum(found) if found.variants.iter().any(is_map))
}

/// Whether a value of a type may be the same value of the same type again, so that reading it would never end: `A` is
/// `null` or `A`.
pub(super) fn contains_itself(types: &[NamedType], id: TypeId) -> bool {
    let mut seen = HashSet::new();
    let mut remaining = vec![id];
    while let Some(next) = remaining.pop() {
        let parts: Vec<&Type> = match &types[next.0].shape {
            Shape::Newtype { inner, .. } => vec![inner],
            Shape::Enum(found) if found.tagging == Tagging::Untagged => {
                let inner = found.variants.iter().filter_map(|variant| match &variant.shape {
                    VariantShape::Newtype { inner, .. } => Some(inner),
                    _ => None,
                });
                inner.collect()
            }
            _ => continue,
        };
        for mut part in parts {
            while let Type::Option(inner) = part {
                part = inner;
            }
            match part {
                Type::Named(part) if *part == id => return true,
                Type::Named(part) if seen.insert(*part) => remaining.push(*part),
                _ => {}
            }
        }
    }
    false
}

/// The indexes of the variants in their new order, which is the old one where possible. `None` if there is no order in
/// which every variant is before those that would lose a part of its values.
fn order<'a>(types: &'a [NamedType], found: &'a Enumeration) -> Option<Vec<usize>> {
    let comparison = Comparison { types };
    let shape = |index: usize| &found.variants[index].shape;
    let mut remaining: Vec<usize> = (0..found.variants.len()).collect();
    let mut order = Vec::new();
    while !remaining.is_empty() {
        let is_next = |one: &usize| {
            let loses = |other: &usize| {
                other != one && comparison.keeps_more(shape(*other), shape(*one), &mut HashSet::new())
            };
            !remaining.iter().any(loses)
        };
        let position = remaining.iter().position(is_next)?;
        order.push(remaining.remove(position));
    }
    Some(order)
}

/// Pairs of types that are being compared, which may be recursive.
type Seen = HashSet<(TypeId, TypeId)>;

struct Comparison<'a> {
    types: &'a [NamedType],
}

impl<'a> Comparison<'a> {
    /// Whether the first variant keeps everything that the second one keeps, and more.
    fn keeps_more(&self, one: &'a VariantShape, other: &'a VariantShape, seen: &mut Seen) -> bool {
        match (self.fields_of(one), self.fields_of(other)) {
            (Some(one), Some(other)) => self.has_more_fields(one, other, seen),
            (None, Some(other)) => match one {
                VariantShape::Newtype { inner, .. } => match self.innermost(inner) {
                    Type::Map { value, .. } => self.loses_entries(other, Some(value)),
                    Type::Any => self.loses_entries(other, None),
                    _ => false,
                },
                _ => false,
            },
            _ => match (one, other) {
                (VariantShape::Newtype { inner: one, .. }, VariantShape::Newtype { inner: other, .. }) => {
                    self.type_keeps_more(one, other, seen)
                }
                (VariantShape::Tuple(one), VariantShape::Tuple(other)) => self.any_more(one, other, seen),
                _ => false,
            },
        }
    }

    fn type_keeps_more(&self, one: &Type, other: &Type, seen: &mut Seen) -> bool {
        match (self.fields_of_type(one), self.fields_of_type(other)) {
            (Some(one), Some(other)) => return self.has_more_fields(one, other, seen),
            (None, Some(other)) => match self.innermost(one) {
                Type::Map { value, .. } => return self.loses_entries(other, Some(value)),
                Type::Any => return self.loses_entries(other, None),
                _ => {}
            },
            _ => {}
        }
        match (one, other) {
            (Type::Named(one), Type::Named(other)) if !seen.insert((*one, *other)) => false,
            (Type::Named(id), other) if self.inner(*id).is_some() => {
                self.inner(*id).is_some_and(|one| self.type_keeps_more(one, other, seen))
            }
            (one, Type::Named(id)) => {
                self.inner(*id).is_some_and(|other| self.type_keeps_more(one, other, seen))
            }
            // A float loses digits of large integers.
            (Type::Integer(_), Type::Float { .. }) => true,
            (Type::Float { double: true }, Type::Float { double: false }) => true,
            (
                Type::List(one) | Type::Set(one) | Type::Array(one, _),
                Type::List(other) | Type::Set(other) | Type::Array(other, _),
            )
            | (Type::Option(one), Type::Option(other))
            | (Type::Map { value: one, .. }, Type::Map { value: other, .. }) => {
                self.type_keeps_more(one, other, seen)
            }
            (Type::Tuple(one), Type::Tuple(other)) => self.any_more(one, other, seen),
            (one, Type::Option(other)) => self.type_keeps_more(one, other, seen),
            (Type::Option(one), other) => self.type_keeps_more(one, other, seen),
            _ => false,
        }
    }

    fn any_more(&self, one: &[Type], other: &[Type], seen: &mut Seen) -> bool {
        let mut pairs = one.iter().zip(other);
        one.len() == other.len() && pairs.any(|(one, other)| self.type_keeps_more(one, other, seen))
    }

    /// Whether the second struct accepts values of the first, and loses a part of them. Senders write no fields that
    /// the first struct does not have.
    fn has_more_fields(&self, one: &Fields, other: &Fields, seen: &mut Seen) -> bool {
        if !other.flattened.is_empty() || !one.flattened.is_empty() {
            return false;
        }
        let same = |name: &str| one.fields.iter().find(|found| found.wire == name);
        let accepts = other.fields.iter().all(|field| match same(&field.wire) {
            Some(found) => !field.presence.is_required() || self.overlap(&found.ty, &field.ty),
            None => !field.presence.is_required(),
        });
        if !accepts {
            return false;
        }
        let is_complete = other.closed || other.rest.is_some();
        let is_known = |name: &str| other.fields.iter().any(|field| field.wire == name);
        let has_more = one.rest.is_some() || one.fields.iter().any(|field| !is_known(&field.wire));
        has_more && !is_complete
            || other.fields.iter().any(|field| {
                same(&field.wire).is_some_and(|found| self.type_keeps_more(&found.ty, &field.ty, seen))
            })
    }

    /// Whether a struct accepts maps with such values, or any object, and loses entries.
    fn loses_entries(&self, fields: &Fields, value: Option<&Type>) -> bool {
        let is_complete = fields.closed || fields.rest.is_some() || !fields.flattened.is_empty();
        let mut required = fields.fields.iter().filter(|field| field.presence.is_required());
        !is_complete && required.all(|field| value.is_none_or(|value| self.overlap(value, &field.ty)))
    }

    /// The type in newtypes.
    fn innermost<'t>(&self, mut ty: &'t Type) -> &'t Type
    where
        'a: 't,
    {
        for _ in 0..=self.types.len() {
            let Type::Named(id) = ty else { break };
            let Some(inner) = self.inner(*id) else { break };
            ty = inner;
        }
        ty
    }

    /// Whether two types may have a value in common, as far as their kinds and their constants tell.
    fn overlap(&self, one: &Type, other: &Type) -> bool {
        match (self.texts(one), self.texts(other)) {
            (Some(one), Some(other)) => return one.iter().any(|text| other.contains(text)),
            (Some(_), None) => return kind(other).is_none_or(|kind| kind == Kind::Text),
            (None, Some(_)) => return kind(one).is_none_or(|kind| kind == Kind::Text),
            (None, None) => {}
        }
        match (kind(one), kind(other)) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
    }

    /// The values of an enum of texts.
    fn texts(&self, ty: &Type) -> Option<Vec<&'a str>> {
        let Type::Named(id) = ty else { return None };
        let Shape::Enum(found) = &self.types[id.0].shape else { return None };
        let is_unit = |variant: &Variant| matches!(variant.shape, VariantShape::Unit);
        let is_plain = found.tagging == Tagging::External && found.variants.iter().all(is_unit);
        is_plain.then(|| found.variants.iter().map(|variant| variant.wire.as_str()).collect())
    }

    /// The type in a newtype.
    fn inner(&self, id: TypeId) -> Option<&'a Type> {
        match &self.types[id.0].shape {
            Shape::Newtype { inner, .. } => Some(inner),
            _ => None,
        }
    }

    fn fields_of(&self, shape: &'a VariantShape) -> Option<&'a Fields> {
        match shape {
            VariantShape::Struct(fields) => Some(fields),
            VariantShape::Newtype { inner, .. } => self.fields_of_type(inner),
            VariantShape::Unit | VariantShape::Tuple(_) => None,
        }
    }

    /// The fields of a struct, or of a struct in newtypes.
    fn fields_of_type(&self, ty: &Type) -> Option<&'a Fields> {
        let Type::Named(mut id) = *ty else { return None };
        for _ in 0..=self.types.len() {
            match &self.types[id.0].shape {
                Shape::Struct(fields) => return Some(fields),
                Shape::Newtype { inner: Type::Named(next), .. } => id = *next,
                _ => return None,
            }
        }
        None
    }
}

/// The kind of JSON that all values of a type are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Null,
    Boolean,
    Number,
    Text,
    List,
}

/// The kind of JSON of a type's values, unless they may be of several kinds.
fn kind(ty: &Type) -> Option<Kind> {
    match ty {
        Type::Null => Some(Kind::Null),
        Type::Boolean => Some(Kind::Boolean),
        Type::Integer(_) | Type::Float { .. } | Type::Number => Some(Kind::Number),
        Type::Text | Type::Character | Type::Format(_) => Some(Kind::Text),
        Type::List(_) | Type::Set(_) | Type::Array(..) | Type::Tuple(_) => Some(Kind::List),
        _ => None,
    }
}
