//! Years: no simulated day is missing from any sum, whenever the simulation starts, and what a file says for a year comes
//! in the year.

use carecast::experiment::{
    self, Batch, Outcome, Uncertainty,
    summary::{Item, Measure, Series, Summary, series_of},
};
use carecast::scenario::Scenario;
use time::{Date, Month};

use crate::support::{Estimate, SEED, over_runs, scenario};

/// A stage through which children pass, with a cost a year that grows and a cost a week.
fn passing(start: &str, calendar: &str, years: u32, arrivals: &str) -> Scenario {
    scenario(&format!(
        r#"
name = "Years"
price_base = "2025-26"
simulation = {{ start = "{start}", years = {years}, calendar = "{calendar}" }}
ages = {{ child = [0, 18] }}
[arrivals.families]
{arrivals}
enters = "door"
ages = {{ child = 1 }}
[stages.door]
exits.out = {{ to = "gone", time = {{ law = "exponential", mean = 5 }} }}
[stages.gone]
[flows.arrive]
title = "Children arriving"
into = ["door"]
[stocks.there]
title = "Children there"
stages = ["door"]
by = ["age"]
[costs.staff]
title = "Staff"
behaves = "fixed"
basis = "staff"
growth = 0.10
charges.x = {{ per_year = 1_000_000 }}
[costs.weeks]
title = "Weeks"
behaves = "varies"
basis = "case"
charges.x = {{ per_week = 70, of = ["door"] }}
"#
    ))
}

fn summed_up(scenarios: &[Scenario], runs: u32) -> Summary {
    let batch = Batch { seed: SEED, runs, uncertainty: Uncertainty::All };
    experiment::run(scenarios, batch, &|_| ()).expect("there is room")
}

fn year_series<'a>(summary: &'a Summary, item: &Item) -> &'a Series {
    series_of(&summary.scenarios[0].years, item).expect("it is counted")
}

const STARTS: [&str; 6] =
    ["2025-04-01", "2025-10-01", "2026-01-01", "2025-03-01", "2025-05-01", "2027-02-01"];

#[test]
fn no_day_is_missing_from_any_sum_whenever_the_simulation_starts() {
    for (start, calendar) in STARTS.iter().flat_map(|s| [(s, "civil"), (s, "plain")]) {
        let model = passing(start, calendar, 3, "children_per_year = 2_000");
        let summary = summed_up(std::slice::from_ref(&model), 3);
        let (months, years) = (&summary.scenarios[0].months, &summary.scenarios[0].years);
        let last = model.calendar.month_end(model.calendar.months() - 1);
        for year in years {
            let days: Vec<Date> = year.points.iter().map(|p| p.0).collect();
            assert_eq!(days.last(), Some(&last), "{} from {start}", year.item);
            if year.item.measure == Measure::Stock {
                let is_march = |d: &Date| (d.month(), d.day()) == (Month::March, 31);
                assert!(days[..days.len() - 1].iter().all(is_march), "{} from {start}", year.item);
                continue;
            }
            let mut next = model.calendar.start();
            for day in days {
                let period = summary.period(day);
                assert_eq!((period.from, period.to), (next, day), "{} from {start}", year.item);
                next = day.next_day().expect("it is in range");
            }
            let sum = |series: &Series| series.points.iter().map(|p| p.1.mean).sum::<f64>();
            let (got, due) = (sum(year), sum(series_of(months, &year.item).expect("it is there by month")));
            assert!((got - due).abs() <= 1e-9 * due.abs(), "{} from {start}: {got}, {due}", year.item);
        }
    }
}

/// The price rises each April; a part of a year has its days' share of the year.
#[test]
fn a_price_a_year_comes_to_the_penny_in_the_year() {
    for (start, calendar) in STARTS.iter().flat_map(|s| [(s, "civil"), (s, "plain")]) {
        let model = passing(start, calendar, 4, "children_per_year = 1");
        let summary = summed_up(std::slice::from_ref(&model), 1);
        for (day, s) in &year_series(&summary, &Item::line("staff")).points {
            let period = summary.period(*day);
            let april = if day.month() < Month::April { day.year() - 1 } else { day.year() };
            let price = 1e6 * 1.1_f64.powi(april - 2025);
            let part = if calendar == "plain" {
                let months = 12 * (day.year() - period.from.year()) + i32::from(u8::from(day.month()))
                    - i32::from(u8::from(period.from.month()))
                    + 1;
                f64::from(months) / 12.0
            } else {
                let in_year = time::Date::from_calendar_date(april + 1, Month::April, 1).unwrap()
                    - time::Date::from_calendar_date(april, Month::April, 1).unwrap();
                ((period.to - period.from).whole_days() + 1) as f64 / in_year.whole_days() as f64
            };
            let due = price * part;
            assert!((s.mean - due).abs() < 0.0051, "{start}, {calendar}, {day}: {} instead of {due}", s.mean);
        }
    }
}

const HILLY: &str = "seasonality = [0.153846, 0.307692, 0.461538, 0.615385, 0.769231, 0.923077, 1.076923, \
                     1.230769, 1.384615, 1.538462, 1.692308, 1.846154]";
const FEBRUARY: &str = "seasonality = [0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]";

