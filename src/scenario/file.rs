//! The file format: what a scenario file may say, in the words it says it in.
//!
//! These types are the one description of the format. The JSON Schema that editors use is made from them,
//! and the same schema checks every file, so their doc comments are what a user reads while typing.
//! Nothing here is checked beyond its shape; [`super::check`] gives it meaning.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

/// A map that keeps the order in which the file names its entries.
pub type Named<T> = IndexMap<String, T>;

/// A scenario: a pathway, the children already on it, what it costs, and what the council might do.
///
/// Tables from the file named by `extends` are kept unless this file says otherwise. Structures merge by
/// name; a number, a time law, a list or a text that is given again replaces the old one whole.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// The scenario that this one starts from: the bare name of a shipped scenario, or a path to a file
    /// relative to this one.
    pub extends: Option<String>,
    /// What the scenario is called in tables and charts.
    pub name: String,
    /// One or two sentences for the reader of the report.
    pub description: Option<String>,
    /// How many children aged 0 to 17 live in the area that the numbers are for. A file that extends another and gives its
    /// own takes arrivals, the opening caseload, places and pounds a year in proportion, but for what it says itself; what
    /// is on record of the other area is left out.
    pub population: Option<f64>,
    /// When the simulation starts, how long it goes on.
    pub simulation: Simulation,
    /// Age bands: name = [from, to) in years, youngest first. A negative age is before birth.
    pub ages: Named<[f64; 2]>,
    /// Groups a child belongs to for good (general, disabled children, unaccompanied asylum-seeking children).
    #[serde(default)]
    pub cohorts: Named<Class>,
    /// Lasting need classes (standard, complex). The share in each is drawn once for each child.
    #[serde(default)]
    pub needs: Named<NeedClass>,
    /// Named uncertain numbers that others are blended by.
    #[serde(default)]
    pub parameters: Named<Parameter>,
    /// Who arrives, how often, and where they start.
    #[serde(default)]
    pub arrivals: Named<Arrivals>,
    /// How alike the decisions for children of one family are.
    pub siblings: Option<Siblings>,
    /// The stages of the pathway.
    pub stages: Named<State>,
    /// What runs beside a stage while a child is in it: a chain of placements, a legal status.
    #[serde(default)]
    pub tracks: Named<Track>,
    /// Pools of places that are finite.
    #[serde(default)]
    pub pools: Named<Pool>,
    /// The children already there on the first day, by stage.
    #[serde(default)]
    pub opening: Named<Opening>,
    /// Rates that wander from year to year.
    #[serde(default)]
    pub drift: Named<Drift>,
    /// Counts of children on a day, as published counts define them: sums over stages.
    #[serde(default)]
    pub stocks: Named<Stock>,
    /// Counts of events in a period.
    #[serde(default)]
    pub flows: Named<Flow>,
    /// The financial year whose prices the costs are in, such as "2024-25".
    pub price_base: Option<String>,
    /// Cost lines of the budget.
    #[serde(default)]
    pub costs: Named<CostLine>,
    /// Income lines: as costs, but taken off.
    #[serde(default)]
    pub income: Named<CostLine>,
    /// What the council pays for that changes shares, times, arrivals or places from a date.
    #[serde(default)]
    pub interventions: Named<Intervention>,
    /// Published figures for past years, drawn in the charts before the projection. Keyed by item
    /// (`looked_after`, `care_starts`, `"care_ends/adoption"`). Lines of costs and income have an `outturn` instead.
    #[serde(default)]
    pub recorded: Named<Recorded>,
}

/// When the simulation runs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    /// The first day simulated, such as 2025-04-01. The opening caseload is that of the evening before.
    pub start: String,
    /// How many years are simulated.
    #[schemars(range(min = 1, max = 100))]
    pub years: u32,
    /// `civil` (the default) has months and leap days as they are; `plain` has years of 365 days in twelve
    /// equal months, for comparison with other programs.
    #[serde(default)]
    pub calendar: CalendarKind,
    /// How many futures are simulated when the command line does not say.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub runs: Option<u32>,
}

/// Which calendar months and years follow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CalendarKind {
    /// Calendar months, leap days included.
    #[default]
    Civil,
    /// Years of 365 days, twelve equal months.
    Plain,
}

