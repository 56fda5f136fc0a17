//! Scenario files: from TOML to a checked, immutable whole.

mod caseload;
mod charged_twice;
pub mod check;
#[cfg(feature = "files")]
mod disk;
pub mod doubt;
mod examples;
pub mod fault;
pub mod file;
pub mod load;
mod margins;
pub mod number;
mod opening;
pub mod paces;
mod plain;
mod population;
mod published;
mod replaced;
pub mod schema;
mod shares;
pub mod shipped;
pub mod source;
mod syntax;
mod texts;
pub mod tree;
mod unreached;
mod unused;

use std::fmt::Write as _;
#[cfg(feature = "files")]
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::pathway::{
    ArrivalsId, DriftId, ExitId, Grid, InterventionId, LawId, LineId, Pathway, PoolId, QuantityId, StateId,
    Table, TrackId,
    calendar::{Calendar, Tick},
    law::{QuantileTable, Shape},
    stay::Time,
};
use crate::record::{Item, Recorded};
pub use charged_twice::{ChargedTwice, Shared};
use check::{AtKey, Problem};
use fault::{Fault, Faults};
use file::{Basis, Behaviour, ReviewOrder, ScenarioFile, WhenFull};
use load::Loaded;
use number::{Quantity, Values};
pub use opening::{Ages, Cell, Drawn, Joint, Opening, Span, TimeServed, TrackCourse, TrackOpening};
pub use plain::PlainNumber;
pub use published::{Counted, FlowCount, Move, Split, StockCount, line_of, recorded};
pub use shares::Squeezed;
pub use unreached::why_unreached;
pub use unused::unused;

/// No more futures than this can be asked for, in a file or of the program.
pub const MOST_RUNS: u32 = 1_000_000;

/// A checked scenario: all that goes into a simulation.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The file as merged with those it extends.
    pub file: ScenarioFile,
    /// The same as the tree of keys and values that was written.
    pub merged: serde_json::Value,
    /// Whether it starts on another day than the scenario that it extends, with the children who are there on that one's first.
    pub starts_elsewhen: bool,
    /// SHA-256 of that, in hexadecimal.
    pub hash: String,
    /// When the simulation runs.
    pub calendar: Calendar,
    /// States and exits.
    pub pathway: Pathway,
    /// Names of age bands, cohorts, need classes and plans.
    pub classes: Classes,
    /// Every number, in the order in which they may depend on each other.
    pub quantities: Table<QuantityId, Quantity>,
    /// What a stay in each state comes to.
    pub stays: Table<StateId, Stay>,
    /// For each track, the shares of its states at the start, row by row of its grid.
    pub firsts: Table<TrackId, Vec<ShareOf>>,
    /// The time laws, apart from their scales.
    pub laws: Table<LawId, LawSpec>,
    /// Shares of need classes, row by row of `need_grid`.
    pub need_shares: Vec<ShareOf>,
    /// What the shares of need classes vary by.
    pub need_grid: Grid,
    /// Streams of arrivals.
    pub arrivals: Table<ArrivalsId, Arrivals>,
    /// The children already there.
    pub openings: Vec<Opening>,
    /// Rates that wander.
    pub drifts: Table<DriftId, Drift>,
    /// Pools of places.
    pub pools: Table<PoolId, PoolSpec>,
    /// What the council does.
    pub interventions: Table<InterventionId, Intervention>,
    /// Published counts of children.
    pub stocks: Vec<StockCount>,
    /// Published counts of events.
    pub flows: Vec<FlowCount>,
    /// Cost and income lines.
    pub lines: Table<LineId, LineSpec>,
    /// What is on record of what is counted and paid.
    pub recorded: Vec<Recorded>,
    /// The numbers that are no quantities: none of them is uncertain.
    pub plain: Vec<PlainNumber>,
    /// Charges that are made for the same events, or the same days of the same children.
    pub charged_twice: Vec<ChargedTwice>,
}

