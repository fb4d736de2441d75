//! Rendering a text as it is.

use super::Render;
use crate::report::Text;

impl Render for Text {
    fn human(&self) -> String {
        self.0.clone()
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.0)
    }
}