/// A named group of children.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// What it is called in tables.
    pub title: Option<String>,
}

/// A lasting class of need.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NeedClass {
    /// What it is called in tables.
    pub title: Option<String>,
    /// The share of children in it: a number, `"rest"`, or a table by age (when first known) or cohort.
    pub share: Varying<Share>,
    /// Where its numbers come from.
    pub source: Option<String>,
}

/// A number: exact, a range, or a blend of two by a parameter.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Number {
    /// An exact number.
    Exact(f64),
    /// A best estimate with the interval that holds 95% of what is thought possible.
    Range(Range),
    /// A number between two, by a named parameter.
    Blend(Blend),
}

/// A best estimate and the interval thought to hold the truth with 95% probability.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The best estimate: the median.
    pub best: f64,
    /// Lower end of the 95% interval.
    pub low: f64,
    /// Upper end of the 95% interval.
    pub high: f64,
    /// How it is spread. By default shares are spread on the log-odds scale, other positive numbers on the
    /// log scale, and the rest on the plain scale, each with its own spread on either side of the best estimate.
    pub law: Option<RangeLaw>,
    /// Where the number comes from, or `assumption` and why.
    pub source: Option<String>,
}

/// How a range is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RangeLaw {
    /// Two half-normals joined at the best estimate.
    Normal,
    /// The same on the log scale.
    Lognormal,
    /// The same on the log-odds scale.
    Logit,
    /// All values from low to high alike (the interval is then the whole of it); `best` must be the middle.
    Uniform,
    /// A triangle from low to high with its top at `best` (the interval is then the whole of it).
    Triangular,
    /// A smooth hump from low to high with its top at `best`, mean (low + 4 best + high) / 6 (the interval is then the
    /// whole of it).
    Pert,
    /// For shares: the beta law of which `low` to `high` holds 95%; `best` must be its median.
    Beta,
}

impl RangeLaw {
    /// What the law is called in what is put out: `log-odds` for what the file calls `logit`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Lognormal => "lognormal",
            Self::Logit => "log-odds",
            Self::Uniform => "uniform",
            Self::Triangular => "triangular",
            Self::Pert => "PERT",
            Self::Beta => "beta",
        }
    }
}

/// A number between two, by a named parameter: weight 0 gives the first, weight 1 the second.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Blend {
    /// The values at weight 0 and at weight 1.
    pub between: [f64; 2],
    /// The parameter, from 0 to 1, that says how far to go from the first to the second.
    pub weight: String,
    /// Where the two values come from.
    pub source: Option<String>,
}

/// A named uncertain number.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// What it is.
    pub title: Option<String>,
    /// Its value: an exact number or a range.
    pub value: Number,
    /// Where it comes from.
    pub source: Option<String>,
}

/// A value, or a table of values by age band, cohort, need or plan (tables may hold tables).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Varying<T> {
    /// A table by an attribute of the child.
    By(ByTable<T>),
    /// One value for all.
    Same(T),
}

/// Values by an attribute of the child.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct ByTable<T> {
    /// The attribute: `age`, `cohort`, `need`, or (in tracks) `plan`.
    pub by: Attribute,
    /// The value for classes that are not named.
    pub others: Option<Box<Varying<T>>>,
    /// A value for each class, by its name.
    #[serde(flatten)]
    pub values: IndexMap<String, Varying<T>>,
}

/// What a table may vary by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// Age band on entering the stage.
    Age,
    /// Cohort.
    Cohort,
    /// Need class.
    Need,
    /// In tracks: the exit already drawn for the stage the track runs beside, by its name.
    Plan,
}

/// A share that was counted: so many of so many. What that leaves unknown is a beta law (of Jeffreys).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountedShare {
    /// How many went this way.
    pub count: f64,
    /// Of how many. Without it all shares of the row are counts, and they sum to the whole.
    pub of: Option<f64>,
    /// Where the count comes from.
    pub source: Option<String>,
}

/// A rate: a number a year, or what was counted in some years.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Rate {
    /// A number a year.
    Number(Number),
    /// A count.
    Counted(CountedRate),
}

