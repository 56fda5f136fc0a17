//! One future's rules: a scenario with every uncertain number drawn and every drift unrolled.

use std::collections::BTreeMap;

use crate::pathway::{
    ArrivalsId, DriftId, During, ExitId, Grid, IdRange, InterventionId, Kind, LawId, PoolId, QuantityId,
    StateId, Table, Track, TrackId,
    calendar::{Calendar, DAY, Tick, YEAR},
    drift,
    law::{QuantileTable, Shape, normal_quantile},
    stay::{HazardRatio, Laws, Time},
};
use crate::scenario::{
    Effect, Intervention, Limit, Moved, RowExit, Scenario, ShareOf,
    number::{Values, drawn_values},
    paces::{Paces, edges},
};

use crate::stream::Stream;

use super::{Run, reviews::Plan};

/// One exit in one row of its state, in one financial year.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Uniforms below it go to this exit or one before it.
    pub threshold: u64,
    /// How long it takes.
    pub time: Time,
    /// Key of what is drawn for the exit.
    pub key: u64,
}

/// The shortest way into a state for a child beside whose stage no track runs. Whoever takes it fares as on the long way,
/// which asks for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It departs.
    Out,
    /// Its stay begins at once.
    Stay,
    /// Its stay begins as soon as the pool has a place.
    Pool,
    /// A decision sends it on at once.
    Decision,
    /// There is no short way: services reach it there, a track runs beside its stay, or it waits there for a place.
    Long,
}

impl Way {
    /// The way that an event has a note of, by its position.
    #[inline]
    pub fn noted(note: u8) -> Self {
        match note {
            0 => Self::Out,
            1 => Self::Stay,
            2 => Self::Pool,
            3 => Self::Decision,
            _ => Self::Long,
        }
    }

    fn new(kind: Kind, pool: bool, more: bool) -> Self {
        match kind {
            Kind::End => Self::Out,
            Kind::Decision if !more && !pool => Self::Decision,
            Kind::Lottery | Kind::Race if !more && pool => Self::Pool,
            Kind::Lottery | Kind::Race if !more => Self::Stay,
            Kind::Decision | Kind::Lottery | Kind::Race | Kind::Waiting => Self::Long,
        }
    }
}

/// What the engine needs to know of a state at every event, close together.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question asked at every event")]
pub(super) struct Step {
    /// How the way out is found.
    pub kind: Kind,
    /// The shortest way in.
    pub way: Way,
    /// Whether a pool or a service with few places limits who gets in at once.
    pub limited: bool,
    /// Whether interventions reach those who enter it.
    pub reached: bool,
    /// Whether a track runs beside it.
    pub accompanied: bool,
    /// Whether the price of a stay varies.
    pub priced: bool,
    /// Whether all its times come straight from tables: none is fixed, ends at an age, or changes hazard ratio.
    pub tabulated: bool,
    /// Its position within its track.
    pub visit: u8,
    /// The pool whose places its children take up.
    pub pool: Option<PoolId>,
    /// What its numbers vary by.
    pub grid: Grid,
    /// Its exits, without the birthday.
    pub exits: IdRange<ExitId>,
    /// Key of what is drawn for it.
    pub key: u64,
    /// Below which a child's coin says that the family decides together.
    pub together: u64,
    /// The age at which a stay ends, and the exit then taken.
    pub birthday: Tick,
    /// That exit.
    pub birthday_exit: ExitId,
    /// Its first entry.
    start: usize,
    /// How many exits it has.
    width: usize,
    /// Entries from one financial year to the next.
    year: usize,
    /// Whether its shares differ from one financial year to the next.
    pub drifts: bool,
    /// Whether its exits are not the same for all children at all times.
    pub varies: bool,
}

