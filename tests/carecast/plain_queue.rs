//! Pools and services against a model so plain that it can be seen to be right: a list of children, looked through
//! for whatever happens next. Every time is fixed, so that nothing is left to chance but what is asked here.

use std::fmt::Write;

use carecast::experiment::summary::Measure::{Cost, Days, Flow, Stock};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::outcomes::future;

/// A day in the finest time that a scenario knows.
const DAY: i64 = 65_536;
/// Ends of the 24 months from April 2025, in days.
const MONTH_ENDS: [i64; 24] = [
    30, 61, 91, 122, 153, 183, 214, 244, 275, 306, 334, 365, 395, 426, 456, 487, 518, 548, 579, 609, 640,
    671, 699, 730,
];

/// What a full place does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Full {
    Refuses,
    Waits,
}

/// A service at the stage.
#[derive(Debug, Clone, Copy)]
enum Service {
    /// So many children at once, for so many months each; from the first day to the end of a month, if it ends.
    Places { places: u32, months: i64, full: Full, last: Option<usize> },
    /// So many families a year.
    Quota(u32),
}

/// A stage with a pool, and maybe a service, and those who come to it.
#[derive(Debug, Clone)]
struct Model {
    /// Groups of children: on which day they come, and how many.
    groups: Vec<(i64, u32)>,
    places: i64,
    /// Places that are added (or taken away) at the end of a month.
    added: Option<(usize, i64)>,
    full: Full,
    /// Days of a stay.
    stay: i64,
    service: Option<Service>,
    /// What the service multiplies a stay by, in halves.
    halves: i64,
    /// Days of the stage that all this runs beside, if it is the state of a track: when it ends, all ends with it.
    beside: Option<i64>,
}

impl Model {
    /// When a group comes. Each has a moment of the day of its own, so that no two things happen at once
    /// that are not meant to.
    fn comes(&self, group: usize) -> f64 {
        self.groups[group].0 as f64 + (2 * group + 1) as f64 / 64.0
    }

    fn text(&self) -> String {
        let (state, to, around) = match self.beside {
            None => ("stages.home", "out", FLOWS.to_owned()),
            Some(days) => ("tracks.place.states.home", "over", TRACK.replace("DAYS", &days.to_string())),
        };
        let line = if self.full == Full::Waits { "home/waiting" } else { "over" };
        let pool = format!(
            r#"
[{state}]
pool = "beds"
if_full = "{}"
exits.out = {{ to = "{to}", share = 1, time = {{ law = "fixed", length = {} }} }}
[pools.beds]
places = {}
[stages.out]
[stocks.home]
title = "Home"
stages = ["{}"]
[stocks.line]
title = "Line"
stages = ["{}"]
"#,
            if self.full == Full::Waits { "wait" } else { "over" },
            self.stay,
            self.places,
            self.named("home"),
            self.named(line),
        );
        self.doors() + &pool + &around + &self.plans()
    }

    /// A stage, or a state of the track.
    fn named(&self, state: &str) -> String {
        if self.beside.is_some() { format!("place.{state}") } else { state.to_owned() }
    }

    /// Those who come, each group from a stage of its own.
    fn doors(&self) -> String {
        let to = if self.beside.is_some() { "care" } else { "home" };
        let door = |(group, (_, children)): (usize, &(i64, u32))| {
            let day = self.comes(group);
            format!(
                "[stages.door{group}]\nexits.in = {{ to = \"{to}\", share = 1, time = {{ law = \"fixed\", length = {day} }} }}\n[opening.door{group}]\ncount = {children}\nfresh = true\n"
            )
        };
        let doors: String = self.groups.iter().enumerate().map(door).collect();
        crate::outcomes::text("2025-04-01", 2, &format!("[ages]\nchild = [0, 1]\n{doors}"))
    }

