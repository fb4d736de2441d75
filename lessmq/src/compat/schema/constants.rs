//! JSON values: equality by the rules of JSON Schema, and constants as structure.

use serde_json::Value;

use super::super::decimal::Decimal;
use super::arena::Schemas;
use super::node::{ArrayAtom, Kind, Kinds, Lit, ObjectAtom};

/// The value with every number in its canonical form, so that `1.0` equals `1`.
pub(crate) fn canonical(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            let spelt = Decimal::from_number(number).and_then(Decimal::to_number);
            Value::Number(spelt.unwrap_or_else(|| number.clone()))
        }
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), canonical(value))).collect())
        }
        _ => value.clone(),
    }
}

impl Schemas {
    /// An array or object constant as atoms, so that the solver can find a value that differs from it.
    pub(crate) fn constant_as_atoms(&mut self, value: &Value) -> Lit {
        match value {
            Value::Array(items) => {
                let length = items.len() as u64;
                let mut lits = vec![
                    self.types(Kinds::only(Kind::Array)),
                    self.array(ArrayAtom::MinItems(length)),
                    self.array(ArrayAtom::MaxItems(length)),
                ];
                for (index, item) in (0_u64..).zip(items) {
                    let item = self.enumeration(vec![item.clone()]);
                    lits.push(self.array(ArrayAtom::Item(index, item)));
                }
                self.and(lits)
            }
            Value::Object(members) => {
                let mut lits = vec![
                    self.types(Kinds::only(Kind::Object)),
                    self.object(ObjectAtom::MaxProperties(members.len() as u64)),
                ];
                for (name, value) in members {
                    let value = self.enumeration(vec![value.clone()]);
                    lits.push(self.object(ObjectAtom::Required(name.as_str().into())));
                    lits.push(self.object(ObjectAtom::Property(name.as_str().into(), value)));
                }
                self.and(lits)
            }
            _ => self.enumeration(vec![value.clone()]),
        }
    }
}
