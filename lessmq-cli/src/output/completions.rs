//! A script for a shell, as it is.

use super::Report;
use crate::commands::Exit;
use crate::commands::completions::Script;

impl Report for Script {
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