/// One future's rules.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The value of every number of the scenario.
    pub values: Values,
    entries: Vec<Entry>,
    pub(super) steps: Table<StateId, Step>,
    /// Where each exit leads.
    pub(super) targets: Table<ExitId, StateId>,
    /// The shortest way into the state that each exit leads to.
    pub(super) ways: Table<ExitId, Way>,
    pub(super) laws: Laws,
    /// For each intervention and effect on a hazard ratio, the exits and what it multiplies their hazards by.
    factors: Table<InterventionId, Vec<(Vec<ExitId>, HazardRatio)>>,
    /// For each track, thresholds of its first states, row by row.
    pub(super) firsts: Table<TrackId, Vec<u64>>,
    /// Thresholds of need classes, row by row.
    pub(super) needs: Vec<u64>,
    /// For each stream and month, families expected in it before interventions.
    pub(super) families: Table<ArrivalsId, Vec<f64>>,
    /// For each pool, and after them each intervention, its places, if they never change.
    pub(super) fixed_places: Vec<Option<u32>>,
    /// Pools, and after them interventions, whose places change.
    pub(super) changing: Vec<usize>,
    /// For each intervention and financial year, the families that it takes on.
    pub(super) quotas: Table<InterventionId, Vec<u32>>,
    /// Reviews of open cases.
    pub(super) reviews: Vec<Plan>,
    /// What is drawn for everybody.
    pub(super) draws: Stream,
}

impl Rules {
    /// Draws one future's rules.
    #[must_use]
    pub fn new(scenario: &Scenario, run: Run) -> Self {
        let stream = |layer: &str, index: u64| Stream::named(layer).nth(run.seed).nth(index);
        Self::at(
            scenario,
            drawn_values(&scenario.quantities, stream("parameters", run.parameters)),
            Some(stream("drift", run.drift)),
            stream("chance", run.chance),
        )
    }

    /// The rules at the best value of every number, without drift; chance alone is left.
    #[must_use]
    pub fn at_best(scenario: &Scenario, run: Run) -> Self {
        let chance = Stream::named("chance").nth(run.seed).nth(run.chance);
        Self::at(scenario, crate::scenario::number::best_values(&scenario.quantities), None, chance)
    }

    /// The rules at given values of every number; without drift unless its stream is given.
    #[must_use]
    pub fn at(scenario: &Scenario, values: Values, drift: Option<Stream>, chance: Stream) -> Self {
        let drift = Drifted::new(scenario, &values, drift);
        let laws = Laws { tables: laws(scenario, &values), hazard_ratios: Vec::new() };
        let mut hazard_ratios =
            Paces::new(scenario, values.clone(), Some((&drift.hazard_ratios, &drift.factors)), false);
        let mut rules = Self {
            entries: Vec::new(),
            steps: Table::new(),
            targets: scenario.pathway.exits.values().map(|e| e.to).collect(),
            ways: Table::new(),
            laws,
            factors: Table::new(),
            firsts: Table::new(),
            needs: thresholds_by_row(scenario, &scenario.need_shares, scenario.classes.needs.len(), &values),
            families: families(scenario, &values, &drift),
            fixed_places: Vec::new(),
            changing: Vec::new(),
            quotas: Table::new(),
            reviews: Plan::all(scenario, &values),
            values,
            draws: chance,
        };
        for state in scenario.pathway.states.ids() {
            rules.add_state(scenario, state, &drift, &mut hazard_ratios);
        }
        rules.ways = rules.targets.values().map(|&state| rules.steps[state].way).collect();
        rules.laws.hazard_ratios = hazard_ratios.schedules;
        rules.factors =
            scenario.interventions.values().map(|i| rules.factors_of(&scenario.calendar, i)).collect();
        rules.add_places(scenario);
        for (track, shares) in scenario.firsts.iter() {
            let name = &scenario.pathway.tracks[track].name;
            let width = scenario.file.tracks.get(name).map_or(1, |t| t.states.len());
            rules.firsts.push(thresholds_by_row(scenario, shares, width, &rules.values));
        }
        rules
    }

