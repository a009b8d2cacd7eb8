//! Names with what they stand for, which can go back to how they were.
//!
//! The arm of an `if` and the round of a loop change a few of the names around them. Only of those is kept what they stood for
//! before: a body costs what it changes, not what it could see. Else a thousand loops in a model of a thousand names would copy
//! a million.
//!
//! Architecture Invariant: whatever changes a name passes through here, so that nothing is forgotten when it is undone.

use crate::hash::HashMap;

/// Names, each with what it stood for at another time; `None` where it was not known then.
pub(super) type Changes<V> = HashMap<String, Option<V>>;

/// The names in scope.
#[derive(Clone, Debug)]
pub(super) struct Scoped<V> {
    now: HashMap<String, V>,
    /// For each open mark, the names that were changed since, as they were before.
    marks: Vec<Changes<V>>,
}

impl<V> Default for Scoped<V> {
    fn default() -> Self {
        Self { now: HashMap::default(), marks: Vec::new() }
    }
}

impl<V: Clone> Scoped<V> {
    /// What a name stands for.
    pub fn get(&self, name: &str) -> Option<&V> {
        self.now.get(name)
    }

    /// Whether a name stands for something.
    pub fn contains(&self, name: &str) -> bool {
        self.now.contains_key(name)
    }

    /// All names, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &V)> {
        self.now.iter()
    }

    /// Lets a name stand for something else from here on.
    pub fn insert(&mut self, name: String, value: V) {
        match self.marks.last_mut() {
            Some(mark) if !mark.contains_key(&name) => {
                let before = self.now.insert(name.clone(), value);
                mark.insert(name, before);
            }
            _ => drop(self.now.insert(name, value)),
        }
    }

    /// Forgets a name.
    pub fn remove(&mut self, name: &str) {
        let before = self.now.remove(name);
        if let (Some(mark), Some(_)) = (self.marks.last_mut(), &before)
            && !mark.contains_key(name)
        {
            mark.insert(name.to_owned(), before);
        }
    }

    /// What a name stands for, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut V> {
        let value = self.now.get_mut(name)?;
        if let Some(mark) = self.marks.last_mut()
            && !mark.contains_key(name)
        {
            mark.insert(name.to_owned(), Some(value.clone()));
        }
        Some(value)
    }

    /// Remembers the state of now.
    pub fn mark(&mut self) {
        self.marks.push(Changes::default());
    }

    /// Goes back to the last mark. Gives the names that had been changed since, as they were a moment ago.
    pub fn undo(&mut self) -> Changes<V> {
        let mut changes = self.marks.pop().unwrap_or_default();
        for (name, value) in &mut changes {
            let then = match value.take() {
                Some(before) => self.now.insert(name.clone(), before),
                None => self.now.remove(name),
            };
            *value = then;
        }
        changes
    }

    /// Forgets the last mark and keeps everything. Gives the names that were changed since, as they were before.
    pub fn keep(&mut self) -> Changes<V> {
        let changes = self.marks.pop().unwrap_or_default();
        if let Some(outer) = self.marks.last_mut() {
            for (name, before) in &changes {
                if !outer.contains_key(name) {
                    outer.insert(name.clone(), before.clone());
                }
            }
        }
        changes
    }

    /// Forgets the last mark and the names that are new since; the others keep what they stand for now.
    pub fn keep_known(&mut self) {
        for (name, before) in self.keep() {
            if before.is_none() {
                self.remove(&name);
            }
        }
    }
}

impl<V> FromIterator<(String, V)> for Scoped<V> {
    fn from_iter<T: IntoIterator<Item = (String, V)>>(names: T) -> Self {
        Self { now: names.into_iter().collect(), marks: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(scoped: &Scoped<u32>) -> Vec<(&str, u32)> {
        let mut state: Vec<_> = scoped.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        state.sort_unstable();
        state
    }

    fn sorted(changes: Changes<u32>) -> Vec<(String, Option<u32>)> {
        let mut changes: Vec<_> = changes.into_iter().collect();
        changes.sort();
        changes
    }

    #[test]
    fn an_arm_is_undone_and_tells_what_it_did() {
        let mut scoped: Scoped<u32> = [("a".to_owned(), 1), ("b".to_owned(), 2)].into_iter().collect();
        scoped.mark();
        scoped.insert("a".into(), 10);
        scoped.insert("c".into(), 3);
        *scoped.get_mut("a").expect("it is there") += 1;
        scoped.remove("b");
        scoped.insert("d".into(), 4);
        scoped.remove("d");
        let changes = sorted(scoped.undo());
        assert_eq!(changes, [("a".into(), Some(11)), ("b".into(), None), ("c".into(), Some(3)), ("d".into(), None)]);
        assert_eq!(state(&scoped), [("a", 1), ("b", 2)]);
    }

    #[test]
    fn what_is_kept_inside_is_undone_outside() {
        let mut scoped: Scoped<u32> = [("a".to_owned(), 1)].into_iter().collect();
        scoped.mark();
        scoped.mark();
        scoped.insert("a".into(), 2);
        scoped.insert("b".into(), 3);
        assert_eq!(sorted(scoped.keep()), [("a".into(), Some(1)), ("b".into(), None)]);
        scoped.mark();
        scoped.insert("c".into(), 4);
        scoped.insert("a".into(), 5);
        scoped.keep_known();
        assert_eq!(state(&scoped), [("a", 5), ("b", 3)]);
        scoped.undo();
        assert_eq!(state(&scoped), [("a", 1)]);
    }
}
