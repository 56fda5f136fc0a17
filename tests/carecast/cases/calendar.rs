//! Months, seasons, financial years and parts of them: what is said for a year comes in the year.

use carecast::experiment::summary::{
    Measure::{Cost, Flow},
    Series, Summary, find,
};
use time::Month;

use crate::outcomes::{Futures, batch, future, sum, text};
use crate::support::Estimate;

const DAYS: [f64; 12] = [31.0, 28.0, 31.0, 30.0, 31.0, 30.0, 31.0, 31.0, 30.0, 31.0, 30.0, 31.0];

/// Months in order of a financial year.
fn from_april(year: [f64; 12]) -> [f64; 12] {
    std::array::from_fn(|m| year[(m + 3) % 12])
}

/// What a stream of so many a year brings in the months of a financial year: month m gets N f d / sum(f d).
fn season(children: f64, factors: [f64; 12], leap: bool) -> [f64; 12] {
    let mut days = DAYS;
    days[1] += f64::from(u8::from(leap));
    let all: f64 = factors.iter().zip(days).map(|(f, d)| f * d).sum();
    from_april(std::array::from_fn(|m| children * factors[m] * days[m] / all))
}

fn door(children: f64, more: &str) -> String {
    format!(
        r#"
[ages]
child = [0, 18]
[arrivals.families]
children_per_year = {children}
{more}
enters = "door"
ages = {{ child = 1 }}
[stages.door]
exits.a = {{ to = "gone", share = 1, time = {{ law = "fixed", length = 1 }} }}
[stages.gone]
[flows.arrive]
title = "Children arriving"
into = ["door"]
"#
    )
}

/// Arrivals by month are Poisson, so the error of one future is known beforehand; over many futures it is theirs.
#[track_caller]
fn assert_arrive(text: &str, due: &[f64], runs: u32, what: &str) {
    let futures = Futures::of(text, u64::from(runs), [(Flow, "arrive")]);
    for (month, &due) in due.iter().enumerate() {
        let came = futures.mean(|f| f[0][month]).mean;
        Estimate { mean: came, error: (due / f64::from(runs)).sqrt() }.assert_within(
            due,
            1e-9,
            format!("{what}, month {month}"),
        );
    }
}

const FEBRUARY: [f64; 12] = [0.0, 12.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
/// Monthly counts of a level service over their mean: a month's length counts twice then.
const COUNTS: [f64; 12] = [
    1.019_178, 0.920_548, 1.019_178, 0.986_301, 1.019_178, 0.986_301, 1.019_178, 1.019_178, 0.986_301,
    1.019_178, 0.986_301, 1.019_178,
];
const LEVEL: [f64; 12] = [1.0; 12];

/// Whatever the factors, 12,000 come in the year: of a level service 920.5 (12,000 x 28/365) in February, and where all
/// come in February all of them do, leap year or not.
#[test]
fn a_year_brings_what_is_said_for_it_whatever_the_season() {
    for (name, factors) in [("February", FEBRUARY), ("counts", COUNTS), ("level", LEVEL)] {
        let rest = door(12_000.0, &format!("seasonality = {factors:?}"));
        let due: Vec<f64> =
            [false, false, true].iter().flat_map(|&leap| season(12_000.0, factors, leap)).collect();
        let year: f64 = due[..12].iter().sum();
        assert!((year - 12_000.0).abs() < 1e-6);
        assert_arrive(&text("2025-04-01", 3, &rest), &due, 40, name);
    }
    let no_season = season(12_000.0, LEVEL, false);
    assert!((no_season[10] - 920.547_9).abs() < 1e-3, "February of a level service");
    assert_arrive(&text("2025-04-01", 1, &door(12_000.0, "")), &no_season, 40, "no factors");
}

/// From another month the year's factors are the same: October to March bring what they bring in a whole year, though
/// April to September are not simulated.
#[test]
fn a_season_is_that_of_its_whole_financial_year() {
    let factors = [2.5, 0.1, 2.5, 0.1, 2.5, 0.1, 2.5, 1.4, 0.1, 0.1, 0.0, 0.1];
    let rest = door(24_000.0, &format!("seasonality = {factors:?}"));
    let (plain, leap) = (season(24_000.0, factors, false), season(24_000.0, factors, true));
    let due: Vec<f64> = plain[6..].iter().chain(&leap).chain(&plain[..6]).copied().collect();
    // October 2026 to September 2028: the financial year 2027-28 has the leap day.
    assert_arrive(&text("2026-10-01", 2, &rest), &due, 40, "from October");
}

/// Growth comes after the season: a month gets its part of the year's children times (1 + g) to the power of the years
/// since the start. Within a month growth is some .8%, and whether it is read at its middle or its mean a thousandth of that.
#[test]
fn growth_multiplies_what_the_season_leaves() {
    let factors = [2.5, 0.1, 2.5, 0.1, 2.5, 0.1, 2.5, 1.4, 0.1, 0.1, 0.0, 0.1];
    let rest = door(24_000.0, &format!("seasonality = {factors:?}\ngrowth = 0.1"));
    let mut since = 0.0;
    let mut due = Vec::new();
    for leap in [false, false] {
        for (m, children) in season(24_000.0, factors, leap).into_iter().enumerate() {
            let years = from_april(DAYS)[m] / 365.0;
            due.push(children * 1.1_f64.powf(since + years / 2.0));
            since += years;
        }
    }
    let futures = Futures::of(&text("2025-04-01", 2, &rest), 40, [(Flow, "arrive")]);
    for (month, due) in due.into_iter().enumerate() {
        futures.mean(|f| f[0][month]).assert_within(due, 1e-3 * due, format!("month {month}"));
    }
}

/// What `check` promises: to say what a file means.
#[test]
fn check_says_that_all_come_in_february() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("feb.toml");
    let rest = door(12_000.0, &format!("seasonality = {FEBRUARY:?}"));
    std::fs::write(&path, text("2025-04-01", 3, &rest)).expect("a file");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_carecast")).arg("check").arg(&path).output();
    let said = String::from_utf8(output.expect("the program starts").stdout).expect("it prints UTF-8");
    assert!(said.contains("February"), "{said}");
}