    fn add_state(&mut self, scenario: &Scenario, id: StateId, drift: &Drifted, hazard_ratios: &mut Paces) {
        let state = &scenario.pathway.states[id];
        let stay = &scenario.stays[id];
        let (rows, width) = (&stay.rows, state.exits.len());
        let start = self.entries.len();
        let moves = state.exits.iter().any(|e| drift.shares.contains_key(&e));
        let years = if moves { scenario.calendar.years() } else { 1 };
        let shared = matches!(state.kind, Kind::Lottery | Kind::Decision);
        let undrifted = |specs: &[RowExit]| {
            let shares: Vec<ShareOf> = specs.iter().map(|r| r.share).collect();
            if shared { scenario.drawn_shares(&shares, &self.values) } else { Vec::new() }
        };
        let undrifted: Vec<Vec<f64>> = rows.chunks(width.max(1)).map(undrifted).collect();
        let mut drifting = Drifting::new(drift, state.exits);
        for year in 0..years {
            for (row, specs) in rows.chunks(width.max(1)).enumerate() {
                let thresholds = match undrifted[row].as_slice() {
                    [] => vec![0; width],
                    shares => thresholds(&drifting.shares(shares, year)),
                };
                for (j, (spec, threshold)) in specs.iter().zip(thresholds).enumerate() {
                    let time = hazard_ratios.time(state.exits.nth(j), row, spec);
                    let key = scenario.pathway.exits[state.exits.nth(j)].key;
                    self.entries.push(Entry { threshold, time, key });
                }
            }
        }
        let services = &stay.interventions;
        let few = services.iter().any(|&i| scenario.interventions[i].limit != Limit::None);
        let beside = |t: &Track| t.during.get(id).is_some_and(|d| *d != During::Off);
        let (birthday, birthday_exit) = state.birthday.unwrap_or((Tick::MAX / 2, ExitId::from_index(0)));
        let (limited, reached) = (state.pool.is_some() || few, !services.is_empty());
        let accompanied = scenario.pathway.tracks.values().any(beside);
        self.steps.push(Step {
            kind: state.kind,
            way: Way::new(state.kind, state.pool.is_some(), reached || accompanied),
            limited,
            reached,
            accompanied,
            priced: stay.price.is_some(),
            tabulated: self.entries[start..].iter().all(|e| e.time.is_tabulated()),
            pool: state.pool.as_ref().map(|p| p.0),
            grid: state.grid,
            visit: u8::try_from(scenario.pathway.tracks[state.track].states.offset(id)).unwrap_or(u8::MAX),
            exits: state.exits,
            key: state.key,
            together: threshold(stay.siblings.map_or(0.0, |n| libm::sqrt(self.values[n]))),
            birthday,
            birthday_exit,
            start,
            width,
            year: rows.len(),
            drifts: moves,
            varies: moves || state.grid.rows > 1,
        });
    }

    /// The entries of a state's row in a financial year; those of year 0 hold for all if none differ.
    #[inline]
    pub(super) fn row(&self, step: &Step, row: usize, year: usize) -> &[Entry] {
        let start = step.start + year * step.year + row * step.width;
        &self.entries[start..start + step.width]
    }

    /// The shares of a state's exits in one of its rows and a financial year, before interventions.
    #[must_use]
    pub fn shares(&self, state: StateId, row: usize, year: usize) -> Vec<f64> {
        let step = &self.steps[state];
        let entries = self.row(step, row, if step.drifts { year } else { 0 });
        let upper = |e: &Entry| if e.threshold == u64::MAX { 1.0 } else { as_share(e.threshold) };
        let lower = |j: usize| if j == 0 { 0.0 } else { upper(&entries[j - 1]) };
        (0..entries.len()).map(|j| upper(&entries[j]) - lower(j)).collect()
    }

    fn factors_of(
        &self,
        calendar: &Calendar,
        intervention: &Intervention,
    ) -> Vec<(Vec<ExitId>, HazardRatio)> {
        let hazard_ratios = intervention.effects.iter().filter_map(|effect| match effect {
            Effect::Pace { exits, times } => Some((exits, self.values[*times])),
            _ => None,
        });
        hazard_ratios.map(|(exits, times)| (exits.clone(), factors(calendar, intervention, times))).collect()
    }

    /// Whether an intervention changes a hazard ratio.
    #[inline]
    pub(super) fn has_hazard_ratio(&self, intervention: InterventionId) -> bool {
        !self.factors[intervention].is_empty()
    }

