//! The benchmark model as an analyst would write it by hand: a binary heap of events on floating-point
//! days, a fast sequential generator, sampling from `rand_distr`. It shares nothing with the engine, so it
//! is both the pace that the engine has to beat and a second opinion on what the model says.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp, Gamma, LogNormal, Weibull};

const YEAR: f64 = 365.0;
const YEAR_OF_AGE: f64 = 365.25;
const WARM_UP: f64 = YEAR;
const END: f64 = 11.0 * YEAR;
const MONTHS: u32 = 132;
const WARM_UP_MONTHS: u32 = 12;

const ARRIVALS_A_DAY: f64 = 90.0 / 7.0;
const ASSESSMENT_SLOTS: u32 = 338;
const IN_HOUSE_BEDS: u32 = 250;

/// Live states come first, so that they index the arrays below; placements are the last of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Referral,
    Queue,
    Assessment,
    ChildInNeed,
    ChildProtection,
    FosterInHouse,
    FosterAgency,
    Kinship,
    Residential,
    Parent,
    SemiIndependent,
    NoFurtherAction,
    Closed,
    Home,
    Permanence,
    Aged18,
}
use State::{
    Aged18, Assessment, ChildInNeed, ChildProtection, Closed, FosterAgency, FosterInHouse, Home, Kinship,
    NoFurtherAction, Parent, Permanence, Queue, Referral, Residential, SemiIndependent,
};

const LIVE: usize = 11;
const PLACEMENTS: std::ops::Range<usize> = 5..LIVE;
const COST_A_DAY: [f64; LIVE] = [0.0, 0.0, 40.0, 25.0, 45.0, 65.0, 140.0, 45.0, 850.0, 30.0, 220.0];
const OPENING: [(State, u32); 9] = [
    (Assessment, 330),
    (ChildInNeed, 1050),
    (ChildProtection, 350),
    (FosterInHouse, 250),
    (FosterAgency, 330),
    (Kinship, 190),
    (Residential, 130),
    (Parent, 120),
    (SemiIndependent, 130),
];

/// Where a spell leads when it ends: to a state, or to a decision taken on the spot.
#[derive(Debug, Clone, Copy)]
enum Next {
    To(State),
    Placement,
    Return,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Arrival,
    MonthEnd,
    Leaves { child: u32, next: Next },
}

#[derive(Debug, Clone, Copy)]
struct Event {
    time: f64,
    what: What,
}

/// Reversed: the heap gives its greatest, and we want the earliest.
impl Ord for Event {
    fn cmp(&self, other: &Self) -> Ordering {
        other.time.total_cmp(&self.time)
    }
}
impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Event {}

/// The laws of the latent times, made once for a replication.
struct Laws {
    between_arrivals: Exp<f64>,
    referral: LogNormal<f64>,
    assessment: Gamma<f64>,
    need_closes: Weibull<f64>,
    need_to_protection: LogNormal<f64>,
    need_to_care: LogNormal<f64>,
    protection_to_need: Weibull<f64>,
    protection_to_care: LogNormal<f64>,
    protection_closes: Gamma<f64>,
    /// Move, return home, permanence, for each placement.
    placements: [(Weibull<f64>, LogNormal<f64>, Gamma<f64>); LIVE - PLACEMENTS.start],
}