/// A rate that was counted: so many in so many years. What that leaves unknown is a gamma law (of Jeffreys).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountedRate {
    /// How many there were.
    pub count: f64,
    /// In how many years.
    pub years: f64,
    /// Where the count comes from.
    pub source: Option<String>,
}

/// A share from 0 to 1, or `"rest"`: what the others leave.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Share {
    /// A share from 0 to 1.
    Part(Number),
    /// A share that was counted.
    Counted(CountedShare),
    /// `"rest"`.
    Rest(Rest),
}

/// The word `rest`.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rest {
    /// What the other shares leave.
    Rest,
}

/// How long something takes. Lengths are in days unless `unit` says otherwise.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "law", rename_all = "snake_case", deny_unknown_fields)]
pub enum TimeLaw {
    /// Always the same.
    Fixed {
        /// How long.
        length: Number,
        /// Unit of length.
        #[serde(default)]
        unit: Unit,
    },
    /// The same chance of ending each day.
    Exponential {
        /// Mean.
        mean: Number,
        /// Unit of length.
        #[serde(default)]
        unit: Unit,
    },
    /// Gamma, with the given shape and mean.
    Gamma {
        /// Shape: 1 is exponential, larger is more regular.
        shape: Number,
        /// Mean.
        mean: Number,
        /// Unit of length.
        #[serde(default)]
        unit: Unit,
    },
    /// Weibull, with the given shape and either scale or median.
    Weibull {
        /// Shape: below 1 the chance of ending falls with time, above 1 it rises.
        shape: Number,
        /// The scale parameter (63.2% have ended by then).
        scale: Option<Number>,
        /// The median, instead of the scale.
        median: Option<Number>,
        /// Unit of length.
        #[serde(default)]
        unit: Unit,
    },
    /// Lognormal.
    Lognormal {
        /// Median.
        median: Number,
        /// Standard deviation of the logarithm.
        sigma: Number,
        /// Unit of length.
        #[serde(default)]
        unit: Unit,
    },
    /// Triangular.
    Triangular {
        /// Shortest.
        low: f64,
        /// Most likely.
        mode: f64,
        /// Longest.
        high: f64,
        /// Multiplies all three (1 unless said).
        times: Option<Number>,
        /// Unit of length.
        #[serde(default)]
        unit: Unit,
    },
    /// Read off published quantiles, straight lines between them.
    Quantiles {
        /// Pairs of [share ended, length], from [0, shortest] to [1, longest].
        points: Vec<[f64; 2]>,
        /// Multiplies all lengths (1 unless said).
        times: Option<Number>,
        /// Unit of length.
        #[serde(default)]
        unit: Unit,
    },
    /// Until the child reaches an age: at once for one who has reached it.
    UntilAge {
        /// The age in years; 0 is birth.
        age: f64,
    },
}

/// A unit of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Days.
    #[default]
    Days,
    /// Weeks of 7 days.
    Weeks,
    /// Months of 365.25/12 days.
    Months,
    /// Years of 365.25 days.
    Years,
}

/// A stage of the pathway, or a state of a track.
///
/// With shares and times its exits are a lottery; with times only, a race that the earliest wins; with
/// shares only, a decision taken at once. Without exits it is an end.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// What it is called in tables.
    pub title: Option<String>,
    /// The exits.
    #[serde(default)]
    pub exits: Named<Exit>,
    /// The time law of every exit that has none of its own.
    pub time: Option<Varying<TimeLaw>>,
    /// A birthday that ends the stay, whatever else would have.
    pub birthday: Option<Birthday>,
    /// The pool whose places are taken up by children here.
    pub pool: Option<String>,
    /// When the pool is full: the name of the state to go to instead, or `"wait"`. May vary by age, cohort or need.
    pub if_full: Option<Varying<String>>,
    /// Heavy tail of prices: standard deviation of the logarithm of a placement's price relative to its
    /// line's average. Each stay draws its own; the average stays what the tariff says.
    pub price_spread: Option<f64>,
    /// Correlation between siblings of the decision here, instead of the general one.
    pub sibling_correlation: Option<Number>,
    /// Where the numbers of this table come from.
    pub source: Option<String>,
}

