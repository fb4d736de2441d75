//! Documents as they are.

use super::Report;
use crate::commands::Exit;
use crate::commands::docs::Document;

impl Report for Document {
    fn human(&self) -> String {
        self.text.clone()
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.text)
    }

    fn exit(&self) -> Exit {
        Exit::Fine
    }
}