/// What a stay in a state comes to.
#[derive(Debug, Clone, Default)]
pub struct Stay {
    /// What its exits' numbers are, row by row of its grid.
    pub rows: Vec<RowExit>,
    /// Correlation between siblings.
    pub siblings: Option<QuantityId>,
    /// The law of its price, if that varies from child to child.
    pub price: Option<Arc<QuantileTable>>,
    /// The interventions that reach those who enter it.
    pub interventions: Vec<InterventionId>,
}

/// A pool of places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolSpec {
    /// Its name.
    pub name: String,
    /// How many places it has.
    pub places: QuantityId,
    /// Whether their use is counted.
    pub count_use: bool,
}

/// Names of the classes that numbers vary by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Classes {
    /// Age bands: name, first tick, end.
    pub bands: Vec<(String, Tick, Tick)>,
    /// Cohorts.
    pub cohorts: Vec<String>,
    /// Need classes.
    pub needs: Vec<String>,
    /// Names of exits that may be plans.
    pub plans: Vec<String>,
}

/// A share: a number, or what the others leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareOf {
    /// A number.
    Part(QuantityId),
    /// What the others leave.
    Rest,
    /// None: nobody goes there.
    None,
}

/// One exit in one row of its state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowExit {
    /// Share of entrants.
    pub share: ShareOf,
    /// How long it takes.
    pub time: Option<TimeOf>,
    /// Multiplies its hazard.
    pub pace: Option<QuantityId>,
}

/// How long something takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TimeOf {
    /// A number of units of so many ticks.
    Fixed(QuantityId, f64),
    /// A law of [`Scenario::laws`], in units of a number times so many ticks.
    Law {
        /// Which of [`Scenario::laws`].
        law: LawId,
        /// The scale (none: 1).
        scale: Option<QuantityId>,
        /// Ticks in its unit.
        unit: f64,
        /// The scale is the median of a Weibull law with this shape.
        weibull_median: Option<QuantityId>,
    },
    /// Until an age in ticks.
    UntilAge(Tick),
}

/// A time law apart from its scale.
#[derive(Debug, Clone)]
pub struct LawSpec {
    /// The law, with its best shape.
    pub shape: Shape,
    /// The number that is the shape, if it is uncertain.
    pub uncertain: Option<QuantityId>,
    /// Its table with the best shape.
    pub table: Arc<QuantileTable>,
}

/// A stream of families arriving.
#[derive(Debug, Clone)]
pub struct Arrivals {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Key of what is drawn for it.
    pub key: u64,
    /// Children a year at the start.
    pub children_per_year: QuantityId,
    /// Growth a year.
    pub growth: Option<QuantityId>,
    /// Twelve factors, January first.
    pub seasonality: [f64; 12],
    /// Where they arrive.
    pub enters: StateId,
    /// Cumulative shares of families of 1, 2, 3, ... children.
    pub family_sizes: Vec<f64>,
    /// Mean number of children in a family.
    pub mean_family: f64,
    /// Ages that are alike, youngest first.
    pub slices: Vec<AgeSlice>,
    /// Their cumulative shares.
    pub ages: Vec<f64>,
    /// Cumulative shares of cohorts.
    pub cohorts: Vec<f64>,
}

/// An age band, or some whole years of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgeSlice {
    /// The age band.
    pub band: usize,
    /// From which age to which.
    pub ages: (Tick, Tick),
}

impl Arrivals {
    /// The age bands of which children arrive, by position.
    pub fn bands_arriving(&self) -> impl Iterator<Item = usize> {
        let mut bands: Vec<usize> = some(&self.ages).map(|slice| self.slices[slice].band).collect();
        bands.dedup();
        bands.into_iter()
    }

    /// The cohorts of which children arrive, by position.
    pub fn cohorts_arriving(&self) -> impl Iterator<Item = usize> {
        some(&self.cohorts)
    }
}

