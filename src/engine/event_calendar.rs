//! The event calendar: what is still to happen, in order of time.
//!
//! Events are filed in blocks of 32 days. When a block comes its events are dealt out to its days, and each day
//! is sorted when it comes. An event is one integer that tells its time of day, its class and whom it concerns, so sorting compares
//! integers; only where two events are of one class at one tick are they looked at more closely.
//!
//! An event that no longer holds is left where it is: whoever takes it sees that it is not due.

use std::cmp::Reverse;

use crate::pathway::{
    TrackId,
    calendar::{DAY, Tick},
};

/// Classes of events, in the order in which those of one tick happen. Places that come free are granted after
/// all classes up to [`Class::Outcome`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A month begins: what is counted at the end of the last is counted before all else.
    Month,
    /// Something that the council does begins or ends, or places change.
    Change,
    /// A family arrives.
    Arrival,
    /// A spell ends.
    End,
    /// A service gives a place back.
    Release,
    /// A child can wait no longer.
    GiveUp,
    /// What an earlier review has led to takes effect.
    Outcome,
    /// A birthday brings a child into the reach of an intervention.
    Birthday,
    /// Open cases are reviewed.
    Review,
    /// A child asks for a place.
    Request,
}

impl Class {
    /// Each at its position, and the last for positions that no event has: so many that no bits are beyond the end.
    const ALL: [Self; 1 << CLASS_BITS] = {
        let mut all = [Self::Request; 1 << CLASS_BITS];
        let classes = [
            Self::Month,
            Self::Change,
            Self::Arrival,
            Self::End,
            Self::Release,
            Self::GiveUp,
            Self::Outcome,
            Self::Birthday,
            Self::Review,
            Self::Request,
        ];
        let mut n = 0;
        while n < classes.len() {
            all[classes[n] as usize] = classes[n];
            n += 1;
        }
        all
    };
}

/// Something that is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Tick,
    /// What.
    pub class: Class,
    /// Whom or what it concerns, by its number among those of the class.
    pub slot: u32,
    /// A note by whoever files it, for when it happens: a number below 16. It says nothing of the order.
    pub note: u8,
}

impl Event {
    /// An event without a note.
    #[must_use]
    #[inline]
    pub fn new(at: Tick, class: Class, slot: u32) -> Self {
        Self { at, class, slot, note: 0 }
    }
}

/// The order of events of one class at one tick: since when it has been asked for, the family, which child of the
/// family, which track.
pub type Rank = (Tick, u64, u32, TrackId);

/// Days in a block, as a power of two.
const BLOCK_BITS: u32 = 5;
const BLOCK: usize = 1 << BLOCK_BITS;
const SLOT_BITS: u32 = 32;
const NOTE_BITS: u32 = 4;
/// All that says nothing of when an event happens.
const REST_BITS: u32 = SLOT_BITS + NOTE_BITS;
const CLASS_BITS: u32 = 4;
/// Ticks in a day, as a power of two.
const TIME_BITS: u32 = DAY.trailing_zeros();
const TIME: u64 = DAY as u64 - 1;
/// Parts of a day, as a power of two.
const PART_BITS: u32 = 6;
const PARTS: usize = 1 << PART_BITS;
/// A day with so few events is not dealt out to its parts.
const FEW: usize = 16;
/// So many steps for each event may put a day in order that has been dealt out.
const STEPS: usize = 8;

/// The calendar.
#[derive(Debug, Default)]
pub struct EventCalendar {
    /// Events of the days to come of the block that has come, and after them those of each block to come: in one list of
    /// lists, so that to file an event takes no branch that depends on its time.
    lists: Vec<Vec<u64>>,
    /// What is left of the day that has come, latest first.
    today: Vec<u64>,
    /// Where the events of a day are dealt out to its parts.
    dealt: Vec<u64>,
    day: usize,
}

impl EventCalendar {
    /// Empties the calendar; nothing is filed from `end` on.
    pub fn open(&mut self, end: Tick) {
        let blocks = (day_of(end) >> BLOCK_BITS) + 1;
        self.lists.resize_with(BLOCK + blocks, Vec::new);
        self.lists.iter_mut().for_each(Vec::clear);
        self.today.clear();
        self.day = 0;
    }

    /// Files an event. It lies before the end, and not before the last one taken.
    #[inline]
    pub fn file(&mut self, event: Event, rank: impl Fn(&Event) -> Rank) {
        let (day, line) = (day_of(event.at), line(&event));
        if day == self.day {
            return self.file_today(event, line, rank);
        }
        let block = day >> BLOCK_BITS;
        let is_near = block == self.day >> BLOCK_BITS;
        let list = if is_near { day % BLOCK } else { BLOCK + block };
        self.lists[list].push(line);
    }

