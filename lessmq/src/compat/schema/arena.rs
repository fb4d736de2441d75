//! The arena of nodes and their smart constructors. Structurally equal schemas are one node.

use std::collections::HashMap;

use serde_json::Value;

use super::super::hash::NumberMap;
use super::super::regex::Terms;
use super::node::{ArrayAtom, Kind, Kinds, Lit, Node, NumberAtom, ObjectAtom, Reason, StringAtom};
use super::values::Values;

/// The arena.
#[derive(Debug)]
pub(crate) struct Schemas {
    nodes: Vec<Node>,
    /// The types of the values that may satisfy the node, and of those that may satisfy its negation.
    kinds: Vec<(Kinds, Kinds)>,
    /// An estimate of how deep the values are that the node depends on. Shallow nodes are tried first.
    weights: Vec<u32>,
    index: HashMap<Node, u32>,
    targets: Vec<Option<Lit>>,
    /// The open form of each closed literal.
    open: NumberMap<Lit, Lit>,
    /// The results of the current evaluation for parts of the value, by address.
    pub(super) evaluated: NumberMap<(Lit, usize), Option<bool>>,
    pub(crate) terms: Terms,
}

impl Default for Schemas {
    fn default() -> Self {
        let mut schemas = Self {
            nodes: vec![],
            kinds: vec![],
            weights: vec![],
            index: HashMap::new(),
            targets: vec![],
            open: NumberMap::default(),
            evaluated: NumberMap::default(),
            terms: Terms::default(),
        };
        schemas.intern(Node::True);
        schemas
    }
}

impl Schemas {
    pub(crate) fn node(&self, lit: Lit) -> &Node {
        &self.nodes[lit.index()]
    }

    /// The types of which some value may satisfy `lit`.
    pub(crate) fn kinds(&self, lit: Lit) -> Kinds {
        let (yes, no) = self.kinds[lit.index()];
        if lit.negated() { no } else { yes }
    }

    pub(crate) fn intern(&mut self, node: Node) -> Lit {
        if let Some(&index) = self.index.get(&node) {
            return Lit::at(index);
        }
        let index = self.push(node.clone());
        self.index.insert(node, index);
        Lit::at(index)
    }

    fn push(&mut self, node: Node) -> u32 {
        let index = u32::try_from(self.nodes.len()).expect("the budget ends long before 2^31 nodes");
        self.kinds.push(self.kinds_of(&node));
        self.weights.push(self.weight_of(&node));
        self.nodes.push(node);
        index
    }

    /// Small for literals that depend on shallow values only.
    pub(crate) fn weight(&self, lit: Lit) -> u32 {
        self.weights[lit.index()]
    }

    fn weight_of(&self, node: &Node) -> u32 {
        let mut children = Vec::new();
        self.children_of(node, &mut children);
        let deepest = children.iter().map(|&lit| self.weight(lit)).max().unwrap_or(0);
        match node {
            Node::Reference(_) => 1_000,
            Node::And(_) | Node::Or(_) => deepest,
            _ => deepest + 1,
        }
    }

    fn kinds_of(&self, node: &Node) -> (Kinds, Kinds) {
        let fold = |lits: &[Lit], all: bool, negate: bool| {
            let kinds = lits.iter().map(|&lit| self.kinds(if negate { !lit } else { lit }));
            if all { kinds.fold(Kinds::ALL, Kinds::common) } else { kinds.fold(Kinds::NONE, Kinds::union) }
        };
        match node {
            Node::True => (Kinds::ALL, Kinds::NONE),
            Node::Types(kinds) => (*kinds, kinds.others()),
            Node::And(lits) => (fold(lits, true, false), fold(lits, false, true)),
            Node::Or(lits) => (fold(lits, false, false), fold(lits, true, true)),
            Node::Reference(_) | Node::Opaque(_) => (Kinds::ALL, Kinds::ALL),
            Node::Enum(values) => {
                let kinds = values.iter().map(|value| Kinds::only(Kind::of(value)));
                (kinds.fold(Kinds::NONE, Kinds::union), Kinds::ALL)
            }
            Node::Number(_) => (Kinds::ALL, Kinds::only(Kind::Number)),
            Node::String(_) => (Kinds::ALL, Kinds::only(Kind::String)),
            Node::Array(_) => (Kinds::ALL, Kinds::only(Kind::Array)),
            Node::Object(_) => (Kinds::ALL, Kinds::only(Kind::Object)),
        }
    }

