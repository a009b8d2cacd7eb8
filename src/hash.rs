//! Maps and sets with a hash function for short keys.
//!
//! A spec is read, checked and written in a few milliseconds, most of whose look-ups are of names. The standard library's hash function,
//! made for keys of any length from anyone, was a tenth of that time. This one has a seed of its own in each process as well.
//!
//! Architecture Invariant: the order of a map or set without an index never shows in what is written.

use foldhash::fast::RandomState;

/// A map in no order.
pub type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
/// A set in no order.
pub type HashSet<T> = std::collections::HashSet<T, RandomState>;
/// A map in the order of insertion.
pub type IndexMap<K, V> = indexmap::IndexMap<K, V, RandomState>;
/// A set in the order of insertion.
pub type IndexSet<T> = indexmap::IndexSet<T, RandomState>;