    /// Puts an event in its place among what is left of the day.
    #[inline(never)]
    fn file_today(&mut self, event: Event, line: u64, rank: impl Fn(&Event) -> Rank) {
        let mut place = self.today.partition_point(|&other| other >> REST_BITS > line >> REST_BITS);
        if self.today.get(place).is_some_and(|&other| meet(other, line)) {
            let later = |&other: &u64| meet(other, line) && rank(&self.event(other)) > rank(&event);
            place += self.today[place..].partition_point(later);
        }
        self.today.insert(place, line);
    }

    /// Takes the next event, if any is left.
    #[inline]
    pub fn next(&mut self, rank: impl Fn(&Event) -> Rank) -> Option<Event> {
        while self.today.is_empty() {
            self.turn_day(&rank)?;
        }
        self.today.pop().map(|line| self.event(line))
    }

    /// The next event of the day that has come, if any is left.
    #[must_use]
    #[inline]
    pub fn next_today(&self) -> Option<Event> {
        self.today.last().map(|&line| self.event(line))
    }

    /// Whether anything else is to happen at the tick of the event last taken.
    #[must_use]
    #[inline]
    pub fn is_alone(&self, at: Tick) -> bool {
        self.today
            .last()
            .is_none_or(|&line| line >> (REST_BITS + CLASS_BITS) & TIME != at.cast_unsigned() & TIME)
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the lower bits are the slot, and classes are few")]
    fn event(&self, line: u64) -> Event {
        let time = line >> (REST_BITS + CLASS_BITS) & TIME;
        Event {
            at: (((self.day as u64) << TIME_BITS) + time).cast_signed(),
            class: Class::ALL[(line >> REST_BITS) as usize % Class::ALL.len()],
            slot: line as u32,
            note: (line >> SLOT_BITS) as u8 % (1 << NOTE_BITS),
        }
    }

    /// Goes on to the next day, if there is one.
    fn turn_day(&mut self, rank: &impl Fn(&Event) -> Rank) -> Option<()> {
        self.day += 1;
        if self.day.is_multiple_of(BLOCK) {
            let block = BLOCK + (self.day >> BLOCK_BITS);
            let mut lines = std::mem::take(self.lists.get_mut(block)?);
            lines.drain(..).for_each(|line| self.lists[day_in_block(line)].push(line));
            self.lists[block] = lines;
        }
        // The two lists change places, so that both keep their memory.
        std::mem::swap(&mut self.today, &mut self.lists[self.day % BLOCK]);
        self.sort_today(rank);
        Some(())
    }

    fn sort_today(&mut self, rank: &impl Fn(&Event) -> Rank) {
        let mut today = std::mem::take(&mut self.today);
        if today.len() <= FEW || !sort_by_parts(&mut today, &mut self.dealt) {
            today.sort_unstable_by_key(|&line| Reverse(line));
        }
        if today.windows(2).any(|pair| meet(pair[0], pair[1])) {
            for met in today.chunk_by_mut(|&a, &b| meet(a, b)) {
                met.sort_by_key(|&line| Reverse(rank(&self.event(line))));
            }
        }
        self.today = today;
    }
}

/// The day that an instant lies in.
#[inline]
fn day_of(at: Tick) -> usize {
    (at.cast_unsigned() >> TIME_BITS) as usize
}

/// Which day of its block an event lies on.
#[inline]
fn day_in_block(line: u64) -> usize {
    (line >> (REST_BITS + CLASS_BITS + TIME_BITS)) as usize % BLOCK
}

/// An event as one integer: the day of the block, the time of day, the class, the note, whom it concerns.
#[inline]
fn line(event: &Event) -> u64 {
    let at = event.at.cast_unsigned() & (((BLOCK as u64) << TIME_BITS) - 1);
    let rest = u64::from(event.note) << SLOT_BITS | u64::from(event.slot);
    (at << CLASS_BITS | event.class as u64) << REST_BITS | rest
}

/// Sorts the events of a day, latest first, by dealing them out to parts of the day and then putting in order those of a part.
/// Says whether that was done: not where many events lie close together.
fn sort_by_parts(today: &mut Vec<u64>, dealt: &mut Vec<u64>) -> bool {
    let part = |line: u64| (line >> (REST_BITS + CLASS_BITS + TIME_BITS - PART_BITS)) as usize % PARTS;
    let mut places = [0; PARTS];
    for &line in today.iter() {
        places[part(line)] += 1;
    }
    let mut before = 0;
    for place in places.iter_mut().rev() {
        before += std::mem::replace(place, before);
    }
    dealt.resize(today.len(), 0);
    for &line in today.iter() {
        let place = &mut places[part(line)];
        dealt[*place] = line;
        *place += 1;
    }
    std::mem::swap(today, dealt);
    insert_each(today, STEPS)
}

/// Moves each event to its place among those before it, latest first, as long as that takes a few steps an event on average. Says
/// whether they are in order.
fn insert_each(events: &mut [u64], steps: usize) -> bool {
    let mut left = events.len() * steps;
    for sorted in 1..events.len() {
        let line = events[sorted];
        let mut place = sorted;
        while place > 0 && events[place - 1] < line {
            events[place] = events[place - 1];
            place -= 1;
        }
        events[place] = line;
        let Some(rest) = left.checked_sub(sorted - place) else { return false };
        left = rest;
    }
    true
}

/// Whether two events of a day are of one class at one tick.
#[inline]
fn meet(a: u64, b: u64) -> bool {
    a >> REST_BITS == b >> REST_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at: Tick, class: Class, slot: u32) -> Event {
        Event::new(at, class, slot)
    }