    pub(crate) fn types(&mut self, kinds: Kinds) -> Lit {
        match kinds {
            Kinds::ALL => Lit::TRUE,
            Kinds::NONE => Lit::FALSE,
            _ => self.intern(Node::Types(kinds)),
        }
    }

    pub(crate) fn and(&mut self, lits: impl IntoIterator<Item = Lit>) -> Lit {
        let mut flat: Vec<Lit> = Vec::new();
        for lit in lits {
            match self.node(lit) {
                Node::And(inner) if !lit.negated() => flat.extend_from_slice(inner),
                _ => flat.push(lit),
            }
        }
        flat.sort_unstable();
        flat.dedup();
        flat.retain(|&lit| lit != Lit::TRUE);
        if flat.windows(2).any(|pair| pair[0] == !pair[1]) || flat.contains(&Lit::FALSE) {
            return Lit::FALSE;
        }
        if let Some(lit) = self.enumerate(&flat) {
            return lit;
        }
        match flat[..] {
            [] => Lit::TRUE,
            [lit] => lit,
            _ => self.intern(Node::And(flat.into())),
        }
    }

    /// Combines enumerations and types into one enumeration with fewer values.
    fn enumerate(&mut self, lits: &[Lit]) -> Option<Lit> {
        let at = lits.iter().position(|&lit| !lit.negated() && matches!(self.node(lit), Node::Enum(_)))?;
        let Node::Enum(values) = self.node(lits[at]).clone() else { return None };
        let mut kinds = Kinds::ALL;
        for (index, &lit) in lits.iter().enumerate() {
            match self.node(lit) {
                Node::Types(types) if !lit.negated() => kinds = kinds.common(*types),
                _ if index == at => {}
                _ => return None,
            }
        }
        let values: Vec<Value> = values.iter().filter(|value| kinds.has(Kind::of(value))).cloned().collect();
        Some(self.enumeration(values))
    }

    /// A disjunction. Opposite literals do not make it true, because a closed writer sends either of them.
    pub(crate) fn or(&mut self, lits: impl IntoIterator<Item = Lit>) -> Lit {
        let mut flat: Vec<Lit> = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        for lit in lits {
            match self.node(lit) {
                Node::Or(inner) if !lit.negated() => flat.extend_from_slice(inner),
                Node::Enum(more) if !lit.negated() => values.extend(more.iter().cloned()),
                _ => flat.push(lit),
            }
        }
        flat.retain(|&lit| match self.node(lit) {
            Node::Enum(more) if !lit.negated() => {
                values.extend(more.iter().cloned());
                false
            }
            _ => lit != Lit::FALSE,
        });
        if !values.is_empty() {
            flat.push(self.enumeration(values));
        }
        flat.sort_unstable();
        flat.dedup();
        if flat.contains(&Lit::TRUE) {
            return Lit::TRUE;
        }
        match flat[..] {
            [] => Lit::FALSE,
            [lit] => lit,
            _ => self.intern(Node::Or(flat.into())),
        }
    }

    /// Like [`Schemas::or`], but keeps every branch: next to `true` the others still declare properties.
    pub(crate) fn each_of(&mut self, lits: Vec<Lit>) -> Lit {
        if lits.contains(&Lit::TRUE) && lits.len() > 1 {
            self.intern(Node::Or(lits.into()))
        } else {
            self.or(lits)
        }
    }

    pub(crate) fn enumeration(&mut self, values: Vec<Value>) -> Lit {
        let values: Values = values.into_iter().collect();
        if values.is_empty() { Lit::FALSE } else { self.intern(Node::Enum(values.into())) }
    }