    /// The hazard ratio of an exit in a spell that has met those of some interventions, by position, each at an instant.
    pub(super) fn hazard_ratio(
        &self,
        base: Time,
        exit: ExitId,
        met: u64,
        met_at: impl Fn(InterventionId) -> Tick,
    ) -> HazardRatio {
        let of = |(i, factors): (InterventionId, &Vec<(Vec<ExitId>, HazardRatio)>)| {
            let factor = factors.iter().find(|f| f.0.contains(&exit)).filter(|_| met >> i.index() & 1 == 1);
            factor.map(|f| from_then_on(&f.1, met_at(i)))
        };
        let mut factors = self.factors.iter().filter_map(of);
        let base = &self.laws.hazard_ratios[base.hazard_ratio()];
        let Some(first) = factors.next() else { return base.clone() };
        let first = if base.is_empty() { first } else { product(base, &first) };
        factors.fold(first, |hazard_ratio, factor| product(&hazard_ratio, &factor))
    }

    /// Places in pools and services, and the families a year that services take on.
    fn add_places(&mut self, scenario: &Scenario) {
        let effects = || scenario.interventions.values().flat_map(|i| &i.effects);
        let changes =
            |pool: &PoolId| effects().any(|e| matches!(e, Effect::Places { pool: p, .. } if p == pool));
        let pools = scenario.pools.ids();
        self.fixed_places =
            pools.iter().map(|p| (!changes(&p)).then(|| self.places_in_pool(scenario, p, 0))).collect();
        for intervention in scenario.interventions.values() {
            let (places, a_year) = match intervention.limit {
                Limit::None => (Some(0), 0.0),
                Limit::Places(n, _) if intervention.has_one_size() => (Some(whole(self.values[n])), 0.0),
                Limit::Places(..) => (None, 0.0),
                Limit::Quota(n) => (Some(0), self.values[n]),
            };
            self.fixed_places.push(places);
            self.quotas.push(quotas(&scenario.calendar, intervention, a_year));
        }
        self.changing = (0..self.fixed_places.len()).filter(|&r| self.fixed_places[r].is_none()).collect();
    }

    /// Places in a pool on the day of an instant: those there, and those that interventions add or take away. They
    /// change at the start of a day.
    #[must_use]
    pub fn places(&self, scenario: &Scenario, pool: PoolId, at: Tick) -> u32 {
        let day = at - at.rem_euclid(DAY);
        self.fixed_places[pool.index()].unwrap_or_else(|| self.places_in_pool(scenario, pool, day))
    }

    /// Places in a pool or (numbered after the pools) a service, times how long there are so many, between two instants.
    /// They change at the start of a day.
    #[must_use]
    pub fn place_ticks(&self, scenario: &Scenario, resource: usize, from: Tick, to: Tick) -> i64 {
        let service = resource.checked_sub(scenario.pools.len()).map(InterventionId::from_index);
        if let Some(places) = self.fixed_places[resource] {
            let in_force = service.map(|i| &scenario.interventions[i]);
            let begins = in_force.map_or(from, |i| i.from.clamp(from, to));
            let ends = in_force.and_then(Intervention::over).map_or(to, |over| over.clamp(from, to));
            return i64::from(places) * (ends - begins).max(0);
        }
        let days = (from.div_euclid(DAY)..=(to - 1).div_euclid(DAY)).map(|day| day * DAY);
        days.map(|day| {
            let lasts = (day + DAY).min(to) - day.max(from);
            i64::from(self.places_now(scenario, resource, day)) * lasts
        })
        .sum()
    }

    /// For how long a child holds a place of a service.
    #[must_use]
    pub fn place_held_for(&self, scenario: &Scenario, service: InterventionId) -> Tick {
        match scenario.interventions[service].limit {
            Limit::Places(_, n) => months(self.values[n]).max(1),
            _ => 0,
        }
    }

    /// Places in a pool or (numbered after the pools) a service at an instant. A service that grows or fades has places in
    /// proportion.
    pub(super) fn places_now(&self, scenario: &Scenario, resource: usize, at: Tick) -> u32 {
        let Some(service) = resource.checked_sub(scenario.pools.len()) else {
            return self.places_in_pool(scenario, PoolId::from_index(resource), at);
        };
        let intervention = &scenario.interventions[InterventionId::from_index(service)];
        match intervention.limit {
            Limit::Places(n, _) => whole(self.values[n] * intervention.level(at)),
            _ => 0,
        }
    }

