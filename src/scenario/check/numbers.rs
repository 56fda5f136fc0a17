//! Numbers, ranges and tables by class.

use std::collections::BTreeMap;

use super::{At, Builder};
use crate::pathway::law::{beta_quantile, beta_with_interval, gamma_quantile};
use crate::pathway::{Grid, QuantityId};
use crate::scenario::ShareOf;
use crate::scenario::fault::Told;
use crate::scenario::file::{self, Attribute, CountedShare, Number, RangeLaw, Rate, Share, Varying};
use crate::scenario::number::{Quantity, Role, Spread, Value};
use crate::scenario::tree::join;
use crate::stream::Stream;

/// A range on the log scale may reach this many times beyond its best estimate: its tails reach further.
const MOST_RATIO: f64 = 100.0;
/// How far from the median of a fitted law the best estimate may be, as a part of the interval.
const CLOSE: f64 = 0.02;
/// The most that is counted: its quantiles are within reach.
const MOST_COUNTED: f64 = 1e7;

impl Builder<'_> {
    pub(super) fn parameters(&mut self) {
        for (name, parameter) in &self.file.parameters {
            let at = At::new("parameters", None).key(name).sourced(parameter.source.as_ref());
            if matches!(parameter.value, Number::Blend(_)) {
                self.unfit(
                    &at.key("value"),
                    "a parameter cannot itself be a blend",
                    "Write a number or a range such as { best = 0.2, low = 0.05, high = 0.5 }.",
                );
                continue;
            }
            self.number(&at.key("value"), &parameter.value, Role::Share, "weight from 0 to 1");
        }
    }

    /// A number of the scenario; the same path gives the same number.
    pub(super) fn number(&mut self, at: &At, number: &Number, role: Role, unit: &'static str) -> QuantityId {
        if let Some(&num) = self.known.get(at.identity()) {
            return num;
        }
        let before = self.problems.len();
        let (value, source) = match number {
            Number::Exact(x) => (Value::Exact(*x), None),
            Number::Range(r) => (self.range(at, r, role), r.source.as_ref()),
            Number::Blend(b) => {
                let weight = self.known.get(&join(&join("parameters", &b.weight), "value")).copied();
                let parameters = &self.file.parameters;
                self.position(&at.key("weight"), "parameter", ("parameters", parameters), &b.weight);
                let [from, to] = b.between;
                (
                    Value::Blend { from, to, weight: weight.unwrap_or(QuantityId::from_index(0)) },
                    b.source.as_ref(),
                )
            }
        };
        let fine = before == self.problems.len();
        self.quantity(at, (value, source), role, unit, fine)
    }

    fn range(&mut self, at: &At, r: &file::Range, role: Role) -> Value {
        let law = r.law.unwrap_or(match role {
            Role::Share => RangeLaw::Logit,
            Role::Positive | Role::NotNegative => RangeLaw::Lognormal,
            Role::Real => RangeLaw::Normal,
        });
        let before = self.problems.len();
        self.check_range(at, r, law, role);
        let spread = match law {
            RangeLaw::Beta if before == self.problems.len() => self.fitted(at, r),
            _ => Spread::By(law),
        };
        Value::Range { best: r.best, low: r.low, high: r.high, law: spread }
    }

    /// A beta law with a 95% interval, whose median the best estimate must be.
    fn fitted(&mut self, at: &At, r: &file::Range) -> Spread {
        let Some((a, b)) = beta_with_interval(r.low, r.high) else {
            self.unfit(
                at,
                format!("no beta law with a single hump reaches from {} to {}", said(r.low), said(r.high)),
                "Move `low` and `high` closer together, or leave `law` out.",
            );
            return Spread::By(RangeLaw::Logit);
        };
        let median = beta_quantile(a, b, 0.5);
        if (median - r.best).abs() > CLOSE * (r.high - r.low) {
            let median = libm::round(median * 1e4) / 1e4;
            self.unfit(
                at,
                format!("the beta law from {} to {} has its median at {median}", said(r.low), said(r.high)),
                format!("Write best = {median}, or leave `law` out: each side then has a spread of its own."),
            );
        }
        Spread::Beta { a, b }
    }

    /// Adds a number, whose ends are checked if it is `fine` so far.
    fn quantity(
        &mut self,
        at: &At,
        (value, source): (Value, Option<&String>),
        role: Role,
        unit: &'static str,
        fine: bool,
    ) -> QuantityId {
        let before = self.problems.len();
        if fine
            && let Value::Exact(x) = value
            && unit == "places"
            && libm::trunc(x) != x
        {
            self.unfit(
                at,
                format!("{} is not a whole number of places", said(x)),
                format!("Places are whole: write {} or {}.", said(libm::floor(x)), said(libm::ceil(x))),
            );
        }
        if fine {
            for x in ends(&value) {
                if before == self.problems.len() {
                    self.check_role(at, x, role, unit);
                }
            }
        }
        self.best.push(match value {
            Value::Exact(x) | Value::Range { best: x, .. } => x,
            Value::Blend { from, to, weight } => {
                from + (to - from) * self.best.get(weight).copied().unwrap_or(0.0)
            }
        });
        self.lowest.push(ends(&value).into_iter().fold(f64::INFINITY, f64::min));
        self.highest.push(ends(&value).into_iter().fold(f64::NEG_INFINITY, f64::max));
        let path = at.identity().to_owned();
        let source = at.clone().sourced(source).source;
        let id = self.quantities.push(Quantity {
            key: Stream::named(&path).key(),
            path: path.clone(),
            unit,
            role,
            value,
            source,
        });
        self.known.insert(path, id);
        id
    }

    fn check_role(&mut self, at: &At, x: f64, role: Role, unit: &str) {
        let most = most(unit);
        let (fits, wanted) = match role {
            Role::Share if unit == "share" => ((0.0..=1.0).contains(&x), "a share from 0 to 1; 30% is 0.3"),
            Role::Share => ((0.0..=1.0).contains(&x), "a number from 0 to 1"),
            Role::Positive => (x > 0.0, "a number above 0"),
            Role::NotNegative => (x >= 0.0, "a number that is 0 or more"),
            Role::Real => (true, ""),
        };
        if !fits {
            let help = if unit == "share" && (2.0..=100.0).contains(&x) {
                format!(
                    "Write {}. If {}% was meant, write {}.",
                    wanted.split(';').next().unwrap_or(wanted),
                    said(x),
                    said(x / 100.0)
                )
            } else {
                format!("Write {wanted}.")
            };
            self.unfit(at, format!("{} does not fit here", said(x)), help);
        } else if x.abs() > most {
            self.unfit(
                at,
                format!("{} {unit} is too much", said(x)),
                format!("Write a number up to {most}."),
            );
        }
    }

    fn check_range(&mut self, at: &At, r: &file::Range, law: RangeLaw, role: Role) {
        if let Some(message) = disorder(r) {
            self.unfit(at, message, "Write low, best and high in rising order.");
            return;
        }
        if let Some((message, help)) = misfit(r, law, role) {
            self.unfit(at, message, help);
        }
        let leaves = match role {
            Role::Share => matches!(law, RangeLaw::Lognormal | RangeLaw::Normal),
            Role::Positive | Role::NotNegative => law == RangeLaw::Normal,
            Role::Real => false,
        };
        if leaves {
            self.unfit(
                at,
                "a range with this law could reach values that make no sense here",
                "Leave `law` out, or write law = \"triangular\".",
            );
        }
    }

    // ---- tables by class ----

    /// Checks the tables of a varying value and gathers what it varies by.
    pub(super) fn attributes<T>(
        &mut self,
        at: &At,
        value: &Varying<T>,
        plans: bool,
        found: &mut Vec<Attribute>,
    ) {
        self.attributes_within(at, value, plans, &mut Vec::new(), found);
    }

    fn attributes_within<T>(
        &mut self,
        at: &At,
        value: &Varying<T>,
        plans: bool,
        above: &mut Vec<Attribute>,
        found: &mut Vec<Attribute>,
    ) {
        let Varying::By(table) = value else { return };
        if self.is_by_unclear(at, table.by) {
            return;
        }
        if !found.contains(&table.by) {
            found.push(table.by);
        }
        if !self.can_vary_by(&at.key("by"), table.by, plans, above) {
            return;
        }
        above.push(table.by);
        let levels = self.levels(table.by);
        for (name, inner) in &table.values {
            if !levels.contains(name) {
                let here = at.key(name);
                self.problems.unknown(&here, class_word(table.by), name, (class_table(table.by), &levels));
            }
            self.attributes_within(&at.key(name), inner, plans, above, found);
        }
        if let Some(others) = &table.others {
            self.attributes_within(&at.key("others"), others, plans, above, found);
        } else if let Some(missing) = levels.iter().find(|l| !table.values.contains_key(*l)) {
            self.problems.lacking(
                at,
                format!("the table by {} says nothing for `{missing}`", attribute_word(table.by)),
                format!("Add `{missing} = …`, or `others = …` for all that are not named."),
            );
        }
        above.pop();
    }

    /// Whether a table can vary by what it says, inside tables that vary by those `above`.
    fn can_vary_by(&mut self, at: &At, by: Attribute, plans: bool, above: &[Attribute]) -> bool {
        if above.contains(&by) {
            let word = attribute_word(by);
            self.wrong(
                at,
                format!("this table by {word} stands inside another by {word}"),
                "Let the inner table vary by something else, or write one value.",
            );
        } else if by == Attribute::Plan && !plans {
            self.unfit(
                at,
                "only tables inside `tracks` can vary by plan",
                "Write by = \"age\", \"cohort\" or \"need\".",
            );
        } else if self.levels(by).is_empty() {
            self.problems.wrong_with(
                at,
                &["tracks", "stages"],
                "there are no plans: the stages that tracks run beside have no exits",
                "Let it vary by age, cohort or need.",
            );
        } else {
            return true;
        }
        false
    }

    /// Whether it is in doubt what a table varies by, or (plans are gathered from all over the file) which classes
    /// there are.
    fn is_by_unclear(&self, at: &At, by: Attribute) -> bool {
        let doubts = self.problems.doubts();
        let exits = |stage: &String| doubts.may_hold(&join(&join("stages", stage), "exits"));
        let during = |track: &String| doubts.touch(&join(&join("tracks", track), "during"));
        let plans = || self.file.stages.keys().any(exits) || self.file.tracks.keys().any(during);
        doubts.touch(&at.key("by").path) || by == Attribute::Plan && plans()
    }

    pub(super) fn levels(&self, by: Attribute) -> Vec<String> {
        match by {
            Attribute::Age => self.classes.bands.iter().map(|b| b.0.clone()).collect(),
            Attribute::Cohort => self.classes.cohorts.clone(),
            Attribute::Need => self.classes.needs.clone(),
            Attribute::Plan => self.classes.plans.clone(),
        }
    }

    pub(super) fn grid(&self, attributes: &[Attribute]) -> Grid {
        let mut grid = Grid { rows: 1, ..Grid::default() };
        let mut step = |on: bool, size: usize| {
            let here = if on { grid.rows } else { 0 };
            grid.rows *= if on { size } else { 1 };
            here
        };
        let band = step(attributes.contains(&Attribute::Age), self.classes.bands.len());
        let plan = step(attributes.contains(&Attribute::Plan), self.classes.plans.len());
        let need = step(attributes.contains(&Attribute::Need), self.classes.needs.len());
        let cohort = step(attributes.contains(&Attribute::Cohort), self.classes.cohorts.len());
        Grid { cohort, need, plan, band, rows: grid.rows }
    }

    /// The names of the classes of each row of a grid: [age, cohort, need, plan].
    pub(super) fn row_names(&self, grid: &Grid) -> Vec<[String; 4]> {
        let level = |row: usize, step: usize, names: &[String]| match row.checked_div(step) {
            None => names.first().cloned().unwrap_or_default(),
            Some(steps) => names[steps % names.len()].clone(),
        };
        let bands = self.levels(Attribute::Age);
        (0..grid.rows)
            .map(|row| {
                [
                    level(row, grid.band, &bands),
                    level(row, grid.cohort, &self.classes.cohorts),
                    level(row, grid.need, &self.classes.needs),
                    level(row, grid.plan, &self.classes.plans),
                ]
            })
            .collect()
    }

    pub(super) fn need_number(
        &mut self,
        at: &At,
        value: Option<&Number>,
        role: Role,
        unit: &'static str,
    ) -> Option<QuantityId> {
        value.map(|n| self.number(at, n, role, unit))
    }

    pub(super) fn share(&mut self, at: &At, share: &Share) -> ShareOf {
        match share {
            Share::Part(n) => {
                if let Number::Range(r) = n
                    && (r.best <= 0.0 || r.best >= 1.0)
                {
                    self.unfit(
                        at,
                        format!("a share whose best estimate is {} cannot be uncertain", r.best),
                        "Let `best` lie between 0 and 1, or write one number alone.",
                    );
                }
                ShareOf::Part(self.number(at, n, Role::Share, "share"))
            }
            Share::Counted(counted) => self.counted_share(at, counted),
            Share::Rest(_) => ShareOf::Rest,
        }
    }

    /// The shares of one row: one by one, or all as counts that sum to the whole.
    pub(super) fn shares_of_row(&mut self, row: &[Option<(&Share, At)>]) -> Vec<ShareOf> {
        let bare = |(share, _): &&(&Share, At)| matches!(share, Share::Counted(c) if c.of.is_none());
        let Some((_, at)) = row.iter().flatten().find(bare) else {
            let share = |leaf: &Option<(&Share, At)>| {
                leaf.as_ref().map_or(ShareOf::None, |(share, at)| self.share(at, share))
            };
            return row.iter().map(share).collect();
        };
        if row.iter().flatten().all(|leaf| bare(&leaf)) {
            return self.counted_row(row);
        }
        self.unfit(
            at,
            "the file does not say of how many: the other shares are not counts",
            "Write { count = 53, of = 270 }, or give all that share with it a count.",
        );
        row.iter().map(|_| ShareOf::None).collect()
    }

    /// Counts of one row: a Dirichlet law with a half added to each count (Jeffreys; Gelman and others 2013, "Bayesian
    /// Data Analysis", section 3.4), drawn as beta parts of what is left (appendix A there).
    fn counted_row(&mut self, row: &[Option<(&Share, At)>]) -> Vec<ShareOf> {
        let mut counts: Vec<Option<(f64, &At, Option<&String>)>> = Vec::new();
        for leaf in row {
            counts.push(match leaf {
                Some((Share::Counted(c), at)) => {
                    self.check_count(&at.key("count"), c.count);
                    Some((c.count, at, c.source.as_ref()))
                }
                _ => None,
            });
        }
        let given: Vec<_> = counts.iter().flatten().copied().collect();
        let total: f64 = given.iter().map(|g| g.0).sum();
        let known: Vec<bool> = given.iter().map(|g| self.known.contains_key(g.1.identity())).collect();
        let mixed = known.contains(&true) && known.contains(&false);
        if let (true, Some(first)) = (mixed || total <= 0.0, given.first()) {
            let (message, help) = if mixed {
                ("some counts of this row stand in other rows too", "Let all of them vary by the same.")
            } else {
                ("nobody was counted", "Give at least one of them a count above 0.")
            };
            self.unfit(first.1, message, help);
            return row.iter().map(|_| ShareOf::None).collect();
        }
        let first = QuantityId::from_index(self.quantities.len());
        let all: f64 = given.iter().map(|g| g.0 + 0.5).sum();
        let mut after = all;
        let mut last = given.len();
        let mut share = |b: &mut Self, (count, at, source): (f64, &At, Option<&String>)| {
            last -= 1;
            if let Some(&num) = b.known.get(at.identity()) {
                return ShareOf::Part(num);
            }
            let a = count + 0.5;
            after -= a;
            let [low, high] =
                [0.025, 0.975].map(|u| if given.len() > 1 { beta_quantile(a, all - a, u) } else { 1.0 });
            let law = Spread::PartOfRow { a, b: if last == 0 { 0.0 } else { after }, first };
            let value = Value::Range { best: count / total, low, high, law };
            ShareOf::Part(b.quantity(at, (value, source), Role::Share, "share", true))
        };
        counts.into_iter().map(|c| c.map_or(ShareOf::None, |c| share(self, c))).collect()
    }

    /// A share counted as so many of so many: a beta law with a half added to each (Jeffreys 1946; Brown, Cai and
    /// `DasGupta` 2001, "Interval estimation for a binomial proportion").
    fn counted_share(&mut self, at: &At, counted: &CountedShare) -> ShareOf {
        let Some(of) = counted.of else { return ShareOf::None };
        if let Some(&num) = self.known.get(at.identity()) {
            return ShareOf::Part(num);
        }
        let before = self.problems.len();
        self.check_count(&at.key("count"), counted.count);
        self.check_count(&at.key("of"), of);
        if before == self.problems.len() && of <= 0.0 {
            self.unfit(
                &at.key("of"),
                "a count of 0 says nothing about a share",
                "Write of how many it is, or a share such as 0.3.",
            );
        } else if before == self.problems.len() && counted.count > of {
            self.unfit(
                at,
                format!("{} of {} is more than all", said(counted.count), said(of)),
                "Let `count` be how many of the number in `of` went this way.",
            );
        }
        let fine = before == self.problems.len();
        let (count, of) = if fine { (counted.count, of) } else { (1.0, 2.0) };
        let (a, b) = (count + 0.5, of - count + 0.5);
        let [low, high] = [0.025, 0.975].map(|u| beta_quantile(a, b, u));
        let value = Value::Range { best: count / of, low, high, law: Spread::Share { a, b } };
        ShareOf::Part(self.quantity(at, (value, counted.source.as_ref()), Role::Share, "share", fine))
    }

    /// A rate: a number, or so many counted in so many years: a gamma law with a half added to the count (Jeffreys;
    /// Gelman and others 2013, "Bayesian Data Analysis", section 2.8).
    pub(super) fn rate(&mut self, at: &At, rate: &Rate, role: Role, unit: &'static str) -> QuantityId {
        let counted = match rate {
            Rate::Number(number) => return self.number(at, number, role, unit),
            Rate::Counted(counted) => counted,
        };
        let before = self.problems.len();
        self.check_count(&at.key("count"), counted.count);
        if !(counted.years > 0.0 && counted.years <= 1000.0) {
            self.unfit(
                &at.key("years"),
                format!("{} years cannot be counted in", said(counted.years)),
                "Write in how many years they were counted, such as 2.",
            );
        }
        let fine = before == self.problems.len();
        let (count, years) = if fine { (counted.count, counted.years) } else { (1.0, 1.0) };
        let shape = count + 0.5;
        let [low, high] = [0.025, 0.975].map(|u| gamma_quantile(shape, u) / years);
        let value = Value::Range { best: count / years, low, high, law: Spread::Rate { shape, years } };
        self.quantity(at, (value, counted.source.as_ref()), role, unit, fine)
    }

    fn check_count(&mut self, at: &At, count: f64) {
        if !(0.0..=MOST_COUNTED).contains(&count) || libm::trunc(count) != count {
            self.unfit(
                at,
                format!("{} is not a count", said(count)),
                "Write a whole number from 0 to 10_000_000.",
            );
        }
    }

    /// Shares of one row must leave no more and no less than everybody.
    pub(super) fn check_shares(
        &mut self,
        at: &At,
        shares: &[ShareOf],
        (grid, row): (&Grid, &[String; 4]),
        what: &str,
    ) -> bool {
        let rests = shares.iter().filter(|s| **s == ShareOf::Rest).count();
        if rests > 1 {
            self.wrong(
                at,
                format!("{rests} {what} are `rest`"),
                "Let one of them be \"rest\", and give the others a share.",
            );
            return false;
        }
        for sum in self.share_sums(shares) {
            let fits = if rests == 1 { sum <= 1.0 + 1e-9 } else { (sum - 1.0).abs() <= 1e-6 };
            if !fits {
                let sum = libm::round(sum * 1e6) / 1e6;
                let help = if rests == 1 {
                    "Lower them: `rest` takes what the others leave of 1.".to_owned()
                } else {
                    format!("Make them sum to 1, or let one of the {what} be \"rest\".")
                };
                let whom = whom_in(grid, row);
                self.wrong(at, format!("the shares of the {what} sum to {sum}{whom}"), help);
                return false;
            }
        }
        true
    }

    /// The sum of best shares, and its least and most as the parameters of blends go from 0 to 1.
    fn share_sums(&self, shares: &[ShareOf]) -> [f64; 3] {
        let (mut best, mut fixed) = (0.0, 0.0);
        let mut blended: BTreeMap<QuantityId, [f64; 2]> = BTreeMap::new();
        for share in shares {
            let ShareOf::Part(n) = share else { continue };
            best += self.best[*n];
            match self.quantities[*n].value {
                Value::Blend { from, to, weight } => {
                    let sums = blended.entry(weight).or_default();
                    *sums = [sums[0] + from, sums[1] + to];
                }
                _ => fixed += self.best[*n],
            }
        }
        let least: f64 = blended.values().map(|s| s[0].min(s[1])).sum();
        let most: f64 = blended.values().map(|s| s[0].max(s[1])).sum();
        [best, fixed + least, fixed + most]
    }

    pub(super) fn needs(&mut self) -> (Grid, Vec<ShareOf>) {
        let file = self.file;
        if file.needs.is_empty() {
            return (Grid { rows: 1, ..Grid::default() }, vec![ShareOf::Rest]);
        }
        let mut attributes = Vec::new();
        for (name, class) in &file.needs {
            self.attributes(
                &At::new("needs", None).key(name).key("share"),
                &class.share,
                false,
                &mut attributes,
            );
        }
        if attributes.contains(&Attribute::Need) {
            self.wrong(
                &At::new("needs", None),
                "the share of a need class cannot vary by need",
                "Let it vary by age or cohort.",
            );
        }
        let before = self.problems.len();
        let grid = self.grid(&attributes);
        let mut shares = Vec::new();
        for names in self.row_names(&grid) {
            let leaves: Vec<Option<(&Share, At)>> = file
                .needs
                .iter()
                .map(|(name, class)| {
                    let at = At::new("needs", None).key(name).sourced(class.source.as_ref()).key("share");
                    leaf(&class.share, at, &names)
                })
                .collect();
            let row = self.shares_of_row(&leaves);
            if self.problems.len() == before {
                self.check_shares(&At::new("needs", None), &row, (&grid, &names), "need classes");
            }
            shares.extend(row);
        }
        (grid, shares)
    }
}