/// One exit of a stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exit {
    /// What it is called in tables.
    pub title: Option<String>,
    /// The stage it leads to.
    pub to: String,
    /// The share of entrants who are bound for it.
    pub share: Option<Varying<Share>>,
    /// How long it takes.
    pub time: Option<Varying<TimeLaw>>,
    /// Multiplies the chance per day of leaving this way, for children already in the stage too (1 unless said).
    pub pace: Option<Number>,
    /// Where its numbers come from.
    pub source: Option<String>,
}

/// A birthday that ends a stay.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Birthday {
    /// The age in years.
    pub age: f64,
    /// The stage it leads to.
    pub to: String,
    /// What leaving this way is called among the exits ("birthday" unless said).
    pub exit: Option<String>,
    /// What it is called in tables.
    pub title: Option<String>,
}

/// What runs beside some stages: starts when a child enters the first of them and ends with the last.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// What it is called in tables.
    pub title: Option<String>,
    /// The stages during which it runs. It goes on where a child moves from one of them straight to another, unless `fixed`
    /// holds it in either.
    pub during: Vec<String>,
    /// Which state a child starts in: shares by state name. May vary by age, cohort, need or plan.
    pub first: Varying<IndexMap<String, Share>>,
    /// Stages that hold the child in one state of the track: stage = state.
    #[serde(default)]
    pub fixed: IndexMap<String, String>,
    /// Its states.
    pub states: Named<State>,
    /// Where the numbers of `first` come from.
    pub source: Option<String>,
}

/// A finite number of places.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// What it is called in tables.
    pub title: Option<String>,
    /// How many children can be there at once.
    pub places: Number,
    /// Also count how its places are used: `places_taken/NAME`, taken at each month's end, and in per cent of all days of
    /// places; and, if children wait for one, `waiting_for/NAME`, how many wait, and how many days those had waited who
    /// were let in or gave up, those let in at once among them.
    #[serde(default)]
    pub count_use: bool,
    /// Where the number comes from.
    pub source: Option<String>,
}

/// A stream of families arriving.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrivals {
    /// What it is called in tables.
    pub title: Option<String>,
    /// Children a year at the start. Families a year follow from the mean family size.
    pub children_per_year: Rate,
    /// Growth a year (0.02 is 2%), compound, from the start.
    pub growth: Option<Number>,
    /// Twelve factors, January first, with mean 1: how busy a day of that month is, 1.0 in each month being a level
    /// service. A month's part of the year is its factor times its days, over the sum of these, so that a financial year has
    /// `children_per_year` whatever the factors. From monthly counts: divide each by the days of its month, then by the mean
    /// of the twelve.
    pub seasonality: Option<Vec<f64>>,
    /// The stage they arrive in.
    pub enters: String,
    /// Shares of families by number of children arriving together, such as { 1 = 0.6, 2 = 0.4 }.
    /// One child each unless said.
    #[serde(default)]
    pub family_sizes: IndexMap<String, f64>,
    /// Shares of children by age band, within which all ages are alike; or of a band by completed years, such as
    /// 10-12 = 0.1 and 13-15 = 0.2 in place of a band from 10 to 16.
    pub ages: IndexMap<String, f64>,
    /// Shares of children by cohort (all in the first unless said).
    #[serde(default)]
    pub cohorts: IndexMap<String, f64>,
    /// Where the numbers come from.
    pub source: Option<String>,
}

/// How alike the decisions for siblings are.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Siblings {
    /// Correlation between two siblings of which way a shared decision goes.
    pub correlation: Number,
    /// Where it comes from.
    pub source: Option<String>,
}