    /// The places that are added, and the service: one that nobody takes up where there is none.
    fn plans(&self) -> String {
        let mut text = String::new();
        if let Some((month, places)) = self.added {
            let date = first_of(month + 1);
            write!(text, "[interventions.beds]\ntitle = \"Beds\"\nfrom = \"{date}\"\neffects = [{{ pool = \"beds\", adds_places = {places} }}]\n").unwrap();
        }
        let limit = match self.service {
            Some(Service::Places { places, months, full, last }) => {
                let until = last.map_or(String::new(), |month| format!("until = \"{}\"\n", last_of(month)));
                let wait = if full == Full::Waits { "when_full = \"wait\"\n" } else { "" };
                format!("{until}places = {places}\nmonths_per_place = {months}\n{wait}")
            }
            Some(Service::Quota(families)) => format!("places_per_year = {families}\n"),
            None => "take_up = 0\n".to_owned(),
        };
        let (name, times) = (self.named("home"), self.halves as f64 / 2.0);
        text + &format!(
            "[interventions.x]\ntitle = \"x\"\nfrom = \"2025-04-01\"\nreaches = {{ stage = \"{name}\" }}\n{limit}effects = [{{ time_times = {times} }}]\n"
        )
    }
}

/// What is beside a stage, and what is counted there.
const FLOWS: &str = r#"
[stages.over]
exits.out = { to = "out", share = 1, time = { law = "fixed", length = 10 } }
[flows.into]
title = "Into"
into = ["home"]
[flows.out]
title = "Out"
out_of = ["home"]
[flows.over]
title = "Over"
into = ["over"]
[costs.home]
title = "Home"
behaves = "varies"
basis = "case"
charges.entry = { per_event = 1, of = ["home"] }
"#;

/// The stage that the track runs beside. Of the track, only who is where is counted, and who is reached.
const TRACK: &str = r#"
[stages.care]
exits.out = { to = "out", share = 1, time = { law = "fixed", length = DAYS } }
[tracks.place]
during = ["care"]
first = { home = 1 }
[tracks.place.states.over]
[flows.into]
title = "Into"
into = ["care"]
[flows.out]
title = "Out"
out_of = ["care"]
[flows.over]
title = "Over"
exits = ["care.out"]
[costs.home]
title = "Home"
behaves = "varies"
basis = "case"
charges.week = { per_week = 7, of = ["place.home"] }
"#;

/// The first day of a month, counted from April 2025.
fn first_of(month: usize) -> String {
    let after = month + 3;
    format!("{}-{:02}-01", 2025 + after / 12, after % 12 + 1)
}

/// The last day of a month.
fn last_of(month: usize) -> String {
    let days = MONTH_ENDS[month] - if month == 0 { 0 } else { MONTH_ENDS[month - 1] };
    let first = first_of(month);
    format!("{}{days:02}", &first[..8])
}

/// Where a child is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// On its way, to come then.
    Coming(i64),
    /// Waiting for a bed, since then.
    PoolLine(i64),
    /// With a bed, waiting for the service since then.
    ServiceLine(i64),
    /// With a bed, until then.
    Home(i64),
    Gone,
}

/// What is counted, month by month.
#[derive(Debug, Default)]
struct Counts {
    home: Vec<f64>,
    line: Vec<f64>,
    days: Vec<f64>,
    into: Vec<f64>,
    out: Vec<f64>,
    over: Vec<f64>,
    reached: Vec<f64>,
}

/// The model as it runs.
struct Plain<'a> {
    model: &'a Model,
    now: i64,
    children: Vec<At>,
    /// When the stage that the track runs beside ends for each child.
    ends: Vec<i64>,
    /// When each place of the service that is taken comes back.
    held: Vec<i64>,
    /// Families taken on by a quota in each of the two years.
    taken: [u32; 2],
    into: f64,
    out: f64,
    over: f64,
    reached: f64,
}