/// What is wrong with the order of the numbers of a range.
fn disorder(r: &file::Range) -> Option<String> {
    let (low, best, high) = (said(r.low), said(r.best), said(r.high));
    if r.low > r.high {
        Some(format!("`low` is {low}, above `high`, which is {high}"))
    } else if !(r.low <= r.best && r.best <= r.high) {
        Some(format!("the best estimate {best} is not between {low} and {high}"))
    } else {
        None
    }
}

/// What to write for a range of percentages.
fn percentages(r: &file::Range) -> String {
    let [best, low, high] = [r.best, r.low, r.high].map(|x| said(x / 100.0));
    format!("If percentages were meant, write {{ best = {best}, low = {low}, high = {high} }}.")
}

/// Why a law cannot be drawn from with the numbers of a range.
fn misfit(r: &file::Range, law: RangeLaw, role: Role) -> Option<Told> {
    let (low, high) = (said(r.low), said(r.high));
    let is_wide = |x: f64, y: f64| x > MOST_RATIO * y;
    let (message, help) = match law {
        RangeLaw::Logit | RangeLaw::Beta if r.high > 1.0 && r.high <= 100.0 => {
            (format!("{high} does not fit here: this is a share, from 0 to 1"), percentages(r))
        }
        RangeLaw::Lognormal if r.low <= 0.0 => (
            format!("this range cannot reach down to {low}: it is spread on the log scale"),
            "Let `low` be above 0, or add law = \"triangular\".".into(),
        ),
        RangeLaw::Lognormal if is_wide(r.high, r.best) || is_wide(r.best, r.low) => (
            format!("the range from {low} to {high} is too wide to draw from"),
            format!("Keep both ends within a factor of {MOST_RATIO} of `best`, or add law = \"triangular\"."),
        ),
        RangeLaw::Beta if role != Role::Share => (
            "a beta law lies between 0 and 1, and this is no share".into(),
            "Leave `law` out, or write law = \"pert\".".into(),
        ),
        RangeLaw::Beta if r.low >= r.high => {
            ("this range has no width".into(), "Let `low` be below `high`, or write one number alone.".into())
        }
        RangeLaw::Logit | RangeLaw::Beta if r.low <= 0.0 || r.high >= 1.0 => {
            let end = if r.low <= 0.0 { format!("down to {low}") } else { format!("up to {high}") };
            let scale = if law == RangeLaw::Logit { "on the log-odds scale" } else { "over all from 0 to 1" };
            (
                format!("this range cannot reach {end}: it is spread {scale}"),
                "Let `low` be above 0 and `high` below 1, or add law = \"triangular\".".into(),
            )
        }
        RangeLaw::Uniform if (r.low + r.high - 2.0 * r.best).abs() > 1e-6 * (r.high - r.low).max(1e-6) => (
            "in a uniform range the best estimate is the middle".into(),
            format!("Write best = {}, or law = \"triangular\".", said(f64::midpoint(r.low, r.high))),
        ),
        _ => return None,
    };
    Some((message, help))
}

