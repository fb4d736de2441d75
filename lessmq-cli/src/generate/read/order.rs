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
        let order = order(types, found);
        if let Shape::Enum(found) = &mut types[index].shape {
            let mut variants: Vec<Option<Variant>> = found.variants.drain(..).map(Some).collect();
            found.variants = order.into_iter().filter_map(|index| variants[index].take()).collect();
        }
    }
}

/// The indexes of the variants in their new order.
fn order<'a>(types: &'a [NamedType], found: &'a Enumeration) -> Vec<usize> {
    let comparison = Comparison { types };
    let mut order: Vec<usize> = Vec::new();
    for (index, variant) in found.variants.iter().enumerate() {
        let loses = |other: &usize| {
            comparison.keeps_more(&variant.shape, &found.variants[*other].shape, &mut HashSet::new())
        };
        let position = order.iter().position(loses).unwrap_or(order.len());
        order.insert(position, index);
    }
    order
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
        if let (Some(one), Some(other)) = (self.fields_of_type(one), self.fields_of_type(other)) {
            return self.has_more_fields(one, other, seen);
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

    /// Whether the first struct has all fields of the second, and more, or a field that keeps more.
    fn has_more_fields(&self, one: &Fields, other: &Fields, seen: &mut Seen) -> bool {
        let is_complete = other.closed || other.rest.is_some() || !other.flattened.is_empty();
        if is_complete || !one.flattened.is_empty() {
            return false;
        }
        if !other.fields.iter().all(|field| one.fields.iter().any(|found| found.wire == field.wire)) {
            return false;
        }
        if one.fields.len() > other.fields.len() || one.rest.is_some() {
            return true;
        }
        other.fields.iter().any(|field| {
            let same = one.fields.iter().find(|found| found.wire == field.wire);
            same.is_some_and(|found| self.type_keeps_more(&found.ty, &field.ty, seen))
        })
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