impl<'a> Plain<'a> {
    fn new(model: &'a Model) -> Self {
        let mut comes = Vec::new();
        for (group, (_, count)) in model.groups.iter().enumerate() {
            let day = (model.comes(group) * DAY as f64).round() as i64;
            comes.extend((0..*count).map(|_| day));
        }
        let ends = comes.iter().map(|day| model.beside.map_or(i64::MAX, |days| day + days * DAY)).collect();
        let children = comes.into_iter().map(At::Coming).collect();
        let (held, taken) = (Vec::new(), [0; 2]);
        Self { model, now: 0, children, ends, held, taken, into: 0.0, out: 0.0, over: 0.0, reached: 0.0 }
    }

    /// Beds that there are now.
    fn places(&self) -> i64 {
        let added = self.model.added.filter(|(month, _)| self.now >= MONTH_ENDS[*month] * DAY);
        (self.model.places + added.map_or(0, |a| a.1)).max(0)
    }

    fn beds_taken(&self) -> i64 {
        self.children.iter().filter(|c| matches!(c, At::ServiceLine(_) | At::Home(_))).count() as i64
    }

    /// Whether the service has ended.
    fn ended(&self) -> bool {
        match self.model.service {
            Some(Service::Places { last: Some(month), .. }) => self.now >= MONTH_ENDS[month] * DAY,
            _ => false,
        }
    }

    /// The next instant at which anything can happen.
    fn next(&self) -> i64 {
        let of_children = self.children.iter().filter_map(|c| match c {
            At::Coming(at) | At::Home(at) => Some(*at),
            _ => None,
        });
        let of_children = of_children.chain(self.ends.iter().copied());
        let dates = MONTH_ENDS.iter().map(|d| d * DAY);
        of_children
            .chain(self.held.iter().copied())
            .chain(dates)
            .filter(|&at| at > self.now)
            .min()
            .unwrap_or(i64::MAX)
    }

    /// All that happens at an instant: ends and what they free, giving up, grants, then who comes.
    fn step(&mut self) {
        let now = self.now;
        for child in 0..self.children.len() {
            if self.children[child] == At::Home(now) {
                self.children[child] = At::Gone;
                self.out += 1.0;
            }
            if self.ends[child] == now {
                self.children[child] = At::Gone;
            }
        }
        self.held.retain(|&until| until > now);
        if self.ended() {
            for child in 0..self.children.len() {
                if matches!(self.children[child], At::ServiceLine(_)) {
                    self.begin(child, false);
                }
            }
        }
        while self.grant_service() || self.grant_bed() {}
        for child in 0..self.children.len() {
            if self.children[child] == At::Coming(now) {
                self.ask_for_bed(child);
            }
        }
    }

    /// The child that has been in a line for longest.
    fn first(&self, since: impl Fn(&At) -> Option<i64>) -> Option<usize> {
        let line = self.children.iter().enumerate().filter_map(|(child, at)| Some((since(at)?, child)));
        line.min().map(|first| first.1)
    }

    fn first_for_bed(&self) -> Option<usize> {
        self.first(|at| if let At::PoolLine(since) = at { Some(*since) } else { None })
    }

    fn first_for_service(&self) -> Option<usize> {
        self.first(|at| if let At::ServiceLine(since) = at { Some(*since) } else { None })
    }

    fn grant_bed(&mut self) -> bool {
        let Some(child) = self.first_for_bed().filter(|_| self.beds_taken() < self.places()) else {
            return false;
        };
        self.into += 1.0;
        self.ask_for_service(child);
        true
    }

    fn grant_service(&mut self) -> bool {
        let Some(child) = self.first_for_service().filter(|_| self.service_has_room()) else { return false };
        self.serve(child);
        true
    }

    fn service_has_room(&self) -> bool {
        match self.model.service {
            Some(Service::Places { places, .. }) => !self.ended() && self.held.len() < places as usize,
            Some(Service::Quota(families)) => self.taken[self.year()] < families,
            None => false,
        }
    }

    fn year(&self) -> usize {
        usize::from(self.now >= 365 * DAY)
    }

