//! Typed ids, and tables that only the right kind of id can index.
//!
//! An id is a position of 32 bits. It costs what an integer costs, and a state cannot stand where an exit
//! belongs (after `la-arena` of rust-analyzer).

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// An id: a position in a [`Table`] of its own kind.
pub trait Id: Copy + Eq + Ord + fmt::Debug {
    /// The id of a position.
    fn from_index(index: usize) -> Self;
    /// The position.
    fn index(self) -> usize;
}

/// Declares ids.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// The id of a position. Tables are far shorter than 2^32.
            #[must_use]
            #[inline]
            #[expect(clippy::cast_possible_truncation, reason = "tables are far shorter than 2^32")]
            pub const fn from_index(index: usize) -> Self {
                Self(index as u32)
            }

            /// The position.
            #[must_use]
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl Id for $name {
            #[inline]
            fn from_index(index: usize) -> Self {
                Self::from_index(index)
            }

            #[inline]
            fn index(self) -> usize {
                self.index()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    )* };
}

ids! {
    /// A state: a stage of the main track or a state of another.
    StateId;
    /// A way out of a state.
    ExitId;
    /// A track; the first is the main one.
    TrackId;
    /// A pool of places.
    PoolId;
    /// Something that the council pays for.
    InterventionId;
    /// A stream of families arriving.
    ArrivalsId;
    /// A time law, apart from its scale.
    LawId;
    /// A rate, or several together, that wander from year to year.
    DriftId;
    /// A number of a scenario.
    QuantityId;
    /// A line of costs or income.
    LineId;
}

impl TrackId {
    /// The pathway itself.
    pub const MAIN: Self = Self(0);
}

/// Values of a kind, each found by its id.
pub struct Table<I, T> {
    values: Vec<T>,
    ids: PhantomData<fn(I) -> I>,
}

impl<I: Id, T> Table<I, T> {
    /// A table with nothing in it.
    #[must_use]
    pub const fn new() -> Self {
        Self { values: Vec::new(), ids: PhantomData }
    }

    /// A table of so many copies of a value.
    #[must_use]
    pub fn filled(len: usize, value: T) -> Self
    where
        T: Clone,
    {
        vec![value; len].into()
    }

    /// Adds a value, and gives its id.
    pub fn push(&mut self, value: T) -> I {
        self.values.push(value);
        I::from_index(self.values.len() - 1)
    }

    /// How many values there are.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The ids of all values.
    #[must_use]
    #[inline]
    pub fn ids(&self) -> IdRange<I> {
        IdRange::new(0, self.values.len())
    }

    /// The values, each with its id.
    #[must_use]
    #[inline]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (I, &T)> + ExactSizeIterator {
        self.values.iter().enumerate().map(|(index, value)| (I::from_index(index), value))
    }

    /// The values.
    #[inline]
    pub fn values(&self) -> std::slice::Iter<'_, T> {
        self.values.iter()
    }

    /// The values, to be changed.
    #[inline]
    pub fn values_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.values.iter_mut()
    }

    /// The values, taken out of the table.
    #[must_use]
    #[inline]
    pub fn into_values(self) -> std::vec::IntoIter<T> {
        self.values.into_iter()
    }

    /// The values, one after another.
    #[must_use]
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        &self.values
    }

    /// The id of the first value of which something holds.
    #[must_use]
    pub fn position(&self, holds: impl Fn(&T) -> bool) -> Option<I> {
        self.values.iter().position(holds).map(I::from_index)
    }

    /// The value of an id, if there is one.
    #[must_use]
    #[inline]
    pub fn get(&self, id: I) -> Option<&T> {
        self.values.get(id.index())
    }
}

impl<I: Id, T> Index<I> for Table<I, T> {
    type Output = T;