/// The places in a list of running sums of what is more than nothing.
fn some(sums: &[f64]) -> impl Iterator<Item = usize> {
    let before = std::iter::once(&0.0).chain(sums);
    sums.iter().zip(before).enumerate().filter(|(_, (sum, before))| sum > before).map(|(place, _)| place)
}

/// A rate, or several together, that wander from year to year.
#[derive(Debug, Clone)]
pub struct Drift {
    /// Its name.
    pub name: String,
    /// Key of what is drawn for it.
    pub key: u64,
    /// Key of the draws it shares, and the square root of how much.
    pub shared: Option<(u64, f64)>,
    /// Standard deviation of the logarithm.
    pub sd: QuantityId,
    /// Correlation from year to year.
    pub persistence: QuantityId,
    /// What moves.
    pub moves: Vec<Moved>,
}

/// Something that drift moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// A stream of arrivals.
    Arrivals(ArrivalsId),
    /// The share of an exit.
    Share(ExitId),
    /// The pace of an exit.
    Pace(ExitId),
}

/// Something the council pays for.
#[derive(Debug, Clone)]
pub struct Intervention {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Key of what is drawn for it.
    pub key: u64,
    /// The first instant.
    pub from: Tick,
    /// The instant from which it fades.
    pub until: Option<Tick>,
    /// Over how long it grows.
    pub ramp: Tick,
    /// Over how long it fades.
    pub fade: Tick,
    /// Whom it reaches.
    pub reach: Option<Reach>,
    /// The share who take it up.
    pub take_up: Option<QuantityId>,
    /// How many it can take.
    pub limit: Limit,
    /// What happens when it is full.
    pub when_full: WhenFull,
    /// Whether the use of its places is counted.
    pub count_use: bool,
    /// What it does.
    pub effects: Vec<Effect>,
    /// Its reviews of open cases.
    pub reviews: Option<Reviews>,
    /// What it costs: a year, each family, each child, each review, once; and growth a year.
    pub cost: InterventionCost,
}

/// What an intervention costs.
#[derive(Debug, Clone, Copy, Default)]
pub struct InterventionCost {
    /// Pounds a year.
    pub per_year: Option<QuantityId>,
    /// Pounds for each family.
    pub per_family: Option<QuantityId>,
    /// Pounds for each child.
    pub per_child: Option<QuantityId>,
    /// Pounds for each review.
    pub per_review: Option<QuantityId>,
    /// Pounds on the first day.
    pub once: Option<QuantityId>,
    /// Price growth a year.
    pub growth: Option<QuantityId>,
}

/// Whom an intervention reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Children entering this state; for reviews, those in it.
    pub state: StateId,
    /// For each age band, whether it is reached.
    pub bands: Vec<bool>,
    /// For each cohort.
    pub cohorts: Vec<bool>,
    /// For each need class.
    pub needs: Vec<bool>,
    /// For reviews: in which states of tracks beside the stage a child must be, one of each list.
    pub beside: Vec<(TrackId, Vec<StateId>)>,
    /// For reviews: how many months it must have been in the state.
    pub served_months: Option<QuantityId>,
}

/// Reviews of open cases.
#[derive(Debug, Clone, PartialEq)]
pub struct Reviews {
    /// The instants at which there are some, as far as they are simulated.
    pub at: Vec<Tick>,
    /// How many each time.
    pub how_many: HowMany,
    /// Who comes first.
    pub order: ReviewOrder,
    /// The share that change something (none: all).
    pub share: Option<QuantityId>,
    /// After how long (none: at once).
    pub after: Option<TimeOf>,
    /// What changes.
    pub leads_to: LeadsTo,
    /// After how many months a child can be reviewed again (none: never).
    pub again_after_months: Option<QuantityId>,
}

/// How many open cases are reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HowMany {
    /// So many a month.
    PerMonth(QuantityId),
    /// All in reach by the last time: each time those there, divided by the times that are left.
    All,
}