/// The children in a stage on the first day.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// How many.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub count: u32,
    /// How they divide by age band: counts that add up to `count`, or shares that add up to 1. As those who arrive unless
    /// said. Within a band they are as old as those are who came, by `entries_by_age`, and have not left.
    #[serde(default)]
    pub ages: IndexMap<String, f64>,
    /// How they divide by cohort: counts that add up to `count`, or shares that add up to 1. All in the first unless said.
    #[serde(default)]
    pub cohorts: IndexMap<String, f64>,
    /// How they divide by state of each track: track = { state = count }, with counts that add up to `count`, or shares
    /// that add up to 1.
    #[serde(default)]
    pub tracks: IndexMap<String, IndexMap<String, f64>>,
    /// The figures were rounded to multiples of this when they were published, such as 5: counts may then add up to a little
    /// more or less than `count`, by half of this for each figure.
    pub rounded_to: Option<u32>,
    /// How they divide by number of siblings there together: { 1 = 0.5, 2 = 0.3, 3 = 0.2 }, shares of
    /// groups. One child each unless said.
    #[serde(default)]
    pub family_sizes: IndexMap<String, f64>,
    /// Entries a year per year of age, by age band at entry, up to a common factor: they say how
    /// likely it is that a child aged 10 came at 2 rather than at 9, and how many of a band are nearly too old for it. A
    /// band may be divided by completed years, such as 10-12 and 13-15. All ages alike unless said.
    #[serde(default)]
    pub entries_by_age: IndexMap<String, f64>,
    /// Entries in each past year ending 31 March, up to a common factor. Level unless said; years before
    /// the first are as the first.
    #[serde(default)]
    pub entries_by_year: IndexMap<String, f64>,
    /// `true` starts every stay on the first day. Otherwise time served is drawn from the law above.
    #[serde(default)]
    pub fresh: bool,
    /// Where the numbers come from.
    pub source: Option<String>,
}

/// Year-to-year wandering of one or more rates together: a log-AR(1) with mean one by financial year.
/// Arrivals and paces are multiplied by it; shares move by its logarithm on the log-odds scale.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// What it is called in tables.
    pub title: Option<String>,
    /// The rates that move, by their path in the file: `arrivals.families`,
    /// `stages.child_protection_plan.exits.care.share`, `stages.care.exits.adoption.pace`.
    pub moves: Vec<String>,
    /// Standard deviation of the logarithm.
    pub sd: Number,
    /// Correlation from one year to the next.
    pub persistence: Number,
    /// Correlation of this drift with every other that names the same factor.
    pub shared: Option<SharedDrift>,
    /// Where the numbers come from.
    pub source: Option<String>,
}

/// A part of a drift that is common to several.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SharedDrift {
    /// Name of the common factor.
    pub factor: String,
    /// Correlation between two drifts that share it with the same number (0 to 1).
    pub correlation: f64,
}

/// A count of children on a day.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stock {
    /// What it is called in tables and charts.
    pub title: String,
    /// The stages (or `track.state`) that are counted. Who waits outside a full stage is in `stage/waiting`, which can be
    /// counted too.
    pub stages: Vec<String>,
    /// Only these cohorts (all unless said).
    pub cohorts: Option<Vec<String>>,
    /// Also counted by these: names of tracks, or `age` (on 31 March only), `cohort`, `need`.
    #[serde(default)]
    pub by: Vec<String>,
    /// Said under tables: what is in the count, and what is not.
    pub note: Option<String>,
}

/// A count of events in a period. Exactly one of `into`, `out_of`, `exits`, `moves_in` says which. Of `into` and `out_of`
/// all are stages, or all are states of one track (`track.state`). A track that begins with its stage comes into its first
/// state from outside, and one that ends with it goes out.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// What it is called in tables and charts.
    pub title: String,
    /// Entries to these stages (or `track.state`) from outside them. Who is refused a place has not entered; see
    /// `refused/STAGE` in the results.
    pub into: Option<Vec<String>>,
    /// Exits from these stages (or `track.state`) to outside them.
    pub out_of: Option<Vec<String>>,
    /// These exits, as `stage.exit`. That of a birthday counts those too whom it finds waiting for a place of the stage.
    pub exits: Option<Vec<String>>,
    /// Changes of state within this track.
    pub moves_in: Option<String>,
    /// Also count exits by name (`care_ends/adoption`). Only with `out_of`. Where a track ends with its stage it is
    /// `NAME/stage_ended`.
    #[serde(default)]
    pub by_exit: bool,
    /// Also counted by these: `age` (in whole years on the day of the event), `cohort`, `need`, or names of tracks
    /// (`care_starts/age_1_4`, `care_starts/foster`). The state of a track is that of the moment: of those who come into
    /// a stage, the one entered first; of those who leave it, the one left. Who leaves at the instant of coming has been in
    /// none, and is in `NAME/no_TRACK`.
    #[serde(default)]
    pub by: Vec<String>,
    /// Said under tables.
    pub note: Option<String>,
}