/// Arrivals of each whole financial year, run by run.
fn arrivals_by_year(model: &Scenario) -> Vec<Vec<f64>> {
    let calendar = &model.calendar;
    let years: Vec<Vec<usize>> = (0..calendar.years())
        .map(|y| (0..calendar.months()).filter(|&m| calendar.year_of_month(m) == y).collect::<Vec<_>>())
        .filter(|months| months.len() == 12)
        .collect();
    over_runs(60, |run| {
        let months = Outcome::simulate(model, run).months(Measure::Flow, "arrive").expect("it is counted");
        years.iter().map(|year| year.iter().map(|&m| months[m]).sum()).collect()
    })
}

#[test]
fn a_year_has_the_children_that_the_file_says_whatever_the_seasons() {
    for seasons in ["", FEBRUARY, HILLY] {
        for (start, calendar) in
            ["2025-04-01", "2025-01-01", "2025-10-01"].iter().flat_map(|s| [(s, "civil"), (s, "plain")])
        {
            let model = passing(start, calendar, 4, &format!("children_per_year = 12_000\n{seasons}"));
            let runs = arrivals_by_year(&model);
            for year in 0..runs[0].len() {
                let mean = runs.iter().map(|r| r[year]).sum::<f64>() / 60.0;
                // Arrivals of a year are a Poisson number.
                Estimate { mean, error: (12_000.0_f64 / 60.0).sqrt() }
                    .assert_is(12_000.0, format!("year {year} from {start}, {calendar}: {seasons}"));
            }
        }
    }
}

#[test]
fn a_month_of_a_part_year_has_what_it_would_have_in_the_whole_one() {
    let arrivals = format!("children_per_year = 12_000\n{HILLY}");
    let months = |start: &str| {
        let model = passing(start, "civil", 1, &arrivals);
        let runs = over_runs(100, |run| {
            Outcome::simulate(&model, run).months(Measure::Flow, "arrive").expect("it is counted")
        });
        (0..12).map(|m| runs.iter().map(|r| r[m]).sum::<f64>() / 100.0).collect::<Vec<f64>>()
    };
    let (april, october) = (months("2025-04-01"), months("2025-10-01"));
    // 12,000 f d over the sum of f d: November has 1.692308 x 30 of 366.4 weighted days.
    let days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let factor = |m: usize| (m + 1) as f64 * 12.0 / 78.0;
    let year: f64 = (0..12).map(|m| factor(m) * f64::from(days[m])).sum();
    for (place, month) in (9..12).chain(0..3).enumerate() {
        let due = 12_000.0 * factor(month) * f64::from(days[month]) / year;
        for mean in [april[place + 6], october[place]] {
            Estimate { mean, error: (due / 100.0).sqrt() }.assert_is(due, format!("month {month}"));
        }
    }
}

#[test]
fn february_of_a_level_service_has_920_of_12_000() {
    let model = passing("2025-04-01", "civil", 1, "children_per_year = 12_000");
    let runs = over_runs(200, |run| {
        Outcome::simulate(&model, run).months(Measure::Flow, "arrive").expect("it is counted")[10]
    });
    Estimate { mean: runs.iter().sum::<f64>() / 200.0, error: (920.5_f64 / 200.0).sqrt() }
        .assert_is(12_000.0 * 28.0 / 365.0, "February");
}

/// A service is bought once for £20m on the first day, 1 October; it brings 1,000 children home in two years on average
/// instead of 60, at £10 a day: over T = 1,096 days that saves 10,000 (m (1 - exp(-T / m)) - n (1 - exp(-T / n))) pounds,
/// m and n the mean stays in days.
#[test]
fn what_is_paid_once_in_a_part_of_a_year_counts() {
    let base = r#"
name = "Base"
price_base = "2025-26"
simulation = { start = "2025-10-01", years = 3 }
ages = { child = [0, 18] }
[stages.care]
exits.home = { to = "gone", share = 1, time = { law = "exponential", mean = 60, unit = "years" } }
[stages.gone]
[opening.care]
count = 1000
ages = { child = 1 }
[costs.week]
title = "Care"
behaves = "varies"
basis = "case"
charges.a = { per_week = 70, of = ["care"] }
"#;
    let service = r#"
[interventions.x]
title = "Buy a service"
from = "2025-10-01"
reaches = { stage = "care" }
effects = [{ exit = "home", pace_times = 30 }]
cost = { once = 20_000_000 }
"#;
    let both = [scenario(base), scenario(&format!("{base}{service}").replace("Base", "Invest"))];
    let summary = summed_up(&both, 200);
    let net = series_of(&summary.scenarios[1].difference_years, &Item::NET_COST).expect("it is compared");
    let days: Vec<Date> = net.points.iter().map(|p| p.0).collect();
    assert_eq!(days.len(), 4, "two years and two parts of years: {days:?}");
    let (m, n, t) = (60.0 * 365.25, 2.0 * 365.25, 1096.0);
    let stays = |mean: f64| mean * (1.0 - f64::exp(-t / mean));
    let runs = over_runs(200, |run| {
        let total = |s: &Scenario| -> f64 {
            Outcome::simulate(s, run).months(Measure::Cost, "total").expect("it is counted").iter().sum()
        };
        total(&both[1]) - total(&both[0])
    });
    Estimate::of(runs.iter().copied()).assert_is(20e6 - 10_000.0 * (stays(m) - stays(n)), "the whole time");
    let sum: f64 = net.points.iter().map(|p| p.1.mean).sum();
    let mean = runs.iter().sum::<f64>() / 200.0;
    assert!((sum - mean).abs() < 0.01, "years and parts of years: {sum} instead of {mean}");
}