const PLAIN: &str = r#"
calendar = "plain"
[ages]
child = [0, 18]
[arrivals.one]
children_per_year = 120000
seasonality = [0.153846, 0.307692, 0.461538, 0.615385, 0.769231, 0.923077, 1.076923, 1.230769, 1.384615, 1.538462, 1.692308, 1.846154]
enters = "s"
ages = { child = 1 }
[stages.s]
exits.out = { to = "out", time = { law = "exponential", mean = 5 } }
[stages.out]
[flows.arrive]
title = "F1"
into = ["s"]
[stocks.s]
title = "S"
stages = ["s"]
[costs.fixed]
title = "Fixed"
behaves = "fixed"
basis = "staff"
growth = 0.10
charges.x = { per_year = 1200000 }
"#;

fn series<'a>(all: &'a [Series], summary_of: (carecast::experiment::summary::Measure, &str)) -> &'a Series {
    find(all, summary_of.0, summary_of.1).unwrap_or_else(|| panic!("no {}", summary_of.1))
}

/// The number of each month of a series by its name.
fn by_name(series: &Series) -> Vec<(i32, Month, f64)> {
    series.points.iter().map(|(date, s)| (date.year(), date.month(), s.mean)).collect()
}

/// Years of twelve equal months with their own names, whatever the first: 72 months one after the other, each with the
/// twelfth of the year that its factor says (they are counts over 78, April the fourth), and each priced in its financial year.
#[test]
fn months_of_the_plain_calendar_keep_their_names_seasons_and_prices() {
    for (start, first) in [("2025-04-01", 4_u8), ("2025-01-01", 1), ("2023-10-01", 10), ("2024-03-01", 3)] {
        let summary = batch(&[&text(start, 6, PLAIN)], 10);
        let months = &summary.scenarios[0].months;
        let arrive = by_name(series(months, (Flow, "arrive")));
        let cost = by_name(series(months, (Cost, "line/fixed")));
        assert_eq!((arrive.len(), cost.len()), (72, 72));
        let year: i32 = start[..4].parse().unwrap();
        for (m, ((y, month, came), (_, _, pounds))) in arrive.iter().zip(&cost).enumerate() {
            let after = i32::from(first) - 1 + i32::try_from(m).unwrap();
            let (due_year, due_month) = (year + after / 12, after % 12 + 1);
            assert_eq!((*y, i32::from(u8::from(*month))), (due_year, due_month), "month {m} from {start}");
            let due = 120_000.0 * f64::from(due_month) / 78.0;
            Estimate { mean: *came, error: (due / 10.0).sqrt() }.assert_within(
                due,
                1e-6 * due,
                format!("{month} {y} from {start}"),
            );
            let financial = if due_month >= 4 { due_year } else { due_year - 1 };
            let due = 100_000.0 * 1.1_f64.powi(financial - 2025);
            // What rounding leaves over goes to the next month, so that the year comes to the penny.
            assert!((pounds - due).abs() <= 0.01 + 1e-6, "{pounds} for {due} in {month} {y} from {start}");
        }
    }
}