    fn places_in_pool(&self, scenario: &Scenario, pool: PoolId, at: Tick) -> u32 {
        let mut places = self.values[scenario.pools[pool].places];
        for intervention in scenario.interventions.values() {
            for effect in &intervention.effects {
                if let Effect::Places { pool: p, adds } = effect
                    && *p == pool
                {
                    places += self.values[*adds] * intervention.level(at);
                }
            }
        }
        whole(places)
    }

    /// Whether interventions change a stream of arrivals.
    pub(super) fn moves_arrivals(scenario: &Scenario, stream: ArrivalsId) -> bool {
        arrivals_effects(scenario, stream).next().is_some()
    }

    /// What interventions multiply a stream of arrivals by at an instant.
    pub(super) fn arrivals_times(&self, scenario: &Scenario, stream: ArrivalsId, at: Tick) -> f64 {
        arrivals_effects(scenario, stream)
            .map(|(i, times)| 1.0 + (self.values[times] - 1.0) * i.level(at))
            .product()
    }

    /// The most that factor can be within a span.
    pub(super) fn most_arrivals_times(
        &self,
        scenario: &Scenario,
        stream: ArrivalsId,
        from: Tick,
        to: Tick,
    ) -> f64 {
        arrivals_effects(scenario, stream)
            .map(|(i, times)| {
                let inside = i.from < to && i.over().is_none_or(|over| over > from);
                if inside { self.values[times].max(1.0) } else { 1.0 }
            })
            .product()
    }
}

fn arrivals_effects(
    scenario: &Scenario,
    stream: ArrivalsId,
) -> impl Iterator<Item = (&Intervention, QuantityId)> {
    let effects = scenario.interventions.values().flat_map(|i| i.effects.iter().map(move |e| (i, e)));
    effects.filter_map(move |(i, e)| match e {
        Effect::Arrivals { stream: s, times } if *s == stream => Some((i, *times)),
        _ => None,
    })
}

/// A number of places as a whole number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
pub(super) fn whole(places: f64) -> u32 {
    libm::round(places) as u32
}

/// The families that a service takes on in each financial year, in proportion to the part of it in which it runs and which
/// is simulated, and to its size then. What is left of a family is carried over: two in five a year is two in five years.
fn quotas(calendar: &Calendar, intervention: &Intervention, a_year: f64) -> Vec<u32> {
    let (mut due, mut taken) = (0.0, 0);
    let quota = |year: usize| {
        due += a_year * size_in_year(calendar, intervention, year);
        let places = whole(due) - taken;
        taken += places;
        places
    };
    (0..calendar.years()).map(quota).collect()
}

/// The mean size of an intervention in a financial year, as far as that is simulated. Its size changes in straight lines, whose
/// means lie in the middle.
fn size_in_year(calendar: &Calendar, intervention: &Intervention, year: usize) -> f64 {
    let months = || (0..calendar.months()).filter(|&m| calendar.year_of_month(m) == year);
    let (Some(first), Some(last)) = (months().next(), months().next_back()) else { return 0.0 };
    let (from, to) = (calendar.month_start(first), calendar.month_start(last + 1));
    let mut bends: Vec<Tick> = intervention.bends().map(|at| at.clamp(from, to)).chain([from, to]).collect();
    bends.sort_unstable();
    let between = |pair: &[Tick]| {
        intervention.level(pair[0].midpoint(pair[1])) * calendar.part_of_year(year, pair[0], pair[1])
    };
    bends.windows(2).map(between).sum()
}

/// A probability as a threshold for 64 uniform bits.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates at both ends"
)]
pub(super) fn threshold(p: f64) -> u64 {
    (p * 18_446_744_073_709_551_616.0) as u64
}

/// A threshold for 64 uniform bits as a probability.
#[expect(clippy::cast_precision_loss, reason = "a distance of 2^-54 moves nothing that matters")]
fn as_share(threshold: u64) -> f64 {
    threshold as f64 / 18_446_744_073_709_551_616.0
}

/// Running thresholds of shares; from the last that anybody goes to, everything.
fn thresholds(shares: &[f64]) -> Vec<u64> {
    let last = shares.iter().rposition(|&s| s > 0.0).unwrap_or(0);
    let mut sum = 0.0;
    shares
        .iter()
        .enumerate()
        .map(|(j, share)| {
            sum += share;
            if j >= last { u64::MAX } else { threshold(sum) }
        })
        .collect()
}