/// The classes of a row, as far as its table varies by them.
pub(super) fn whom_in(grid: &Grid, row: &[String; 4]) -> String {
    let steps = [grid.band, grid.cohort, grid.need, grid.plan];
    let named: Vec<&str> =
        row.iter().zip(steps).filter(|(_, step)| *step > 0).map(|(n, _)| n.as_str()).collect();
    if named.is_empty() { String::new() } else { format!(" (for {})", named.join(", ")) }
}

/// The value that holds for the classes named, with its path.
pub(super) fn leaf<'v, T>(value: &'v Varying<T>, mut at: At, names: &[String; 4]) -> Option<(&'v T, At)> {
    let mut value = value;
    loop {
        match value {
            Varying::Same(x) => return Some((x, at)),
            Varying::By(table) => {
                let name = &names[match table.by {
                    Attribute::Age => 0,
                    Attribute::Cohort => 1,
                    Attribute::Need => 2,
                    Attribute::Plan => 3,
                }];
                (value, at) = match table.values.get(name) {
                    Some(inner) => (inner, at.key(name)),
                    None => (table.others.as_deref()?, at.key("others")),
                };
            }
        }
    }
}

/// Every single value, with its path.
pub(super) fn each_leaf<T>(value: &Varying<T>, at: &At, visit: &mut dyn FnMut(&T, &At)) {
    match value {
        Varying::Same(x) => visit(x, at),
        Varying::By(table) => {
            table.values.iter().for_each(|(name, inner)| each_leaf(inner, &at.key(name), visit));
            if let Some(others) = &table.others {
                each_leaf(others, &at.key("others"), visit);
            }
        }
    }
}

