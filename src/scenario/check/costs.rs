//! Cost and income lines.

use super::numbers::{each_leaf, leaf};
use super::{At, Builder, parse_year, twice};
use crate::pathway::calendar::Calendar;
use crate::pathway::{ExitId, InterventionId, LineId, QuantityId, StateId, Table};
use crate::scenario::fault::{listed, nearest};
use crate::scenario::file::{self, Attribute, Basis};
use crate::scenario::number::Role;
use crate::scenario::{ChargeSpec, Counted, Intervention, LineSpec};

/// Pounds whose pence, added up over all lines and months, a 64-bit whole number holds.
const MOST_POUNDS: f64 = 9e16;
/// Years that a child stays at most, and events that one child goes through: more than any does.
const STAY: f64 = 25.0;
const EVENTS: f64 = 100.0;
/// Growth of prices over the whole time that is taken for a slip of the pen if money cannot be counted.
const ODD_GROWTH: f64 = 100.0;

impl Builder<'_> {
    /// Money is counted in whole pence: what could grow beyond counting is a slip of the pen, such as a growth of 0.3 for
    /// 0.03 over a century.
    #[expect(clippy::cast_precision_loss, reason = "a few years")]
    pub(super) fn countable_pence(
        &mut self,
        calendar: &Calendar,
        children: f64,
        lines: &Table<LineId, LineSpec>,
        interventions: &Table<InterventionId, Intervention>,
    ) {
        let years = calendar.months() as f64 / 12.0;
        let base = self.file.price_base.as_deref().and_then(parse_year).unwrap_or(calendar.first_year());
        let since_base = f64::from(calendar.first_year() - base) + years;
        let grown = |b: &Self, growth: Option<QuantityId>| {
            libm::pow(1.0 + growth.map_or(0.0, |n| b.highest[n]).max(0.0), since_base.max(0.0))
        };
        let mut worst: Option<(f64, f64, At)> = None;
        let mut all = 0.0;
        let mut add = |pounds: f64, grown: f64, at: At| {
            all += pounds * grown;
            if worst.as_ref().is_none_or(|w| pounds * grown > w.0) {
                worst = Some((pounds * grown, grown, at));
            }
        };
        for line in lines.values() {
            let at = At::new(if line.income { "income" } else { "costs" }, None).key(&line.name);
            let pounds = line.charges.iter().map(|c| self.most_pounds(c, years, children)).sum();
            add(pounds, grown(self, line.growth), at);
        }
        for i in interventions.values() {
            let most =
                |n: Option<QuantityId>| n.map_or(0.0, |n| self.highest[n].abs().max(self.lowest[n].abs()));
            let cost = &i.cost;
            let each = most(cost.per_child) + most(cost.per_family);
            let reviews =
                most(cost.per_review) * children * i.reviews.as_ref().map_or(0, |r| r.at.len()) as f64;
            let pounds = most(cost.per_year) * years + most(cost.once) + each * children + reviews;
            let at = At::new("interventions", None).key(&i.name).key("cost");
            add(pounds, grown(self, cost.growth), at);
        }
        let Some((pounds, grown, at)) = worst.filter(|_| all > MOST_POUNDS && self.problems.len() == 0)
        else {
            return;
        };
        let (at, help) = if grown > ODD_GROWTH {
            (at.key("growth"), "Write 0.02 for 2% a year, or lower simulation.years.")
        } else {
            (at, "Lower its prices, or the years or children simulated.")
        };
        let message = format!(
            "this could come to some £{pounds:.0e} over {years} years, more than can be counted in pence"
        );
        self.problems.wrong_with(&at, &["arrivals", "simulation"], message, help);
    }

    /// More pounds than a charge comes to over so many years, in the prices of the base.
    fn most_pounds(&self, charge: &ChargeSpec, years: f64, children: f64) -> f64 {
        match charge {
            ChargeSpec::Year(n) => self.highest[*n] * years,
            ChargeSpec::Event(_, n) => self.highest[*n] * children * EVENTS,
            ChargeSpec::Week(_, prices) => {
                let dearest = prices.iter().map(|n| self.highest[*n]).fold(0.0, f64::max);
                dearest * children * years.min(STAY) * 53.0
            }
        }
    }

    pub(super) fn lines(&mut self, calendar: &Calendar) -> Table<LineId, LineSpec> {
        let file = self.file;
        let mut lines = Table::new();
        for (table, income) in [("costs", false), ("income", true)] {
            let given = if income { &file.income } else { &file.costs };
            for (name, line) in given {
                let at = At::new(table, None).key(name).sourced(line.source.as_ref());
                lines.push(self.line(&at, name, line, income));
            }
        }
        let costs = file.interventions.values().any(|i| i.cost.is_some());
        let at = At::new("price_base", None);
        match file.price_base.as_deref().map(|year| (year, parse_year(year))) {
            None if lines.is_empty() && !costs => {}
            None if self.problems.doubts().may_hold("price_base") => {}
            None => self.unfit(
                &at,
                "there are costs, but the file does not say in which year's prices",
                "Add price_base = \"2024-25\", with the right year.",
            ),
            Some((year, None)) => {
                self.unfit(
                    &at,
                    format!("`{year}` is not a financial year"),
                    "Write both years, as in \"2024-25\".",
                );
            }
            Some((year, Some(first))) if self.is_dated && (first - calendar.first_year()).abs() > 30 => {
                self.problems.wrong_with(
                    &at,
                    &["simulation"],
                    format!("`{year}` is more than 30 years from the start of the simulation"),
                    "Write the financial year whose prices the costs are in.",
                );
            }
            Some(_) => {}
        }
        lines
    }

    fn line(&mut self, at: &At, name: &str, line: &file::CostLine, income: bool) -> LineSpec {
        let growth = self.need_number(&at.key("growth"), line.growth.as_ref(), Role::Real, "a year");
        self.check_growth(&at.key("growth"), growth);
        for year in line.outturn.keys().filter(|y| parse_year(y).is_none()) {
            self.unfit(
                &at.key("outturn").key(year),
                format!("`{year}` is not a financial year"),
                "Write both years, as in \"2024-25\".",
            );
        }
        self.figures(&at.key("outturn"), &line.outturn);
        if line.charges.is_empty() {
            self.wrong(
                &at.key("charges"),
                "the line charges nothing",
                "Add at least one charge, or take the line out.",
            );
        }
        let charges = line
            .charges
            .iter()
            .filter_map(|(name, charge)| self.charge(&at.key("charges").key(name), (name, charge), line))
            .collect();
        LineSpec {
            name: name.to_owned(),
            title: line.title.clone(),
            income,
            behaves: line.behaves,
            basis: line.basis,
            growth,
            charges,
        }
    }

    fn charge(
        &mut self,
        at: &At,
        (name, charge): (&str, &file::Charge),
        line: &file::CostLine,
    ) -> Option<ChargeSpec> {
        let at = at.clone().sourced(charge.source.as_ref());
        let ways = [charge.per_week.is_some(), charge.per_event.is_some(), charge.per_year.is_some()];
        let is_one_way = ways.iter().filter(|way| **way).count() == 1;
        if is_one_way {
            self.check_basis(&at, charge, line.basis);
        }
        let lack = if !is_one_way {
            Some(("a charge is made in exactly one way", "write one of per_week, per_event and per_year."))
        } else if charge.of.is_empty() && charge.per_year.is_none() {
            let help = "add of = [\"…\"], with the stages (or for per_event the exits) it is for.";
            Some(("the file does not say what is charged for", help))
        } else {
            None
        };
        if let Some((message, help)) = lack {
            // A name with a slip in it makes a charge of its own, which lacks what the one that was meant says.
            let others = line.charges.keys().map(String::as_str).filter(|other| *other != name);
            let others: Vec<&str> = others.collect();
            let help = match nearest(name, others.iter().copied()) {
                Some(meant) => format!("Did you mean `{meant}`? If not, {help}"),
                None if others.is_empty() => format!("{}{}", help[..1].to_uppercase(), &help[1..]),
                None => {
                    let named = listed(others.iter().map(|other| format!("`{other}`")), "and");
                    format!("This line has {named}: to change one, use its name. For a new charge, {help}")
                }
            };
            self.wrong(&at, message, help);
            self.charge_numbers(&at, charge);
            return None;
        }
        if let Some(n) = &charge.per_year {
            let pounds = self.number(&at.key("per_year"), n, Role::NotNegative, "pounds a year");
            return Some(ChargeSpec::Year(pounds));
        }
        if let Some(index) = twice(&charge.of) {
            let message = format!("`{}` is named twice, and would be charged twice", charge.of[index]);
            self.unfit(&at.key("of").item(index), message, "Name each once.");
        }
        if let Some(n) = &charge.per_event {
            let pounds = self.number(&at.key("per_event"), n, Role::NotNegative, "pounds each");
            return Some(self.event_charge(&at.key("of"), &charge.of, pounds));
        }
        self.weekly_charge(&at, charge)
    }

    /// Checks that a charge by the year is in a line charged by staff and for nobody in particular, and another in a line
    /// charged by case.
    fn check_basis(&mut self, at: &At, charge: &file::Charge, basis: Basis) {
        match (basis, &charge.per_year) {
            (Basis::Case, Some(_)) => self.wrong(
                &at.key("per_year"),
                "the line is charged by case, and this by the year: the same work could be counted twice",
                "Move it to a line with basis = \"staff\", or charge it per_week or per_event.",
            ),
            (Basis::Staff, None) => self.wrong(
                at,
                "the line is charged by staff, and this by case: the same work could be counted twice",
                "Move it to a line with basis = \"case\", or charge it per_year.",
            ),
            _ => {}
        }
        if charge.per_year.is_some() && !charge.of.is_empty() {
            self.wrong(
                &at.key("of"),
                "what is paid by the year is paid for nobody in particular",
                "Take `of` out, or charge it per_week or per_event.",
            );
        }
    }

    fn weekly_charge(&mut self, at: &At, charge: &file::Charge) -> Option<ChargeSpec> {
        let weekly = charge.per_week.as_ref()?;
        let (of, at_price) = (at.key("of"), at.key("per_week"));
        let states: Vec<StateId> =
            charge.of.iter().enumerate().filter_map(|(i, n)| self.find_state(&of.item(i), n)).collect();
        self.check_stays(&of, &charge.of, "Name stages that take time, or charge it per_event.");
        let mut by = Vec::new();
        self.attributes(&at_price, weekly, false, &mut by);
        if by.contains(&Attribute::Age) {
            let help = "Let the price vary by cohort or need.";
            self.unfit(&at_price, "prices by age are not kept apart", help);
            self.charge_numbers(at, charge);
            return None;
        }
        let all = self.grid(&[Attribute::Cohort, Attribute::Need]);
        let (cohorts, needs) = (self.classes.cohorts.len(), self.classes.needs.len());
        let names = self.row_names(&all);
        let mut prices = Vec::new();
        for (cohort, need) in (0..cohorts).flat_map(|cohort| (0..needs).map(move |need| (cohort, need))) {
            let (n, here) = leaf(weekly, at_price.clone(), &names[all.row(cohort, need, 0, 0)])?;
            prices.push(self.number(&here, n, Role::NotNegative, "pounds a week"));
        }
        Some(ChargeSpec::Week(states, prices))
    }

    /// Checks the numbers of a charge that comes to nothing.
    fn charge_numbers(&mut self, at: &At, charge: &file::Charge) {
        if let Some(weekly) = &charge.per_week {
            each_leaf(weekly, &at.key("per_week"), &mut |n, at| {
                self.number(at, n, Role::NotNegative, "pounds a week");
            });
        }
        for (key, n, unit) in
            [("per_event", &charge.per_event, "pounds each"), ("per_year", &charge.per_year, "pounds a year")]
        {
            self.need_number(&at.key(key), n.as_ref(), Role::NotNegative, unit);
        }
    }

    fn event_charge(&mut self, at: &At, of: &[String], num: QuantityId) -> ChargeSpec {
        let mut counted = Vec::new();
        self.check_main(at, of);
        for (index, name) in of.iter().enumerate() {
            if let Some(&state) = self.state_names.get(name) {
                counted.push(Counted::Entries(state));
            } else {
                counted.extend(self.find_event(&at.item(index), name).map(|exit| Counted::Exits(vec![exit])));
            }
        }
        ChargeSpec::Event(counted, num)
    }

    /// An exit, in a list where a stage may stand too.
    fn find_event(&mut self, at: &At, name: &str) -> Option<ExitId> {
        let in_track = |n: &str| self.file.tracks.contains_key(n);
        match name.split_once('.') {
            Some((first, rest)) if !in_track(first) || rest.contains('.') => self.find_exit(at, name),
            _ => {
                self.find_state(at, name);
                None
            }
        }
    }
}