/// What a review leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeadsTo {
    /// An exit of the state reached.
    Exit(ExitId),
    /// A state of a track, that of the state reached or one beside it: the exit made for this, from each of the other states of the
    /// track.
    State(TrackId, Vec<ExitId>),
    /// Another way out and time, drawn anew.
    NewPlan,
}

/// How many an intervention can take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// All who come.
    None,
    /// So many families a financial year.
    Quota(QuantityId),
    /// So many children at once, for so many months.
    Places(QuantityId, QuantityId),
}

/// What an intervention does.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Multiplies the share of an exit.
    Share {
        /// The exit.
        exit: ExitId,
        /// The factor.
        times: QuantityId,
        /// Where those diverted go.
        instead: Option<ExitId>,
    },
    /// Multiplies hazards.
    Pace {
        /// The exits.
        exits: Vec<ExitId>,
        /// The factor.
        times: QuantityId,
    },
    /// Multiplies times.
    Time {
        /// The exits.
        exits: Vec<ExitId>,
        /// The factor.
        times: QuantityId,
    },
    /// Multiplies arrivals.
    Arrivals {
        /// The stream.
        stream: ArrivalsId,
        /// The factor.
        times: QuantityId,
    },
    /// Adds places.
    Places {
        /// The pool.
        pool: PoolId,
        /// How many.
        adds: QuantityId,
    },
}

/// A cost or income line.
#[derive(Debug, Clone)]
pub struct LineSpec {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Whether it is income.
    pub income: bool,
    /// Whether it varies with children.
    pub behaves: Behaviour,
    /// By case or by staff.
    pub basis: Basis,
    /// Growth a year.
    pub growth: Option<QuantityId>,
    /// What is charged.
    pub charges: Vec<ChargeSpec>,
}

/// What is charged.
#[derive(Debug, Clone)]
pub enum ChargeSpec {
    /// Pounds a week for each child in a state, by class (cohort-major).
    Week(Vec<StateId>, Vec<QuantityId>),
    /// Pounds for each move that one of these counts.
    Event(Vec<Counted>, QuantityId),
    /// Pounds a year.
    Year(QuantityId),
}

impl TimeOf {
    /// How long something takes at given values of every number; what has no time takes none.
    #[must_use]
    pub fn at(time: Option<Self>, values: &Values) -> Time {
        match time {
            None => Time::fixed(0.0),
            Some(Self::Fixed(n, unit)) => Time::fixed(values[n] * unit),
            Some(Self::UntilAge(age)) => Time::until_age(age),
            Some(of @ Self::Law { law, .. }) => Time::law(law, of.scale(values)),
        }
    }

    /// Ticks in the unit of a law: what its quantiles are multiplied by. 1 for other times.
    #[must_use]
    pub fn scale(&self, values: &Values) -> f64 {
        let Self::Law { scale, unit, weibull_median, .. } = *self else { return 1.0 };
        let scale = scale.map_or(1.0, |n| values[n]) * unit;
        // A Weibull law of shape k has median scale x (ln 2)^(1/k).
        weibull_median.map_or(scale, |k| scale / libm::pow(std::f64::consts::LN_2, 1.0 / values[k]))
    }
}

impl Intervention {
    /// How far it is in force at an instant: 0 before, growing in a straight line to 1, then fading in one from what it
    /// had grown to by its last day.
    #[must_use]
    pub fn level(&self, at: Tick) -> f64 {
        match self.until {
            _ if at < self.from => 0.0,
            Some(until) if at >= until => self.grown(until) * (1.0 - part(at - until, self.fade)),
            _ => self.grown(at),
        }
    }

    /// How far it has grown by an instant.
    fn grown(&self, at: Tick) -> f64 {
        part(at - self.from, self.ramp)
    }

    /// The first instant at which it is over: its last day and its fade have passed. Never, unless it has a last day.
    #[must_use]
    pub fn over(&self) -> Option<Tick> {
        self.until.map(|until| until + self.fade)
    }

    /// Whether it has its full size from its first day to its last.
    #[must_use]
    pub fn has_one_size(&self) -> bool {
        self.ramp == 0 && self.fade == 0
    }

