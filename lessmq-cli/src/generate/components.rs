//! Finds cycles of references: the strongly connected components of a graph.

/// The number of each node's component. Nodes that can reach each other are in the same component. A component has a
/// higher number than all other components that it can reach. `next` has the direct successors of each node.
///
/// This is Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972), without recursion.
pub(crate) fn components(next: &[Vec<usize>]) -> Vec<usize> {
    let mut search = Search { components: vec![UNKNOWN; next.len()], ..Search::default() };
    search.seen = vec![UNKNOWN; next.len()];
    search.lowest = vec![UNKNOWN; next.len()];
    for start in 0..next.len() {
        if search.seen[start] == UNKNOWN {
            search.from(start, next);
        }
    }
    search.components
}

const UNKNOWN: usize = usize::MAX;

#[derive(Default)]
struct Search {
    components: Vec<usize>,
    count: usize,
    /// The order in which the nodes were visited.
    seen: Vec<usize>,
    clock: usize,
    /// The earliest visited node that each node can reach.
    lowest: Vec<usize>,
    /// Nodes whose component is not complete.
    remaining: Vec<usize>,
}

impl Search {
    fn from(&mut self, start: usize, next: &[Vec<usize>]) {
        // The path to the current node, each with the number of edges that were followed.
        let mut path = vec![(start, 0)];
        self.meet(start);
        while let Some((node, followed)) = path.last_mut() {
            let node = *node;
            match next[node].get(*followed) {
                Some(&to) if self.seen[to] == UNKNOWN => {
                    *followed += 1;
                    self.meet(to);
                    path.push((to, 0));
                }
                Some(&to) => {
                    *followed += 1;
                    if self.components[to] == UNKNOWN {
                        self.lowest[node] = self.lowest[node].min(self.seen[to]);
                    }
                }
                None => {
                    path.pop();
                    if let Some((before, _)) = path.last() {
                        self.lowest[*before] = self.lowest[*before].min(self.lowest[node]);
                    }
                    if self.lowest[node] == self.seen[node] {
                        self.complete(node);
                    }
                }
            }
        }
    }

    fn meet(&mut self, node: usize) {
        self.seen[node] = self.clock;
        self.lowest[node] = self.clock;
        self.clock += 1;
        self.remaining.push(node);
    }

    fn complete(&mut self, first: usize) {
        while let Some(node) = self.remaining.pop() {
            self.components[node] = self.count;
            if node == first {
                break;
            }
        }
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The nodes that `start` can reach, including itself.
    fn reached(next: &[Vec<usize>], start: usize) -> Vec<bool> {
        let mut reached = vec![false; next.len()];
        let mut remaining = vec![start];
        while let Some(node) = remaining.pop() {
            if !std::mem::replace(&mut reached[node], true) {
                remaining.extend(&next[node]);
            }
        }
        reached
    }

    proptest! {
        #[test]
        fn nodes_that_can_reach_each_other_are_in_one_component(
            next in (1_usize..9).prop_flat_map(|n| prop::collection::vec(prop::collection::vec(0..n, 0..4), n))
        ) {
            let found = components(&next);
            let reached: Vec<Vec<bool>> = (0..next.len()).map(|start| reached(&next, start)).collect();
            for (a, b) in (0..next.len()).flat_map(|a| (0..next.len()).map(move |b| (a, b))) {
                prop_assert_eq!(found[a] == found[b], reached[a][b] && reached[b][a], "{} {}", a, b);
                prop_assert!(!reached[a][b] || found[a] >= found[b], "{} {}", a, b);
            }
        }
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let next: Vec<Vec<usize>> =
            (0..100_000).map(|node| Vec::from_iter((node > 0).then(|| node - 1))).collect();
        assert_eq!(components(&next), (0..100_000).collect::<Vec<_>>());
    }
}