fn thresholds_by_row(scenario: &Scenario, shares: &[ShareOf], width: usize, values: &Values) -> Vec<u64> {
    shares.chunks(width.max(1)).flat_map(|row| thresholds(&scenario.shares(row, values, |_| 0.0))).collect()
}

fn laws(scenario: &Scenario, values: &Values) -> Table<LawId, QuantileTable> {
    let drawn = |l: &crate::scenario::LawSpec| match l.uncertain {
        None => l.table.as_ref().clone(),
        Some(n) => {
            // The ends of what the checker accepts; draws from wide ranges stop there.
            let shape = values[n].clamp(0.05, 1000.0);
            QuantileTable::new(&match &l.shape {
                Shape::Gamma { .. } => Shape::Gamma { shape },
                Shape::Weibull { .. } => Shape::Weibull { shape },
                Shape::Lognormal { .. } => Shape::Lognormal { sigma: shape.min(5.0) },
                other => other.clone(),
            })
        }
    };
    scenario.laws.values().map(drawn).collect()
}

/// The law of a drift.
#[derive(Clone, Copy)]
struct DriftLaw {
    /// Standard deviation of the logarithm.
    sd: f64,
    /// Correlation from year to year.
    persistence: f64,
    /// Key of the part that it shares with others, and the square root of how much.
    shared: Option<(u64, f64)>,
}

/// Drift, unrolled over the financial years.
struct Drifted {
    /// For each drift and year, the logarithm that moves shares.
    logs: Table<DriftId, Vec<f64>>,
    /// The law of each drift.
    laws: Table<DriftId, DriftLaw>,
    /// For each drift and year, the factor with mean one that multiplies rates and hazard ratios.
    factors: Table<DriftId, Vec<f64>>,
    /// Which drift moves the share of an exit.
    shares: BTreeMap<ExitId, DriftId>,
    /// Which moves its hazard ratio.
    hazard_ratios: BTreeMap<ExitId, DriftId>,
    /// Which moves a stream.
    streams: BTreeMap<ArrivalsId, DriftId>,
}

impl Drifted {
    fn new(scenario: &Scenario, values: &Values, stream: Option<Stream>) -> Self {
        let mut drifted = Self {
            logs: Table::new(),
            laws: Table::new(),
            factors: Table::new(),
            shares: BTreeMap::new(),
            hazard_ratios: BTreeMap::new(),
            streams: BTreeMap::new(),
        };
        let Some(stream) = stream else { return drifted };
        for (number, drift) in scenario.drifts.iter() {
            let sd = values[drift.sd];
            let logs = drift_path(
                drift.key,
                drift.shared,
                sd,
                values[drift.persistence],
                scenario.calendar.years(),
                stream,
            );
            // The mean of a lognormal is exp(sd^2 / 2) times its median.
            drifted.factors.push(logs.iter().map(|x| libm::exp(x - sd * sd / 2.0)).collect());
            drifted.logs.push(logs);
            drifted.laws.push(DriftLaw { sd, persistence: values[drift.persistence], shared: drift.shared });
            if sd == 0.0 {
                continue;
            }
            for moved in &drift.moves {
                match *moved {
                    Moved::Arrivals(s) => drifted.streams.insert(s, number),
                    Moved::Share(e) => drifted.shares.insert(e, number),
                    Moved::Pace(e) => drifted.hazard_ratios.insert(e, number),
                };
            }
        }
        drifted
    }
}

/// The drifts that move the shares of one state.
struct Drifting<'a> {
    drifted: &'a Drifted,
    /// Those drifts, by their number in the scenario.
    drifts: Vec<DriftId>,
    /// For each exit, which of them moves it.
    by: Vec<Option<usize>>,
    /// Their covariances in the year last asked for, and points that stand for their law.
    covariance: Vec<Vec<f64>>,
    law: drift::Drifts,
    /// The shifts of rows of shares already met under that law.
    known: BTreeMap<Vec<u64>, Vec<f64>>,
}

