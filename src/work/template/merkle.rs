//! The tree of transaction ids, as seen from the coinbase.

use crate::engine::header::Hash;

/// What the leftmost leaf is hashed with on its way to the root: `others` are the leaves right of it, in order. An odd
/// row repeats its last entry.
pub(super) fn branch(others: &[Hash]) -> Vec<Hash> {
    let mut branch = Vec::new();
    // The place of the leaf itself is kept free, so that pairs fall as they do in the tree.
    let mut row: Vec<Hash> = others.to_vec();
    while let Some((beside, rest)) = row.split_first() {
        branch.push(*beside);
        row = rest
            .chunks(2)
            .map(|pair| joined(&pair[0], pair.get(1).unwrap_or(&pair[0])))
            .collect();
    }
    branch
}

/// The root over the leftmost leaf and its branch.
pub(super) fn root(leaf: Hash, branch: &[Hash]) -> Hash {
    branch.iter().fold(leaf, |left, right| joined(&left, right))
}

fn joined(left: &Hash, right: &Hash) -> Hash {
    let mut both = [0; 64];
    both[..32].copy_from_slice(left.bytes());
    both[32..].copy_from_slice(right.bytes());
    Hash::of(&both)
}