/// Whether money is saved when there are fewer children.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// It varies with children: fewer children, less cash paid out.
    Varies,
    /// It is fixed in the short run: fewer children free staff or buildings, but no cash.
    Fixed,
}

/// Whether a line is charged by case or by staff, never both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// By children, weeks and events.
    Case,
    /// By what the staff and buildings cost, whatever they do.
    Staff,
}

/// A line of the budget.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostLine {
    /// What it is called in tables.
    pub title: String,
    /// Whether it varies with children or is fixed.
    pub behaves: Behaviour,
    /// Whether it is charged by case or by staff.
    pub basis: Basis,
    /// Price growth a year beyond the price base (0.03 is 3%), compound, each April.
    pub growth: Option<Number>,
    /// What is charged.
    pub charges: Named<Charge>,
    /// Published outturn in pounds by financial year (`"2024-25" = 45_600_000`), shown beside the projection.
    #[serde(default)]
    pub outturn: IndexMap<String, f64>,
    /// Where its numbers come from.
    pub source: Option<String>,
}

/// One charge: exactly one of `per_week`, `per_event` and `per_year`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// What it is called in tables.
    pub title: Option<String>,
    /// Pounds a week for each child in the stages (or `track.state`s) of `of`. May vary by cohort or need.
    pub per_week: Option<Varying<Number>>,
    /// Pounds for each of the exits (`stage.exit`) or entries to stages named in `of`.
    pub per_event: Option<Number>,
    /// Pounds a year, whatever the number of children.
    pub per_year: Option<Number>,
    /// What is charged for.
    #[serde(default)]
    pub of: Vec<String>,
    /// Where the number comes from.
    pub source: Option<String>,
}

/// Something the council pays for that changes what happens, from a date.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Intervention {
    /// What it is called in tables and charts.
    pub title: String,
    /// The first day.
    pub from: String,
    /// The last day (none unless said).
    pub until: Option<String>,
    /// Calendar months over which it grows in a straight line from nothing to full (0 unless said).
    #[schemars(range(min = 0, max = 1_200))]
    pub ramp_up_months: Option<u32>,
    /// Calendar months over which it fades after the last day (0 unless said).
    #[schemars(range(min = 0, max = 1_200))]
    pub fade_months: Option<u32>,
    /// Whom it reaches. Needed by effects on exits.
    pub reaches: Option<Reach>,
    /// The share of those who are offered it and take it up (1 unless said).
    pub take_up: Option<Number>,
    /// How many families it can take in each financial year: part years in proportion, and what is left of a family carried
    /// over to the next year.
    pub places_per_year: Option<Number>,
    /// How many children it can hold at once, for `months_per_place` each.
    pub places: Option<Number>,
    /// How long a child holds one of the `places`.
    pub months_per_place: Option<Number>,
    /// Also count how its `places` are used, as those of a pool: `places_taken/NAME` and, if children wait for it,
    /// `waiting_for/NAME`.
    #[serde(default)]
    pub count_use: bool,
    /// What happens when it is full: `refuse` (unless said) or `wait`, in order, in the stage.
    #[serde(default)]
    pub when_full: WhenFull,
    /// What it does.
    #[serde(default)]
    pub effects: Vec<Effect>,
    /// Looks at cases that are open already, month by month, and what these lead to. An intervention has effects or reviews.
    pub reviews: Option<Reviews>,
    /// What it costs.
    pub cost: Option<InterventionCost>,
    /// Where its numbers come from.
    pub source: Option<String>,
}

/// What a full service does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenFull {
    /// It refuses.
    #[default]
    Refuse,
    /// Children wait for it in order. They are in the stage meanwhile, and counted and charged there; its times begin when they
    /// are taken in, or when the service is over.
    Wait,
}

/// Whom an intervention reaches.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// Children entering this stage (or `track.state`); for `pace_times` those who are in it, too; for reviews those who
    /// are in it.
    pub stage: String,
    /// Only these age bands.
    pub ages: Option<Vec<String>>,
    /// Only these cohorts.
    pub cohorts: Option<Vec<String>>,
    /// Only these need classes.
    pub needs: Option<Vec<String>>,
    /// For reviews: only children who are in one of these states of a track beside the stage, such as
    /// `{ placement = ["with_parents"] }`. Of several tracks, in one of the states of each.
    #[serde(default)]
    pub tracks: IndexMap<String, Vec<String>>,
    /// For reviews: only children who have been in the stage for so many months.
    pub served_months: Option<Number>,
}