    #[inline]
    fn index(&self, id: I) -> &T {
        &self.values[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for Table<I, T> {
    #[inline]
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.values[id.index()]
    }
}

impl<I, T> From<Vec<T>> for Table<I, T> {
    fn from(values: Vec<T>) -> Self {
        Self { values, ids: PhantomData }
    }
}

impl<I, T> FromIterator<T> for Table<I, T> {
    fn from_iter<It: IntoIterator<Item = T>>(values: It) -> Self {
        Vec::from_iter(values).into()
    }
}

impl<I, T> Default for Table<I, T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<I, T: Clone> Clone for Table<I, T> {
    fn clone(&self) -> Self {
        self.values.clone().into()
    }
}

impl<I, T: PartialEq> PartialEq for Table<I, T> {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl<I, T: Eq> Eq for Table<I, T> {}

impl<I: Id, T: fmt::Debug> fmt::Debug for Table<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Ids that follow one another: the exits of a state, the states of a track.
pub struct IdRange<I> {
    start: u32,
    end: u32,
    ids: PhantomData<fn(I) -> I>,
}

impl<I: Id> IdRange<I> {
    /// The ids of the positions from `start` up to and without `end`.
    #[must_use]
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "tables are far shorter than 2^32")]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32, ids: PhantomData }
    }

    /// The first id; of an empty range, the one that would be.
    #[must_use]
    #[inline]
    pub fn start(self) -> I {
        I::from_index(self.start as usize)
    }

    /// How many ids there are.
    #[must_use]
    #[inline]
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    /// Whether there are none.
    #[must_use]
    #[inline]
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// Whether an id is among them.
    #[must_use]
    #[inline]
    pub fn contains(self, id: I) -> bool {
        (self.start as usize..self.end as usize).contains(&id.index())
    }

    /// The id so many after the first.
    #[must_use]
    #[inline]
    pub fn nth(self, offset: usize) -> I {
        I::from_index(self.start as usize + offset)
    }

    /// How far an id lies after the first.
    #[must_use]
    #[inline]
    pub fn offset(self, id: I) -> usize {
        id.index() - self.start as usize
    }

    /// The ids, in order.
    #[inline]
    #[must_use]
    pub fn iter(self) -> Ids<I> {
        Ids(self)
    }
}

impl<I> Clone for IdRange<I> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<I> Copy for IdRange<I> {}

impl<I> Default for IdRange<I> {
    fn default() -> Self {
        Self { start: 0, end: 0, ids: PhantomData }
    }
}

impl<I> fmt::Debug for IdRange<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

impl<I: Id> IntoIterator for IdRange<I> {
    type Item = I;
    type IntoIter = Ids<I>;

    #[inline]
    fn into_iter(self) -> Ids<I> {
        Ids(self)
    }
}

/// The ids of a range, in order.
#[derive(Debug, Clone)]
pub struct Ids<I>(IdRange<I>);

impl<I: Id> Iterator for Ids<I> {
    type Item = I;

    #[inline]
    fn next(&mut self) -> Option<I> {
        let id = (!self.0.is_empty()).then(|| self.0.start())?;
        self.0.start += 1;
        Some(id)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl<I: Id> DoubleEndedIterator for Ids<I> {
    #[inline]
    fn next_back(&mut self) -> Option<I> {
        (!self.0.is_empty()).then(|| {
            self.0.end -= 1;
            I::from_index(self.0.end as usize)
        })
    }
}

impl<I: Id> ExactSizeIterator for Ids<I> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_finds_what_was_pushed_by_the_id_it_gave() {
        let mut table: Table<PoolId, &str> = Table::new();
        let (foster, unit) = (table.push("foster"), table.push("unit"));
        assert_eq!((table[foster], table[unit], table.len()), ("foster", "unit", 2));
        table[unit] = "units";
        assert_eq!(table.iter().collect::<Vec<_>>(), [(foster, &"foster"), (unit, &"units")]);
        assert_eq!(table.get(PoolId::from_index(2)), None);
        assert_eq!(format!("{foster:?}"), "PoolId(0)");
    }

    #[test]
    fn a_range_holds_its_ids_and_no_others() {
        let exits: IdRange<ExitId> = IdRange::new(3, 5);
        let ids: Vec<usize> = exits.iter().map(ExitId::index).collect();
        assert_eq!(ids, [3, 4]);
        assert_eq!(exits.iter().rev().map(ExitId::index).collect::<Vec<_>>(), [4, 3]);
        assert_eq!(exits.iter().len(), 2);
        assert!(exits.contains(exits.nth(1)) && !exits.contains(ExitId::from_index(5)));
        assert_eq!(exits.offset(ExitId::from_index(4)), 1);
        assert!(IdRange::<ExitId>::default().is_empty());
    }
}