impl<'a> Drifting<'a> {
    fn new(drifted: &'a Drifted, exits: IdRange<ExitId>) -> Self {
        let mover = |exit: ExitId| drifted.shares.get(&exit).copied();
        let mut drifts: Vec<DriftId> = exits.iter().filter_map(mover).collect();
        drifts.sort_unstable();
        drifts.dedup();
        let by = exits.iter().map(|e| mover(e).and_then(|d| drifts.binary_search(&d).ok())).collect();
        let law = drift::Drifts::new(&[]);
        Self { drifted, drifts, by, covariance: Vec::new(), law, known: BTreeMap::new() }
    }

    /// What shares come to in a financial year.
    fn shares(&mut self, shares: &[f64], year: usize) -> Vec<f64> {
        if self.drifts.is_empty() {
            return drift::moved(shares, |_| 0.0);
        }
        let covariance = self.covariance_in(year);
        if covariance != self.covariance {
            self.law = drift::Drifts::new(&covariance);
            self.covariance = covariance;
            self.known.clear();
        }
        let key = shares.iter().map(|p| p.to_bits()).collect();
        let shifts = self.known.entry(key).or_insert_with(|| self.law.shifts(shares, &self.by));
        let log = |j: usize| self.by[j].map_or(0.0, |d| self.drifted.logs[self.drifts[d]][year]);
        drift::moved(shares, |j| shifts[j] + log(j))
    }

    fn covariance_in(&self, year: usize) -> Vec<Vec<f64>> {
        let laws: Vec<_> = self.drifts.iter().map(|&d| self.drifted.laws[d]).collect();
        (0..laws.len())
            .map(|i| (0..laws.len()).map(|j| covariance(laws[i], laws[j], i == j, year)).collect())
            .collect()
    }
}

/// The covariance of two drifts in a financial year. Each is a stationary AR(1); their innovations are correlated by
/// what they share. Unless they persist alike, that of the first year is not that of later ones.
fn covariance(a: DriftLaw, b: DriftLaw, same: bool, year: usize) -> f64 {
    let innovations = match (a.shared, b.shared) {
        _ if same => 1.0,
        (Some((key, part)), Some((other_key, other))) if key == other_key => part * other,
        _ => 0.0,
    };
    let (p, q) = (a.persistence, b.persistence);
    let new = libm::sqrt((1.0 - p * p) * (1.0 - q * q)) * innovations;
    let step = |correlation: f64, _| if p == q { correlation } else { p * q * correlation + new };
    a.sd * b.sd * (0..year).fold(innovations, step)
}

/// A stationary AR(1) by year: x(0) = sd z(0), x(y) = persistence x(y-1) + sd sqrt(1 - persistence^2) z(y)
/// (Box and Jenkins 1976, section 3.2). The shared part of each z is common to the drifts that share it.
fn drift_path(
    key: u64,
    shared: Option<(u64, f64)>,
    sd: f64,
    persistence: f64,
    years: usize,
    stream: Stream,
) -> Vec<f64> {
    let z = |key: u64, year: usize| normal_quantile(stream.keyed(key).nth(year as u64).unit());
    let mut x = 0.0;
    (0..years)
        .map(|year| {
            let own = z(key, year);
            let z = shared.map_or(own, |(k, part)| part * z(k, year) + libm::sqrt(1.0 - part * part) * own);
            x = if year == 0 {
                sd * z
            } else {
                persistence * x + sd * libm::sqrt(1.0 - persistence * persistence) * z
            };
            x
        })
        .collect()
}

/// A schedule without the steps that change nothing.
fn steps(schedule: impl Iterator<Item = (Tick, f64)>) -> HazardRatio {
    let mut steps: HazardRatio = Vec::new();
    for step in schedule {
        if steps.last().is_none_or(|last| last.1 != step.1) {
            steps.push(step);
        }
    }
    steps
}

/// What an intervention multiplies hazards by. A ramp and a fade go by steps of a month or less, and within one stand at
/// its middle; outside them this is exact.
fn factors(calendar: &Calendar, intervention: &Intervention, times: f64) -> HazardRatio {
    let mut turns = edges(intervention);
    turns.extend((0..calendar.months()).map(|m| calendar.month_start(m)));
    turns.sort_unstable();
    turns.dedup();
    let ends = turns[1..].iter().copied().chain([calendar.end()]);
    let level = |from: Tick, to: Tick| intervention.level(Tick::midpoint(from, to.max(from + 1)));
    let after = turns.iter().zip(ends).map(|(&from, to)| (from, 1.0 + (times - 1.0) * level(from, to)));
    steps(std::iter::once((Tick::MIN, 1.0)).chain(after))
}