/// Reviews: each month some of the children in reach are looked at, and for a share of them something changes. Exactly
/// one of `per_month` and `all_by`, and exactly one of `leads_to` and `draw_again`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reviews {
    /// How many children are reviewed a month: on the first day, and on the same day of each month after it. What is left of a
    /// child is carried over to the next month; a review for which there is no child is not.
    pub per_month: Option<Number>,
    /// The day by which all children in reach have been reviewed, in equal parts from month to month. It is the last
    /// day of the intervention.
    pub all_by: Option<String>,
    /// Who comes first: `longest` in the stage (unless said), by `chance`, or by `cost` a week, dearest first.
    #[serde(default)]
    pub order: ReviewOrder,
    /// The share of reviews that change something (1 unless said).
    pub share: Option<Number>,
    /// How long after the review that happens (at once unless said). It does not where the child has left the stage by then.
    pub after: Option<TimeLaw>,
    /// What happens: the child leaves by this exit of the stage, or goes to this `track.state` beside it.
    pub leads_to: Option<String>,
    /// `true`: the exit from the stage and its time are drawn again, as for a child of its age that enters the stage then.
    #[serde(default)]
    pub draw_again: bool,
    /// After how many months a child can be reviewed by the same intervention again (never unless said).
    pub again_after_months: Option<Number>,
}

/// In which order open cases are reviewed. Of two alike, that of the family with the lower number comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewOrder {
    /// Who has been in the stage longest.
    #[default]
    Longest,
    /// By chance, drawn anew each month.
    Chance,
    /// Whose stage and whatever runs beside it cost most a week, in the prices of `price_base`.
    Cost,
}

/// One effect. Exactly one of `share_times`, `pace_times`, `time_times`, `arrivals_times` and `adds_places`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// The exit of the reached stage that is changed (every exit for `time_times` and `pace_times` unless said).
    pub exit: Option<String>,
    /// Multiplies the share of the exit, for children entering the stage. Several are multiplied at once; exits not
    /// named share what remains.
    pub share_times: Option<Number>,
    /// With `share_times` below 1: the exit that those diverted take (in proportion among the others unless said).
    pub instead: Option<String>,
    /// Multiplies the chance per day of leaving by the exit, for children already in the stage too. A child meets it once
    /// in a stay: on entry, on the first day, or on the birthday that brings it into `ages`. Where exits have shares
    /// it brings the exit forward for those bound for it, and adds none. There can be no places.
    pub pace_times: Option<Number>,
    /// Multiplies the time the exit takes, for children entering the stage.
    pub time_times: Option<Number>,
    /// The stream of arrivals that `arrivals_times` multiplies.
    pub arrivals: Option<String>,
    /// Multiplies arrivals.
    pub arrivals_times: Option<Number>,
    /// The pool that `adds_places` adds to.
    pub pool: Option<String>,
    /// Places added to the pool (negative takes away; no child has to move out).
    pub adds_places: Option<Number>,
}

/// What an intervention costs, in the prices of `price_base`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InterventionCost {
    /// Pounds a year while it runs (from the first day in full, ramp or not). Negative where something that
    /// was paid for is withdrawn.
    pub per_year: Option<Number>,
    /// Pounds for each family reached.
    pub per_family: Option<Number>,
    /// Pounds for each child reached.
    pub per_child: Option<Number>,
    /// Pounds for each review.
    pub per_review: Option<Number>,
    /// Pounds once, on the first day.
    pub once: Option<Number>,
    /// Price growth a year (0.03 is 3%).
    pub growth: Option<Number>,
    /// Where the numbers come from.
    pub source: Option<String>,
}

/// Published figures for past years.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// Where they come from.
    pub source: String,
    /// Year ending 31 March = figure (on that day for stocks, in that year for flows and costs).
    pub years: IndexMap<String, f64>,
    /// Single later counts, drawn as points: date = figure.
    #[serde(default)]
    pub readings: IndexMap<String, f64>,
}
