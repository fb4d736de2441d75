//! Values of the types, as JSON and back.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Whether a text is the value of that number.
type Comparison = Box<dyn Fn(usize, &str) -> Result<(), String>>;

/// Values of one type.
pub struct Sample {
    /// The method that carries the type.
    pub method: &'static str,
    /// The values as JSON.
    pub values: Vec<String>,
    is_same: Comparison,
}

impl Sample {
    /// Values of `T`.
    ///
    /// # Panics
    /// When a value cannot be written as JSON.
    #[must_use]
    pub fn of<T>(method: &'static str, values: Vec<T>) -> Self
    where
        T: Serialize + DeserializeOwned + PartialEq + Debug + 'static,
    {
        let texts = values.iter().map(|value| serde_json::to_string(value).expect("it has a form in JSON"));
        Self {
            method,
            values: texts.collect(),
            is_same: Box::new(move |index, text| {
                let back: T = serde_json::from_str(text).map_err(|error| format!("{error}: {text}"))?;
                if back == values[index] { Ok(()) } else { Err(format!("{back:?} for {:?}", values[index])) }
            }),
        }
    }

    /// Whether `text` is the value number `index` again.
    ///
    /// # Errors
    /// What it is instead.
    pub fn check(&self, index: usize, text: &str) -> Result<(), String> {
        (self.is_same)(index, text).map_err(|error| format!("{}, value {index}: {error}", self.method))
    }
}

impl Debug for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sample").field("method", &self.method).field("values", &self.values).finish()
    }
}