    pub(crate) fn number(&mut self, atom: NumberAtom) -> Lit {
        self.intern(Node::Number(atom))
    }

    pub(crate) fn string(&mut self, atom: StringAtom) -> Lit {
        if atom == StringAtom::MinLength(0) { Lit::TRUE } else { self.intern(Node::String(atom)) }
    }

    pub(crate) fn array(&mut self, atom: ArrayAtom) -> Lit {
        match atom {
            ArrayAtom::Item(_, Lit::TRUE)
            | ArrayAtom::ItemsFrom(_, Lit::TRUE)
            | ArrayAtom::MinItems(0)
            | ArrayAtom::ContainsAtLeast(0, _) => Lit::TRUE,
            _ => self.intern(Node::Array(atom)),
        }
    }

    pub(crate) fn object(&mut self, atom: ObjectAtom) -> Lit {
        match atom {
            ObjectAtom::MinProperties(0)
            | ObjectAtom::Property(_, Lit::TRUE)
            | ObjectAtom::Matching(_, Lit::TRUE)
            | ObjectAtom::Others(_, _, Lit::TRUE)
            | ObjectAtom::Names(Lit::TRUE) => Lit::TRUE,
            _ => self.intern(Node::Object(atom)),
        }
    }

    /// A node that the engine does not support. Nodes with the same reason accept the same values, so the reason must
    /// identify the schema. Otherwise use [`Schemas::unknown`].
    pub(crate) fn opaque(&mut self, reason: impl Into<Reason>) -> Lit {
        self.intern(Node::Opaque(reason.into()))
    }

    /// A node that the engine does not support. It differs from every other node, also from nodes with the same reason.
    pub(crate) fn unknown(&mut self, reason: impl Into<Reason>) -> Lit {
        let node = Node::Opaque(reason.into());
        Lit::at(self.push(node))
    }

    /// A reference whose target is set later.
    pub(crate) fn reference(&mut self) -> Lit {
        let id = u32::try_from(self.targets.len()).expect("fewer than 2^32 references");
        self.targets.push(None);
        self.intern(Node::Reference(id))
    }

    /// Sets the target of a reference.
    pub(crate) fn set_target(&mut self, reference: Lit, target: Lit) {
        if let Node::Reference(id) = *self.node(reference) {
            self.targets[id as usize] = Some(target);
        }
    }

    /// The target of a reference. `None` while it is being compiled.
    pub(crate) fn target(&self, id: u32) -> Option<Lit> {
        self.targets[id as usize]
    }

    /// Records that every value that satisfies `closed` satisfies `open`.
    pub(crate) fn record_open_form(&mut self, closed: Lit, open: Lit) {
        if closed != open {
            self.open.insert(closed, open);
        }
    }

    pub(crate) fn open_form(&self, lit: Lit) -> Option<Lit> {
        self.open.get(&lit).copied()
    }
}

impl Schemas {
    /// The literals that the node of `lit` is made of.
    pub(crate) fn children(&self, lit: Lit, out: &mut Vec<Lit>) {
        self.children_of(self.node(lit), out);
    }

    fn children_of(&self, node: &Node, out: &mut Vec<Lit>) {
        match node {
            Node::And(lits) | Node::Or(lits) => out.extend_from_slice(lits),
            Node::Reference(id) => out.extend(self.target(*id)),
            Node::Array(ArrayAtom::Item(_, inner) | ArrayAtom::ItemsFrom(_, inner))
            | Node::Array(ArrayAtom::ContainsAtLeast(_, inner) | ArrayAtom::ContainsAtMost(_, inner))
            | Node::Object(ObjectAtom::Property(_, inner) | ObjectAtom::Names(inner)) => out.push(*inner),
            Node::Object(ObjectAtom::Matching(key, inner)) => out.extend([*key, *inner]),
            Node::Object(ObjectAtom::Others(_, keys, inner)) => {
                out.extend_from_slice(keys);
                out.push(*inner);
            }
            _ => {}
        }
    }
}
