//! Numbers, ranges and tables by class.

use super::{At, Builder};
use crate::pathway::Grid;
use crate::pathway::chance::name_key;
use crate::scenario::ShareOf;
use crate::scenario::fault::did_you_mean;
use crate::scenario::file::{self, Attribute, Number, RangeLaw, Share, Varying};
use crate::scenario::number::{Num, Quantity, Role, Value, best_values};

impl<'a> Builder<'a> {
    pub(super) fn parameters(&mut self) {
        for (name, parameter) in &self.file.parameters {
            let at = At::new("parameters", None).key(name).sourced(parameter.source.as_ref());
            if matches!(parameter.value, Number::Blend(_)) {
                self.wrong(
                    &at.key("value"),
                    "a parameter cannot itself be a blend",
                    "write a number or a range such as { best = 0.2, low = 0.05, high = 0.5 }",
                );
                continue;
            }
            let num = self.number(&at.key("value"), &parameter.value, Role::Share, "weight from 0 to 1");
            self.known.insert(at.path, num);
        }
    }

    /// A number of the scenario; the same path gives the same number.
    pub(super) fn number(&mut self, at: &At, number: &Number, role: Role, unit: &'static str) -> Num {
        if let Some(&num) = self.known.get(&at.path) {
            return num;
        }
        let before = self.problems.len();
        let (value, source) = match number {
            Number::Exact(x) => (Value::Exact(*x), None),
            Number::Range(r) => {
                let law = r.law.unwrap_or(match role {
                    Role::Share => RangeLaw::Logit,
                    Role::Positive | Role::NotNegative => RangeLaw::Lognormal,
                    Role::Real => RangeLaw::Normal,
                });
                self.check_range(at, r, law, role);
                (Value::Range { best: r.best, low: r.low, high: r.high, law }, r.source.as_ref())
            }
            Number::Blend(b) => {
                let weight = self.known.get(&format!("parameters.{}", b.weight)).copied();
                if weight.is_none() {
                    let names: Vec<&str> = self.file.parameters.keys().map(String::as_str).collect();
                    let help = did_you_mean(&b.weight, names.iter().copied());
                    self.wrong(&at.key("weight"), format!("there is no parameter `{}`", b.weight), help);
                }
                let [from, to] = b.between;
                (Value::Blend { from, to, weight: weight.unwrap_or(0) }, b.source.as_ref())
            }
        };
        if before == self.problems.len() {
            for x in ends(&value) {
                self.check_role(at, x, role);
            }
        }
        let at = at.clone().sourced(source);
        let key = name_key(&at.path);
        self.quantities.push(Quantity { path: at.path.clone(), unit, role, value, source: at.source, key });
        self.known.insert(at.path, self.quantities.len() - 1);
        self.quantities.len() - 1
    }

    fn check_role(&mut self, at: &At, x: f64, role: Role) {
        let (fits, wanted) = match role {
            Role::Share => ((0.0..=1.0).contains(&x), "a share from 0 to 1; write 0.3 for 30%"),
            Role::Positive => (x > 0.0 && x < 1e12, "a number above 0"),
            Role::NotNegative => ((0.0..1e12).contains(&x), "a number that is 0 or more"),
            Role::Real => (x.abs() < 1e12, "a number of ordinary size"),
        };
        if !fits {
            self.wrong(at, format!("{x} does not fit here"), format!("write {wanted}"));
        }
    }

