//! Contract documents as they are, one after the other.

use super::Report;
use crate::commands::Exit;
use crate::commands::contract::Documents;

impl Report for Documents {
    fn human(&self) -> String {
        self.contracts.iter().map(lessmq::contract::Contract::to_json).collect()
    }

    fn json(&self) -> serde_json::Result<String> {
        Ok(self.human().trim_end().to_owned())
    }

    fn exit(&self) -> Exit {
        Exit::Fine
    }
}