    fn serve(&mut self, child: usize) {
        if let Some(Service::Places { months, .. }) = self.model.service {
            // A month is a twelfth of 365.25 days.
            self.held.push(self.now + months * DAY * 1461 / 48);
        }
        let year = self.year();
        self.taken[year] += 1;
        self.reached += 1.0;
        self.begin(child, true);
    }

    fn begin(&mut self, child: usize, served: bool) {
        let halves = if served { self.model.halves } else { 2 };
        self.children[child] = At::Home(self.now + self.model.stay * DAY * halves / 2);
    }

    fn ask_for_bed(&mut self, child: usize) {
        if self.first_for_bed().is_none() && self.beds_taken() < self.places() {
            self.into += 1.0;
            self.ask_for_service(child);
        } else if self.model.full == Full::Waits {
            self.children[child] = At::PoolLine(self.now);
        } else {
            self.over += 1.0;
            self.children[child] = At::Gone;
        }
    }

    fn ask_for_service(&mut self, child: usize) {
        let waits = matches!(self.model.service, Some(Service::Places { full: Full::Waits, .. }));
        if self.first_for_service().is_none() && self.service_has_room() {
            self.serve(child);
        } else if waits && !self.ended() {
            self.children[child] = At::ServiceLine(self.now);
        } else {
            self.begin(child, false);
        }
    }

    fn run(mut self) -> Counts {
        let mut counts = Counts::default();
        let mut day_ticks = 0;
        for end in MONTH_ENDS.map(|d| d * DAY) {
            // What happens at the end itself belongs to the next month.
            while self.next() < end {
                let then = self.next();
                day_ticks += (then - self.now) * self.beds_taken();
                self.now = then;
                self.step();
            }
            day_ticks += (end - self.now) * self.beds_taken();
            counts.month(&mut self, &mut day_ticks);
            self.now = end;
            self.step();
        }
        counts
    }
}

impl Counts {
    fn month(&mut self, plain: &mut Plain, day_ticks: &mut i64) {
        let line = plain.children.iter().filter(|c| matches!(c, At::PoolLine(_))).count();
        self.home.push(plain.beds_taken() as f64);
        self.line.push(line as f64);
        self.days.push(std::mem::take(day_ticks) as f64 / DAY as f64);
        self.into.push(std::mem::take(&mut plain.into));
        self.out.push(std::mem::take(&mut plain.out));
        self.over.push(std::mem::take(&mut plain.over));
        self.reached.push(std::mem::take(&mut plain.reached));
    }
}

/// What the program says of the same, and what it charges for entries.
fn simulated(model: &Model) -> (Counts, Vec<f64>) {
    let items = [
        (Stock, "home"),
        (Stock, "line"),
        (Days, "home"),
        (Flow, "into"),
        (Flow, "out"),
        (Flow, "over"),
        (Flow, "reached/x"),
        (Cost, "line/home"),
    ];
    let [home, line, days, into, out, over, reached, fees] = future(&model.text(), items);
    // Stocks start with the opening.
    let line = if model.full == Full::Waits { line[1..].to_vec() } else { vec![0.0; 24] };
    (Counts { home: home[1..].to_vec(), line, days, into, out, over, reached }, fees)
}

#[track_caller]
fn assert_plain(model: &Model) {
    let plain = Plain::new(model).run();
    let (counts, cost) = simulated(model);
    assert_eq!(counts.home, plain.home, "there");
    assert_eq!(counts.line, plain.line, "waiting for a bed");
    assert_eq!(counts.reached, plain.reached, "reached");
    for (got, due) in counts.days.iter().zip(&plain.days) {
        assert!((got - due).abs() < 1e-9 * due.max(1.0), "{got} days, not {due}");
    }
    if model.beside.is_some() {
        // Pounds a day, to the penny: what rounding leaves of a month goes to the next.
        assert!(
            cost.iter().zip(&plain.days).all(|(c, d)| (c - d).abs() < 0.0101),
            "{cost:?}: {:?}",
            plain.days
        );
        return;
    }
    assert_eq!(cost, plain.into, "charged for entries");
    assert_eq!(counts.into, plain.into, "entries");
    assert_eq!(counts.out, plain.out, "exits");
    assert_eq!(counts.over, plain.over, "refused");
}