fn attribute_word(by: Attribute) -> &'static str {
    match by {
        Attribute::Age => "age",
        Attribute::Cohort => "cohort",
        Attribute::Need => "need",
        Attribute::Plan => "plan",
    }
}

/// What a class of an attribute is called.
pub(super) fn class_word(by: Attribute) -> &'static str {
    match by {
        Attribute::Age => "age band",
        Attribute::Cohort => "cohort",
        Attribute::Need => "need class",
        Attribute::Plan => "plan (exit of a stage that the track runs beside)",
    }
}

/// Where the classes of an attribute stand; plans stand in several stages, found through tracks.
fn class_table(by: Attribute) -> &'static str {
    match by {
        Attribute::Age => "ages",
        Attribute::Cohort => "cohorts",
        Attribute::Need => "needs",
        Attribute::Plan => "stages",
    }
}

/// What no scenario comes near: beyond it sums could leave the range of whole numbers.
fn most(unit: &str) -> f64 {
    match unit {
        "pounds a year" | "pounds" => 1e11,
        "pounds a week" | "pounds each" | "pounds a family" | "pounds a child" => 1e7,
        "children a year" | "places" | "families a year" => 1e6,
        "times" => 100.0,
        "months" => 12_000.0,
        "sd of logarithm" => 1.0,
        "days" => 365_250.0,
        "weeks" => 52_000.0,
        "years" => 1000.0,
        _ => 1e9,
    }
}

/// A number as a message repeats it: 1e300 and not 301 digits.
pub fn said(x: f64) -> String {
    if x != 0.0 && !(1e-6..1e15).contains(&x.abs()) { format!("{x:e}") } else { x.to_string() }
}

fn ends(value: &Value) -> Vec<f64> {
    match *value {
        Value::Exact(x) => vec![x],
        Value::Range { best, low, high, .. } => vec![best, low, high],
        Value::Blend { from, to, .. } => vec![from, to],
    }
}