/// No simulated month is missing from the yearly rows, and a whole year's rows have the year's children.
#[track_caller]
fn assert_years_are_all_the_months(summary: &Summary, item: (carecast::experiment::summary::Measure, &str)) {
    for scenario in &summary.scenarios {
        let total = |series: &Series| series.points.iter().map(|p| p.1.mean).sum::<f64>();
        let (months, years) = (series(&scenario.months, item), series(&scenario.years, item));
        let (months, years) = (total(months), total(years));
        assert!(
            (months - years).abs() <= 1e-9 * months.abs(),
            "{}: {years} in years, {months} in months",
            item.1
        );
    }
}

#[test]
fn years_of_the_plain_calendar_are_all_there() {
    for start in ["2025-04-01", "2025-01-01", "2023-10-01"] {
        let summary = batch(&[&text(start, 6, PLAIN)], 10);
        assert_years_are_all_the_months(&summary, (Flow, "arrive"));
        assert_years_are_all_the_months(&summary, (Cost, "total"));
        let arrive = series(&summary.scenarios[0].years, (Flow, "arrive"));
        // Six years from April; from elsewhere five and two parts.
        assert_eq!(arrive.points.len(), if start.contains("-04-") { 6 } else { 7 }, "from {start}");
        let whole = if start.contains("-04-") { 0..6 } else { 1..6 };
        for (date, came) in &arrive.points[whole] {
            assert_eq!((date.month(), date.day()), (Month::March, 31));
            Estimate { mean: came.mean, error: (12_000.0_f64).sqrt() }
                .assert_is(120_000.0, format!("year to {date}"));
        }
    }
}

/// A thousand children in care at £10 a day, from October 2025 for three years (1,096 days), and a service bought on the first
/// day for £20m that hurries them home, from a mean of 60 years to one of two.
const PART_YEARS: &str = r#"
[ages]
child = [0, 18]
[stages.care]
exits.home = { to = "gone", share = 1, time = { law = "exponential", mean = 60, unit = "years" } }
[stages.gone]
[opening.care]
count = 1000
ages = { child = 1 }
[stocks.care]
title = "Children looked after"
stages = ["care"]
[flows.arrive]
title = "Home"
into = ["gone"]
[costs.week]
title = "Care"
behaves = "varies"
basis = "case"
charges.a = { per_week = 70, of = ["care"] }
[costs.team]
title = "Team"
behaves = "fixed"
basis = "staff"
charges.a = { per_year = 400_000 }
"#;

/// Care costs £10 x 1,000 x m (1 - exp(-1096/m)) over the time, m the mean stay in days: £10.69m at sixty years, £5.68m at two.
/// So what was bought for £20m costs £15.0m more; and the yearly rows say so, parts of years among them.
#[test]
fn what_is_paid_in_a_part_of_a_year_counts() {
    let base = text("2025-10-01", 3, PART_YEARS);
    let invest = format!(
        "{base}[interventions.x]\ntitle = \"Buy a service\"\nfrom = \"2025-10-01\"\nreaches = {{ stage = \"care\" }}\neffects = [{{ exit = \"home\", pace_times = 30 }}]\ncost = {{ once = 20_000_000 }}\n"
    );
    let summary = batch(&[&base, &invest], 100);
    let care = |mean: f64| 10_000.0 * mean * (1.0 - (-1096.0 / mean).exp());
    let due = 20_000_000.0 + care(730.5) - care(21_915.0);
    let sd = |mean: f64| (1000.0_f64).sqrt() * 10.0 * mean.min(1096.0);
    let invest = &summary.scenarios[1];
    for (name, rows) in [("months", &invest.difference_months), ("years", &invest.difference_years)] {
        let more: f64 = series(rows, (Cost, "total")).points.iter().map(|p| p.1.mean).sum();
        // No stay varies by more than its mean, or the whole time.
        let error = (sd(730.5).powi(2) + sd(1096.0).powi(2)).sqrt() / 10.0;
        Estimate { mean: more, error }.assert_is(due, format!("costs more, by {name}"));
        assert!((more / 1e6 - 15.0).abs() < 0.2, "{more}");
    }
    for item in [(Cost, "total"), (Cost, "line/week"), (Cost, "line/team"), (Flow, "arrive")] {
        assert_years_are_all_the_months(&summary, item);
    }
}