    fn check_range(&mut self, at: &At, r: &file::Range, law: RangeLaw, role: Role) {
        if !(r.low <= r.best && r.best <= r.high) {
            self.wrong(
                at,
                format!("the best estimate {} is not between {} and {}", r.best, r.low, r.high),
                "write low, best and high in rising order",
            );
            return;
        }
        let bounded = matches!(law, RangeLaw::Uniform | RangeLaw::Triangular);
        match law {
            RangeLaw::Lognormal if r.low <= 0.0 => self.wrong(
                at,
                format!("a range on the log scale cannot reach {}", r.low),
                "let `low` be above 0, or write law = \"triangular\"",
            ),
            RangeLaw::Logit if r.low <= 0.0 || r.high >= 1.0 => self.wrong(
                at,
                format!("a range on the log-odds scale cannot reach {} or {}", r.low, r.high),
                "let `low` be above 0 and `high` below 1, or write law = \"triangular\"",
            ),
            RangeLaw::Uniform
                if (r.low + r.high - 2.0 * r.best).abs() > 1e-6 * (r.high - r.low).max(1e-6) =>
            {
                self.wrong(
                    at,
                    "in a uniform range the best estimate is the middle",
                    format!("write best = {}, or law = \"triangular\"", f64::midpoint(r.low, r.high)),
                )
            }
            _ => {}
        }
        let can_leave = match role {
            Role::Share => law != RangeLaw::Logit,
            Role::Positive | Role::NotNegative => law == RangeLaw::Normal,
            Role::Real => false,
        };
        if can_leave && !bounded {
            self.wrong(
                at,
                "a range with this law could reach values that make no sense here",
                "leave `law` out, or write law = \"triangular\"",
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
        let Varying::By(table) = value else { return };
        if found.is_empty() || !found.contains(&table.by) {
            found.push(table.by);
        }
        if table.by == Attribute::Plan && !plans {
            self.wrong(
                &at.key("by"),
                "only tables inside `tracks` can vary by plan",
                "write by = \"age\", \"cohort\" or \"need\"",
            );
            return;
        }
        let levels = self.levels(table.by);
        for (name, inner) in &table.values {
            if !levels.contains(name) {
                let names: Vec<&str> = levels.iter().map(String::as_str).collect();
                self.wrong(
                    &at.key(name),
                    format!("`{name}` is not a class of {}", attribute_word(table.by)),
                    did_you_mean(name, names.iter().copied()),
                );
            }
            self.attributes(&at.key(name), inner, plans, found);
        }
        if let Some(others) = &table.others {
            self.attributes(&at.key("others"), others, plans, found);
        } else if let Some(missing) = levels.iter().find(|l| !table.values.contains_key(*l)) {
            self.wrong(
                at,
                format!("the table by {} says nothing for `{missing}`", attribute_word(table.by)),
                format!("add `{missing} = ...`, or `others = ...` for all that are not named"),
            );
        }
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
    ) -> Option<Num> {
        value.map(|n| self.number(at, n, role, unit))
    }

    pub(super) fn share(&mut self, at: &At, share: &Share) -> ShareOf {
        match share {
            Share::Part(n) => ShareOf::Part(self.number(at, n, Role::Share, "share")),
            Share::Rest(_) => ShareOf::Rest,
        }
    }

    /// Shares of one row must leave no more and no less than everybody.
    pub(super) fn check_shares(
        &mut self,
        at: &At,
        shares: &[ShareOf],
        row: &[String; 4],
        what: &str,
    ) -> bool {
        let rests = shares.iter().filter(|s| **s == ShareOf::Rest).count();
        if rests > 1 {
            self.wrong(
                at,
                format!("{rests} {what} are `rest`"),
                "let one of them be \"rest\", and give the others a share",
            );
            return false;
        }
        for weight in [None, Some(0.0), Some(1.0)] {
            let sum = self.share_sum(shares, weight);
            let fits = if rests == 1 { sum <= 1.0 + 1e-9 } else { (sum - 1.0).abs() <= 1e-6 };
            if !fits {
                let whom = row.iter().filter(|n| !n.is_empty()).cloned().collect::<Vec<_>>().join(", ");
                let sum = libm::round(sum * 1e6) / 1e6;
                let help = if rests == 1 {
                    "lower them until they leave something for the rest".to_owned()
                } else {
                    format!("make them sum to 1, or give one of the {what} share = \"rest\"")
                };
                self.wrong(at, format!("the shares of the {what} sum to {sum} (for {whom})"), help);
                return false;
            }
        }
        true
    }

    /// The sum of best shares; with every blend at a weight, if one is given.
    fn share_sum(&self, shares: &[ShareOf], weight: Option<f64>) -> f64 {
        let best = best_values(&self.quantities);
        let part = |s: &ShareOf| match s {
            ShareOf::Part(n) => match (self.quantities[*n].value, weight) {
                (Value::Blend { from, to, .. }, Some(w)) => from + (to - from) * w,
                _ => best[*n],
            },
            _ => 0.0,
        };
        shares.iter().map(part).sum()
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
                "vary it by age or cohort",
            );
        }
        let grid = self.grid(&attributes);
        let mut shares = Vec::new();
        for names in self.row_names(&grid) {
            let row: Vec<ShareOf> = file
                .needs
                .iter()
                .map(|(name, class)| {
                    let at = At::new("needs", None).key(name).sourced(class.source.as_ref()).key("share");
                    leaf(&class.share, at, &names).map_or(ShareOf::None, |(s, at)| self.share(&at, s))
                })
                .collect();
            if self.problems.is_empty() {
                self.check_shares(&At::new("needs", None), &row, &names, "need classes");
            }
            shares.extend(row);
        }
        (grid, shares)
    }
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

fn attribute_word(by: Attribute) -> &'static str {
    match by {
        Attribute::Age => "age",
        Attribute::Cohort => "cohort",
        Attribute::Need => "need",
        Attribute::Plan => "plan",
    }
}

pub(super) fn ends(value: &Value) -> Vec<f64> {
    match *value {
        Value::Exact(x) => vec![x],
        Value::Range { best, low, high, .. } => vec![best, low, high],
        Value::Blend { from, to, .. } => vec![from, to],
    }
}