/// Tries so many models of a kind, the same each time.
fn for_models(model: impl Strategy<Value = Model>) {
    let config = Config { cases: 150, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[13; 32]);
    let tested = TestRunner::new_with_rng(config, rng).run(&model, |model| {
        assert_plain(&model);
        Ok(())
    });
    if let Err(error) = tested {
        panic!("{error}");
    }
}

/// Models with a pool of some kind and a service of some kind.
fn models(
    full: Full,
    service: impl Strategy<Value = Option<Service>>,
    changes: bool,
) -> impl Strategy<Value = Model> {
    let added = (1_usize..20, -4_i64..5);
    let added = if changes { added.prop_map(Some).boxed() } else { Just(None).boxed() };
    let groups = prop::collection::vec((1_i64..400, 1_u32..5), 1..9);
    (groups, 0_i64..6, added, 3_i64..120, service, 1_i64..5).prop_map(
        move |(groups, places, added, stay, service, halves)| Model {
            groups,
            places,
            added,
            full,
            stay,
            service,
            halves,
            beside: None,
        },
    )
}

/// The same in a track, beside a stage that ends while children wait and while they are served.
fn beside(models: impl Strategy<Value = Model>) -> impl Strategy<Value = Model> {
    (models, 20_i64..150).prop_map(|(model, days)| Model { beside: Some(days), ..model })
}

fn none() -> impl Strategy<Value = Option<Service>> {
    Just(None)
}

fn places(full: Full, ends: bool) -> impl Strategy<Value = Option<Service>> {
    let last = if ends { (2_usize..14).prop_map(Some).boxed() } else { Just(None).boxed() };
    (1_u32..4, 1_i64..7, last)
        .prop_map(move |(places, months, last)| Some(Service::Places { places, months, full, last }))
}

fn quota() -> impl Strategy<Value = Option<Service>> {
    (1_u32..8).prop_map(|families| Some(Service::Quota(families)))
}

#[test]
fn a_pool_that_refuses() {
    for_models(models(Full::Refuses, none(), false));
}

#[test]
fn a_pool_that_keeps_waiting() {
    for_models(models(Full::Waits, none(), false));
}

#[test]
fn a_pool_whose_places_change() {
    for_models(models(Full::Waits, none(), true));
    for_models(models(Full::Refuses, none(), true));
}

#[test]
fn a_service_that_refuses() {
    for_models(models(Full::Refuses, places(Full::Refuses, false), false));
    for_models(models(Full::Waits, places(Full::Refuses, true), false));
}

#[test]
fn a_service_that_keeps_waiting() {
    for_models(models(Full::Refuses, places(Full::Waits, false), false));
    for_models(models(Full::Waits, places(Full::Waits, false), true));
}

#[test]
fn a_service_that_ends_while_children_wait_for_it() {
    for_models(models(Full::Refuses, places(Full::Waits, true), false));
    for_models(models(Full::Waits, places(Full::Waits, true), true));
}

#[test]
fn a_service_with_a_quota() {
    for_models(models(Full::Refuses, quota(), false));
    for_models(models(Full::Waits, quota(), true));
}

#[test]
fn a_pool_in_a_track() {
    for_models(beside(models(Full::Refuses, none(), true)));
    for_models(beside(models(Full::Waits, none(), true)));
}

#[test]
fn a_service_in_a_track() {
    // One bed, so that no two children from different groups ask for the service at once.
    let one_bed = |model| beside(model).prop_map(|model| Model { places: 1, ..model });
    for_models(one_bed(models(Full::Refuses, places(Full::Refuses, false), false)));
    for_models(one_bed(models(Full::Waits, places(Full::Waits, false), false)));
    for_models(one_bed(models(Full::Waits, places(Full::Waits, true), false)));
}