    /// The slot says since when it has been asked for.
    fn rank(event: &Event) -> Rank {
        (event.slot.into(), 0, 0, TrackId::MAIN)
    }

    fn drain(calendar: &mut EventCalendar) -> Vec<Event> {
        std::iter::from_fn(|| calendar.next(rank)).collect()
    }

    #[test]
    fn at_one_tick_events_go_by_class_and_then_by_who_asked_first() {
        let mut calendar = EventCalendar::default();
        calendar.open(100 * DAY);
        let order = [
            event(5, Class::Request, 9),
            event(7, Class::End, 8),
            event(7, Class::Request, 1),
            event(7, Class::Request, 2),
            event(7, Class::Request, 3),
            event(8, Class::Month, 0),
        ];
        for i in [5, 3, 1, 4, 0, 2] {
            calendar.file(order[i], rank);
        }
        assert_eq!(drain(&mut calendar), order);
    }

    /// Every event taken files another up to 40 days later: within the day, the block, and beyond.
    #[test]
    fn events_come_in_order_of_time_over_days_and_blocks() {
        let mut calendar = EventCalendar::default();
        calendar.open(400 * DAY);
        calendar.file(event(3, Class::End, 0), rank);
        let mut seen = Vec::new();
        while let Some(next) = calendar.next(rank) {
            seen.push(next.at);
            let step = 1 << (5 * next.slot % 23);
            for later in [next.at + step, next.at + 977 * step % (40 * DAY)] {
                if later < 400 * DAY && seen.len() < 5000 {
                    calendar.file(event(later, Class::End, next.slot + 1), rank);
                }
            }
        }
        assert!(seen.is_sorted() && seen.len() > 4000, "{}", seen.len());
        assert!(seen[seen.len() - 1] > 40 * DAY, "{seen:?}");
    }

    /// Days with few events and with many, spread over the day or close together, and many at one tick.
    #[test]
    fn a_day_is_sorted_however_its_events_lie() {
        for (events, spread) in [(5, DAY), (40, DAY), (40, 300), (40, 3), (1000, DAY), (9000, DAY)] {
            let mut calendar = EventCalendar::default();
            calendar.open(100 * DAY);
            let mut filed: Vec<Event> = (0..events)
                .map(|n| event(3 * DAY + Tick::from(n) * 40_503 % DAY % spread, Class::End, n))
                .collect();
            for &event in &filed {
                calendar.file(event, rank);
            }
            filed.sort_by_key(|event| (event.at, event.slot));
            assert_eq!(drain(&mut calendar), filed, "{events} events within {spread} ticks");
        }
    }

    /// On the first day and on a later one, for classes alike or not.
    #[test]
    fn an_event_is_alone_unless_another_is_left_at_its_tick() {
        for day in [0, 3] {
            let at = |tick: Tick| day * DAY + tick;
            let mut calendar = EventCalendar::default();
            calendar.open(100 * DAY);
            for (tick, slot) in [(5, 1), (5, 2), (6, 3), (9, 4)] {
                calendar.file(event(at(tick), Class::End, slot), rank);
            }
            calendar.file(event(at(9), Class::Release, 5), rank);
            let alone: Vec<(Tick, bool)> = std::iter::from_fn(|| {
                calendar.next(rank).map(|e| (e.at - day * DAY, calendar.is_alone(e.at)))
            })
            .collect();
            assert_eq!(alone, [(5, false), (5, true), (6, true), (9, false), (9, true)], "day {day}");
        }
    }
}