    /// The instants between which its size changes in a straight line, or not at all.
    pub fn bends(&self) -> impl Iterator<Item = Tick> {
        let grown = (self.from + self.ramp).min(self.until.unwrap_or(Tick::MAX));
        [Some(self.from), Some(grown), self.until, self.over()].into_iter().flatten()
    }

    /// Whether it is in force at an instant, however little.
    #[must_use]
    pub fn is_in_force(&self, at: Tick) -> bool {
        at >= self.from && self.over().is_none_or(|over| at < over)
    }
}

/// How much of a span has passed, from 0 to 1; all of a span that takes no time.
#[expect(clippy::cast_precision_loss, reason = "spans are far below 2^52 ticks")]
fn part(passed: Tick, span: Tick) -> f64 {
    if passed >= span { 1.0 } else { passed as f64 / span as f64 }
}

impl Scenario {
    /// Reads and checks a scenario file and everything it extends.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    #[cfg(feature = "files")]
    pub fn read(path: &Path) -> Result<Self, Faults> {
        Self::from_loaded(&load::load(path)?)
    }

    /// Checks a scenario given as text; `name` stands for the file in messages.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    pub fn from_text(name: &str, text: &str) -> Result<Self, Faults> {
        Self::from_loaded(&load::load_text(name, text)?)
    }

    /// A scenario that comes inside the program, such as `stoke-on-trent`.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn shipped(name: &str) -> Result<Self, Faults> {
        Self::from_loaded(&load::load_shipped(name)?)
    }

    fn from_loaded(loaded: &Loaded) -> Result<Self, Faults> {
        let merged = loaded.tree.to_json();
        let mut hash = String::with_capacity(64);
        for byte in Sha256::digest(merged.to_string()) {
            let _ = write!(hash, "{byte:02x}");
        }
        let (scenario, mut problems) = check::check(&loaded.file, hash, loaded.doubts.clone());
        let filled = scenario.map(|mut scenario| {
            caseload::fill(&mut scenario, &mut problems);
            scenario
        });
        match filled.filter(|_| problems.none()) {
            Some(mut scenario) if loaded.misfits.is_empty() => {
                scenario.merged = merged;
                for quantity in scenario.quantities.values_mut() {
                    if let Some(source) = loaded.source_of(&quantity.path) {
                        quantity.source = source.map(str::to_owned);
                    }
                }
                scenario.plain = plain::plain_numbers(loaded, scenario.quantities.values());
                scenario.starts_elsewhen = loaded.starts_elsewhen;
                scenario.charged_twice = charged_twice::charged_twice(&scenario, |path| loaded.is_new(path));
                let added = unused(&scenario).into_iter().filter(|u| loaded.is_added(&u.path));
                let added: Vec<Fault> = added.map(|u| loaded.place(u)).collect();
                if added.is_empty() { Ok(scenario) } else { Err(loaded.faults(added)) }
            }
            _ => {
                let fault = |problem: Problem| {
                    let AtKey { beside, lacks, may_come_of } = &problem.place;
                    if let Some(fault) = loaded.fault_of_part(&problem.path).filter(|_| *lacks) {
                        return fault;
                    }
                    let path = loaded.nearer(&problem.path, beside.as_deref()).to_owned();
                    let from = may_come_of.clone();
                    loaded.place_of(Problem { path, ..problem }, &from)
                };
                Err(loaded.faults(problems.told().into_iter().map(fault).collect()))
            }
        }
    }

    /// What is on record of an item.
    #[must_use]
    pub fn recorded_of(&self, item: &Item) -> Option<&Recorded> {
        self.recorded.iter().find(|r| r.years.item == *item)
    }

    /// How many classes (cohort by need) there are.
    #[must_use]
    pub fn class_count(&self) -> usize {
        self.classes.cohorts.len() * self.classes.needs.len()
    }

    /// The name that tables and charts use.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.file.name
    }
}