impl Laws {
    fn new() -> Self {
        let weibull = |shape, scale| Weibull::new(scale, shape).expect("positive");
        let gamma = |shape, scale| Gamma::new(shape, scale).expect("positive");
        let lognormal = |median: f64, sigma| LogNormal::new(median.ln(), sigma).expect("finite");
        let placement = |weibull_shape, weibull_scale, median, sigma, gamma_scale| {
            (weibull(weibull_shape, weibull_scale), lognormal(median, sigma), gamma(2.0, gamma_scale))
        };
        Self {
            between_arrivals: Exp::new(ARRIVALS_A_DAY).expect("positive"),
            referral: lognormal(1.25, 0.6),
            assessment: gamma(4.0, 8.0),
            need_closes: weibull(1.3, 360.0),
            need_to_protection: lognormal(1800.0, 1.2),
            need_to_care: lognormal(8000.0, 1.6),
            protection_to_need: weibull(1.8, 400.0),
            protection_to_care: lognormal(700.0, 1.3),
            protection_closes: gamma(2.0, 700.0),
            placements: [
                placement(0.8, 700.0, 2100.0, 1.5, 2200.0),
                placement(0.8, 600.0, 2100.0, 1.5, 2400.0),
                placement(0.8, 1100.0, 2100.0, 1.5, 1100.0),
                placement(0.8, 480.0, 2800.0, 1.4, 9000.0),
                placement(0.9, 900.0, 1100.0, 1.2, 4000.0),
                placement(0.8, 420.0, 2200.0, 1.4, 9000.0),
            ],
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Child {
    state: State,
    since: f64,
    /// The day of the 18th birthday.
    adult: f64,
}

/// What one replication says, over the ten years after the warm-up unless told otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Changes of state over all eleven years, arrivals included.
    pub events: u64,
    /// Children in care at the end.
    pub care_stock_end: f64,
    /// Children in care, mean of the month ends.
    pub care_stock_mean: f64,
    /// Children anywhere short of an exit, at the end.
    pub open_end: f64,
    /// In-house foster beds taken at the end.
    pub in_house_end: f64,
    /// Children with agency foster carers at the end.
    pub agency_end: f64,
    /// Mean wait of the children whose assessment began, in days, those who waited not at all included.
    pub queue_wait_days: f64,
    /// Entries to care from outside it, a year.
    pub care_starts_per_year: f64,
    /// Cost in millions a year.
    pub cost_m_per_year: f64,
}

/// One replication of the model.
#[must_use]
pub fn replicate(seed: u64) -> Outcome {
    let mut simulation = Simulation::new(seed);
    simulation.open();
    simulation.run();
    simulation.outcome()
}

struct Simulation {
    rng: SmallRng,
    laws: Laws,
    calendar: BinaryHeap<Event>,
    now: f64,
    children: Vec<Child>,
    queue: VecDeque<u32>,
    stock: [u32; LIVE],
    month_ends: Vec<[u32; LIVE]>,
    child_days: [f64; LIVE],
    events: u64,
    care_starts: u32,
    waited: f64,
    assessments: u32,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        Self {
            rng: SmallRng::seed_from_u64(seed),
            laws: Laws::new(),
            calendar: BinaryHeap::with_capacity(8192),
            now: 0.0,
            children: Vec::with_capacity(65_536),
            queue: VecDeque::new(),
            stock: [0; LIVE],
            month_ends: Vec::with_capacity(MONTHS as usize),
            child_days: [0.0; LIVE],
            events: 0,
            care_starts: 0,
            waited: 0.0,
            assessments: 0,
        }
    }

    fn open(&mut self) {
        for (state, count) in OPENING {
            for _ in 0..count {
                let child = self.new_child(state);
                self.stay(child, state);
            }
        }
        self.expect_arrival();
        for month in 1..=MONTHS {
            self.calendar.push(Event { time: f64::from(month) * YEAR / 12.0, what: What::MonthEnd });
        }
    }

    fn run(&mut self) {
        while self.month_ends.len() < MONTHS as usize
            && let Some(Event { time, what }) = self.calendar.pop()
        {
            self.now = time;
            match what {
                What::Arrival => self.arrive(),
                What::MonthEnd => self.month_ends.push(self.stock),
                What::Leaves { child, next } => self.leave(child, next),
            }
        }
    }

    fn expect_arrival(&mut self) {
        let time = self.now + self.laws.between_arrivals.sample(&mut self.rng);
        self.calendar.push(Event { time, what: What::Arrival });
    }

    fn arrive(&mut self) {
        self.expect_arrival();
        let child = self.new_child(Referral);
        self.events += 1;
        self.stay(child, Referral);
    }

    fn new_child(&mut self, state: State) -> u32 {
        let adult = self.now + (18.0 - 17.5 * self.rng.random::<f64>()) * YEAR_OF_AGE;
        self.children.push(Child { state, since: self.now, adult });
        u32::try_from(self.children.len() - 1).expect("fewer than four thousand million children")
    }

    /// Ends a spell: places are given up before anybody, the leaver included, takes one.
    fn leave(&mut self, child: u32, next: Next) {
        let from = self.end_spell(child);
        if from == Assessment
            && let Some(first) = self.queue.pop_front()
        {
            self.end_spell(first);
            self.enter(first, Assessment);
        }
        match next {
            Next::To(Queue) => self.request_assessment(child),
            Next::To(state) => self.enter(child, state),
            Next::Placement => {
                if !PLACEMENTS.contains(&(from as usize)) && self.now >= WARM_UP {
                    self.care_starts += 1;
                }
                let placement = self.placement();
                self.enter(child, placement);
            }
            Next::Return => {
                let to = if self.rng.random::<f64>() < 0.6 { ChildInNeed } else { Home };
                self.enter(child, to);
            }
        }
    }

    fn request_assessment(&mut self, child: u32) {
        self.enter(child, Queue);
        if self.stock[Assessment as usize] < ASSESSMENT_SLOTS {
            self.end_spell(child);
            self.enter(child, Assessment);
        } else {
            self.queue.push_back(child);
        }
    }

    fn placement(&mut self) -> State {
        match self.rng.random::<f64>() {
            u if u < 0.55 && self.stock[FosterInHouse as usize] < IN_HOUSE_BEDS => FosterInHouse,
            u if u < 0.55 => FosterAgency,
            u if u < 0.72 => Kinship,
            u if u < 0.83 => Residential,
            u if u < 0.92 => Parent,
            _ => SemiIndependent,
        }
    }

    /// Takes a child out of its state and books the days it spent there after the warm-up.
    fn end_spell(&mut self, child: u32) -> State {
        let Child { state, since, .. } = self.children[child as usize];
        self.stock[state as usize] -= 1;
        let days = self.now - since.max(WARM_UP);
        if days >= 0.0 {
            self.child_days[state as usize] += days;
            if state == Queue {
                self.waited += self.now - since;
                self.assessments += 1;
            }
        }
        state
    }

    /// A change of state, to an exit or to another stay.
    fn enter(&mut self, child: u32, state: State) {
        self.events += 1;
        if state as usize >= LIVE {
            return;
        }
        self.children[child as usize].state = state;
        self.children[child as usize].since = self.now;
        self.stay(child, state);
    }

    /// Counts the child in and draws all latent times of the stay; the earliest wins.
    fn stay(&mut self, child: u32, state: State) {
        self.stock[state as usize] += 1;
        let (days, next) = match state {
            Queue => return,
            Referral => self.referral_ends(),
            Assessment => self.assessment_ends(),
            ChildInNeed => self.need_ends(),
            ChildProtection => self.protection_ends(),
            placement => self.placement_ends(placement),
        };
        let mut event = Event { time: self.now + days, what: What::Leaves { child, next } };
        if state == ChildInNeed || state == ChildProtection || PLACEMENTS.contains(&(state as usize)) {
            let birthday = self.children[child as usize].adult.max(self.now);
            if birthday <= event.time {
                event = Event { time: birthday, what: What::Leaves { child, next: Next::To(Aged18) } };
            }
        }
        self.calendar.push(event);
    }

    fn referral_ends(&mut self) -> (f64, Next) {
        let days = self.laws.referral.sample(&mut self.rng);
        let to = if self.rng.random::<f64>() < 0.20 { NoFurtherAction } else { Queue };
        (days, Next::To(to))
    }

    fn assessment_ends(&mut self) -> (f64, Next) {
        let days = self.laws.assessment.sample(&mut self.rng);
        let next = match self.rng.random::<f64>() {
            u if u < 0.60 => Next::To(NoFurtherAction),
            u if u < 0.87 => Next::To(ChildInNeed),
            u if u < 0.97 => Next::To(ChildProtection),
            _ => Next::Placement,
        };
        (days, next)
    }

    fn need_ends(&mut self) -> (f64, Next) {
        earliest([
            (self.laws.need_closes.sample(&mut self.rng), Next::To(Closed)),
            (self.laws.need_to_protection.sample(&mut self.rng), Next::To(ChildProtection)),
            (self.laws.need_to_care.sample(&mut self.rng), Next::Placement),
        ])
    }

    fn protection_ends(&mut self) -> (f64, Next) {
        earliest([
            (self.laws.protection_to_need.sample(&mut self.rng), Next::To(ChildInNeed)),
            (self.laws.protection_to_care.sample(&mut self.rng), Next::Placement),
            (self.laws.protection_closes.sample(&mut self.rng), Next::To(Closed)),
        ])
    }

    fn placement_ends(&mut self, placement: State) -> (f64, Next) {
        let (moves, returns, permanence) = &self.laws.placements[placement as usize - PLACEMENTS.start];
        earliest([
            (moves.sample(&mut self.rng), Next::Placement),
            (returns.sample(&mut self.rng), Next::Return),
            (permanence.sample(&mut self.rng), Next::To(Permanence)),
        ])
    }

    fn outcome(mut self) -> Outcome {
        for event in std::mem::take(&mut self.calendar) {
            if let What::Leaves { child, .. } = event.what {
                self.end_spell(child);
            }
        }
        let at_end = self.month_ends.last().expect("the run reached its end");
        let in_care = |stock: &[u32; LIVE]| f64::from(stock[PLACEMENTS].iter().sum::<u32>());
        let counted = &self.month_ends[WARM_UP_MONTHS as usize..];
        let years = (END - WARM_UP) / YEAR;
        let cost: f64 = self.child_days.iter().zip(COST_A_DAY).map(|(days, cost)| days * cost).sum();
        Outcome {
            events: self.events,
            care_stock_end: in_care(at_end),
            care_stock_mean: counted.iter().map(in_care).sum::<f64>() / f64::from(MONTHS - WARM_UP_MONTHS),
            open_end: f64::from(at_end.iter().sum::<u32>()),
            in_house_end: f64::from(at_end[FosterInHouse as usize]),
            agency_end: f64::from(at_end[FosterAgency as usize]),
            queue_wait_days: self.waited / f64::from(self.assessments.max(1)),
            care_starts_per_year: f64::from(self.care_starts) / years,
            cost_m_per_year: cost / years / 1e6,
        }
    }
}

fn earliest(exits: [(f64, Next); 3]) -> (f64, Next) {
    let [first, others @ ..] = exits;
    others.into_iter().fold(first, |best, exit| if exit.0 < best.0 { exit } else { best })
}
