//! The module of types and codecs.

use super::names::{self, Names, is_plain};
use super::{codecs, quoted, types};
use crate::generate::model::TypeId;

const HEAD: &str = "
from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from . import codec

";

/// The text of `models.py`.
pub(super) fn models(names: &Names<'_>) -> String {
    let mut all: Vec<&str> = names.model.types.iter().map(|declared| declared.name.as_str()).collect();
    for (declared, variants) in names.model.types.iter().zip(&names.variants) {
        if !is_plain(&declared.shape) {
            all.extend(variants.iter().map(String::as_str));
        }
    }
    let codecs: Vec<String> = names.model.types.iter().map(|declared| names::codec(&declared.name)).collect();
    all.extend(codecs.iter().map(String::as_str));
    let all: String = all.into_iter().map(|name| format!("    {},\n", quoted(name))).collect();
    let mut text = format!(
        "\n\"\"\"What travels in messages of the service `{}`.\"\"\"\n{HEAD}__all__ = [\n{all}]\n",
        names.model.service
    );
    for (index, declared) in names.model.types.iter().enumerate() {
        text += &types::declaration(names, TypeId(index), declared);
        text += "\n\n";
        text += &codecs::declaration(names, TypeId(index), declared);
    }
    text
}
