//! Schemas of single values, and names.

use serde_json::{Value, json};

use super::words::{NAMES, WORDS};
use super::{Schemas, Style, distinct};

impl Schemas<'_> {
    pub(super) fn scalar(&mut self) -> Value {
        let is_rust = self.style == Style::Schemars || self.random.chance(20);
        match self.random.below(8) {
            0..=1 => self.text(),
            2..=3 if is_rust => self.rust_integer(),
            2..=3 => self.integer(),
            4 if is_rust => self
                .random
                .pick(&[
                    json!({"type": "number", "format": "double"}),
                    json!({"type": "number", "format": "float"}),
                ])
                .clone(),
            4..=5 => self.number(),
            6 => json!({"type": "boolean"}),
            _ if self.random.chance(30) => json!({"type": "null"}),
            _ => self.text(),
        }
    }

    pub(super) fn text(&mut self) -> Value {
        let texts = [
            json!({"type": "string"}),
            json!({"type": "string", "minLength": 1}),
            json!({"type": "string", "minLength": 1, "maxLength": 1}),
            json!({"type": "string", "maxLength": 3}),
            json!({"type": "string", "pattern": "^[a-z]+$"}),
            json!({"type": "string", "format": "uuid"}),
            json!({"type": "string", "format": "date-time"}),
            json!({"type": "string", "format": "date"}),
            json!({"type": "string", "format": "ipv4"}),
            json!({"type": "string", "format": "email"}),
            json!({"type": "string", "format": "uri"}),
            json!({"type": "string", "format": "something"}),
        ];
        if self.random.chance(50) { texts[0].clone() } else { self.random.pick(&texts).clone() }
    }

    pub(super) fn rust_integer(&mut self) -> Value {
        let integers = [
            json!({"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255}),
            json!({"type": "integer", "format": "int16", "minimum": -32768, "maximum": 32767}),
            json!({"type": "integer", "format": "int32"}),
            json!({"type": "integer", "format": "uint32", "minimum": 0}),
            json!({"type": "integer", "format": "int64"}),
            json!({"type": "integer", "format": "uint64", "minimum": 0}),
            json!({"type": "integer", "format": "uint", "minimum": 0}),
            json!({"type": "integer", "format": "uint64", "minimum": 1}),
            json!({"type": "integer", "format": "uint32", "minimum": 1, "maximum": 100}),
        ];
        self.random.pick(&integers).clone()
    }

    pub(super) fn integer(&mut self) -> Value {
        let integers = [
            json!({"type": "integer"}),
            json!({"type": "integer", "minimum": 0}),
            json!({"type": "integer", "minimum": 1, "maximum": 10}),
            json!({"type": "integer", "exclusiveMinimum": 0}),
            json!({"type": "integer", "multipleOf": 5}),
            json!({"type": "integer", "minimum": -9_223_372_036_854_775_808_i64, "maximum": 9_223_372_036_854_775_807_i64}),
            json!({"type": "integer", "maximum": 18_446_744_073_709_551_615_u64}),
        ];
        self.random.pick(&integers).clone()
    }

    pub(super) fn number(&mut self) -> Value {
        let numbers = [
            json!({"type": "number"}),
            json!({"type": "number", "minimum": 0}),
            json!({"type": "number", "minimum": -0.5, "exclusiveMaximum": 1}),
            json!({"type": "number", "multipleOf": 0.5}),
        ];
        self.random.pick(&numbers).clone()
    }

    pub(super) fn constants(&mut self) -> Value {
        let count = 1 + self.random.below(5);
        let words: Vec<Value> = (0..count).map(|_| json!(*self.random.pick(&WORDS))).collect();
        let odd = [
            json!(1),
            json!(0),
            json!(-1),
            json!(1.5),
            json!(true),
            json!(false),
            json!(null),
            json!("1"),
            json!([]),
            json!({"a": 1}),
            json!(9_007_199_254_740_993_i64),
        ];
        match self.random.below(10) {
            0..=3 => json!({"type": "string", "enum": distinct(words, self.random)}),
            4 => json!({"enum": distinct(words, self.random)}),
            5 => json!({"type": "string", "const": words[0]}),
            6 => json!({"const": self.random.pick(&odd)}),
            7 => {
                json!({"type": "integer", "enum": distinct((0..count).map(|_| json!(self.random.below(9))).collect(), self.random)})
            }
            8 => {
                let mixed = (0..count).map(|_| self.random.pick(&odd).clone()).collect();
                json!({"enum": distinct(mixed, self.random)})
            }
            _ => {
                let words = distinct(words, self.random);
                let one = |word: &Value| json!({"type": "string", "const": word, "description": "One."});
                json!({"oneOf": words.iter().map(one).collect::<Vec<_>>()})
            }
        }
    }

    pub(super) fn names(&mut self, count: usize) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for _ in 0..count {
            let name = if self.random.chance(50) {
                *self.random.pick(&NAMES[..13])
            } else {
                *self.random.pick(&NAMES)
            };
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }
}