/// A schedule from an instant on, and 1 before it.
fn from_then_on(hazard_ratio: &HazardRatio, from: Tick) -> HazardRatio {
    let later = hazard_ratio.iter().filter(|p| p.0 > from).copied();
    steps([(Tick::MIN, 1.0), (from, value(hazard_ratio, from))].into_iter().chain(later))
}

/// What a schedule stands at.
fn value(hazard_ratio: &HazardRatio, at: Tick) -> f64 {
    let turn = hazard_ratio.partition_point(|p| p.0 <= at).checked_sub(1);
    turn.map_or(1.0, |turn| hazard_ratio[turn].1)
}

/// The product of two schedules.
fn product(one: &HazardRatio, other: &HazardRatio) -> HazardRatio {
    let mut turns: Vec<Tick> = one.iter().chain(other).map(|p| p.0).collect();
    turns.sort_unstable();
    turns.dedup();
    steps(turns.into_iter().map(|t| (t, value(one, t) * value(other, t))))
}

/// Families expected in each month, before interventions.
fn families(scenario: &Scenario, values: &Values, drift: &Drifted) -> Table<ArrivalsId, Vec<f64>> {
    let calendar = &scenario.calendar;
    let stream = |(number, s): (ArrivalsId, &crate::scenario::Arrivals)| {
        let mut since = 0.0;
        (0..calendar.months())
            .map(|month| {
                let years = calendar.years_in_month(month);
                let grown = libm::pow(1.0 + s.growth.map_or(0.0, |n| values[n]), since + years / 2.0);
                since += years;
                let drift = drift
                    .streams
                    .get(&number)
                    .map_or(1.0, |d| drift.factors[*d][calendar.year_of_month(month)]);
                let part = calendar.weighted_part_of_year(month, &s.seasonality);
                values[s.children_per_year] / s.mean_family * part * grown * drift
            })
            .collect()
    };
    scenario.arrivals.iter().map(stream).collect()
}

/// A length of months in ticks.
#[must_use]
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "saturates")]
pub(super) fn months(n: f64) -> Tick {
    (n * YEAR as f64 / 12.0) as Tick
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Persisting 0.6 and 0.8, innovations have sqrt((1 - 0.36) (1 - 0.64)) = 0.48 of their size; sharing 0.6 and 0.5,
    /// they are correlated by 0.3. So the correlation is 0.3, then 0.48 x 0.3 + 0.48 x 0.3 = 0.288, then
    /// 0.48 x 0.288 + 0.144 = 0.28224; deviations of 0.2 and 0.5 make a tenth of it.
    #[test]
    fn drifts_are_correlated_by_what_they_share_as_long_as_it_persists() {
        let one = DriftLaw { sd: 0.2, persistence: 0.6, shared: Some((7, 0.6)) };
        let other = DriftLaw { sd: 0.5, persistence: 0.8, shared: Some((7, 0.5)) };
        for (year, due) in [(0, 0.03), (1, 0.0288), (2, 0.028_224)] {
            for (a, b) in [(one, other), (other, one)] {
                let found = covariance(a, b, false, year);
                assert!((found - due).abs() < 1e-15, "year {year}: {found} instead of {due}");
            }
            assert!((covariance(one, one, true, year) - 0.04).abs() < 1e-15, "with itself, year {year}");
            assert!((covariance(other, other, true, year) - 0.25).abs() < 1e-15, "with itself, year {year}");
            for apart in [None, Some((8, 0.5))] {
                let apart = DriftLaw { shared: apart, ..other };
                assert_eq!(covariance(one, apart, false, year), 0.0, "nothing in common, year {year}");
            }
            // Those that persist alike keep the correlation of the first year.
            let alike = DriftLaw { persistence: 0.6, ..other };
            assert!((covariance(one, alike, false, year) - 0.03).abs() < 1e-15, "alike, year {year}");
        }
    }
}