/// £400,000 a year over three years from October comes to £1.2m in whatever parts: 182 of 365 days, two years, 183 of 365.
/// Each month is rounded to the penny.
#[test]
fn what_is_said_for_a_year_comes_to_it_in_parts_of_years_too() {
    let [team] = future(&text("2025-10-01", 3, PART_YEARS), [(Cost, "line/team")]);
    assert!((sum(&team) - 1_200_000.0).abs() <= 36.0 * 0.005 + 1e-6, "{}", sum(&team));
    let part = sum(&team[..6]);
    assert!((part - 400_000.0 * 182.0 / 365.0).abs() <= 6.0 * 0.005 + 1e-6, "{part}");
    assert!((sum(&team[6..18]) - 400_000.0).abs() <= 12.0 * 0.005 + 1e-6);
}

/// What a service costs by the year and by the child, in parts of years: each child is charged in its month, each month of
/// running in proportion to its days; all of both are in the yearly rows.
#[test]
fn a_service_in_parts_of_years_is_paid_for_in_full() {
    let service = r#"
[stages.door]
exits.in = { to = "care", share = 1, time = { law = "fixed", length = 100 } }
[opening.door]
count = 50
fresh = true
ages = { child = 1 }
[interventions.x]
title = "x"
from = "2025-10-01"
reaches = { stage = "care" }
effects = []
[interventions.x.cost]
per_year = 73_000
per_child = 100
"#;
    let text = text("2025-10-01", 3, &format!("{PART_YEARS}{service}"));
    let summary = batch(&[&text], 2);
    assert_years_are_all_the_months(&summary, (Cost, "intervention/x"));
    assert_years_are_all_the_months(&summary, (Flow, "reached/x"));
    let [cost, reached] = future(&text, [(Cost, "intervention/x"), (Flow, "reached/x")]);
    // Day 100 is 9 January 2026, in the part of a year before the first April.
    assert_eq!(reached[3], 50.0);
    assert!((cost[3] - (5000.0 + 73_000.0 * 31.0 / 365.0)).abs() <= 0.005 + 1e-6, "{}", cost[3]);
    assert!((sum(&cost) - (3.0 * 73_000.0 + 5000.0)).abs() <= 36.0 * 0.005 + 1e-6, "{}", sum(&cost));
}

/// A thousand children of 17, with birthdays on any day of the year, come to a stage on its thirtieth day and stay until
/// they are 18: who is so by then leaves at once, every other on its birthday, the last at the end of the year.
#[test]
fn who_stays_until_an_age_leaves_on_that_birthday_whenever_it_came() {
    let rest = r#"
[ages]
old = [17, 18]
[stages.before]
exits.in = { to = "s", share = 1, time = { law = "fixed", length = 30 } }
[stages.s]
exits.grown = { to = "g", time = { law = "until_age", age = 18 } }
[stages.g]
[opening.before]
count = 1000
fresh = true
[flows.grown]
title = "Grown"
into = ["g"]
"#;
    let [grown] = future(&text("2025-04-01", 2, rest), [(Flow, "grown")]);
    assert_eq!((grown[0], sum(&grown[..12])), (0.0, 1000.0), "in April, and in the year");
    let mut days = 30.0;
    for month in 1..11 {
        days += from_april(DAYS)[month];
        let due = days / 365.0;
        Estimate::share(sum(&grown[..=month]), 1000.0, due).assert_is(due, format!("by month {month}"));
    }
}
