//! An invented batch of realistic size, for tests: no council's figures.

use time::{Date, Month, macros::date};

use super::{Assumption, Results, ScenarioInfo};
use crate::{
    describe::changes,
    experiment::summary::{Item, Measure, ScenarioSummary, Series, Spread, Summary},
    record::{Part, Total, fixture::spread},
    scenario::{file::ScenarioFile, recorded},
};

/// Everything that a [`Results`] borrows from.
#[derive(Clone)]
pub(crate) struct Fixture {
    pub(crate) summary: Summary,
    pub(crate) files: Vec<ScenarioFile>,
}

impl Fixture {
    /// With the differences of each year added up, as if every future were as far from the mean in each.
    pub(crate) fn summed_up(&self) -> Self {
        let mut all = self.clone();
        for s in &mut all.summary.scenarios {
            let sums = s.difference_years.iter().filter(|series| series.item.measure != Measure::Stock);
            s.difference_since_start = sums.map(added_up).collect();
        }
        all
    }

    /// As a caller hands it over.
    pub(crate) fn results(&self) -> Results<'_> {
        let scenarios = self
            .files
            .iter()
            .enumerate()
            .map(|(i, file)| ScenarioInfo {
                file,
                hash: format!("{:064x}", 0xfeed_0000_usize + i),
                changes: changes::interventions_of(file, self.files.first().filter(|_| i > 0)),
                assumptions: assumptions(i),
                only_invests: i > 0,
                recorded: recorded(
                    file,
                    &courses().into_iter().map(|c| (c.item, c.title.to_owned())).collect::<Vec<_>>(),
                ),
            })
            .collect();
        Results { summary: &self.summary, scenarios, notes: Vec::new() }
    }

    /// The first `n` scenarios alone.
    pub(crate) fn keep(mut self, n: usize) -> Self {
        self.summary.scenarios.truncate(n);
        self.files.truncate(n);
        self
    }

    /// Without the series that `drop` names.
    pub(crate) fn without(mut self, drop: impl Fn(&Series) -> bool) -> Self {
        for s in &mut self.summary.scenarios {
            for series in [&mut s.months, &mut s.years, &mut s.difference_months, &mut s.difference_years] {
                series.retain(|one| !drop(one));
            }
        }
        self
    }

    /// With every spread changed by `change`.
    pub(crate) fn mapped(mut self, change: impl Fn(Spread) -> Spread) -> Self {
        for s in &mut self.summary.scenarios {
            for list in [&mut s.months, &mut s.years, &mut s.difference_months, &mut s.difference_years] {
                list.iter_mut().flat_map(|one| &mut one.points).for_each(|p| p.1 = change(p.1));
            }
        }
        self
    }
}

/// Four scenarios, five years.
pub(crate) fn stoke() -> Fixture {
    let names = [
        "Stoke-on-Trent as it stands",
        "Early help expanded",
        "Early help withdrawn",
        "More in-house foster carers",
    ];
    let files = (0..4).map(|i| file(names[i], i)).collect();
    let scenarios = (0..4).map(|i| scenario(names[i], i)).collect();
    Fixture { summary: Summary { seed: 42, runs: 2000, start: date!(2025 - 04 - 01), scenarios }, files }
}

struct Course {
    item: Item,
    title: &'static str,
    /// Level at the start: children, events a month or pounds a month.
    level: f64,
    /// Growth over five years.
    growth: f64,
    /// Relative spread after five years.
    wide: f64,
    /// Relative change by the last day in each what-if.
    effect: [f64; 4],
}

const NOTHING: [f64; 4] = [0.0; 4];
const CARE: [f64; 4] = [0.0, -0.085, 0.062, -0.002];

#[rustfmt::skip]
fn courses() -> Vec<Course> {
    let one = |item, title, level, growth, wide, effect| Course { item, title, level, growth, wide, effect };
    let placed = |state: &str| Part::State { track: "placement".into(), state: state.into() };
    let looked_after = |part| Item::stock("looked_after").part(part);
    let care_ends = |exit: &str| Item::flow("care_ends").part(Part::Exit(exit.into()));
    vec![
        one(Item::stock("looked_after"), "Children looked after", 1063.0, 0.062, 0.095, CARE),
        one(looked_after(placed("foster_in_house")), "In-house foster carers", 348.0, 0.02, 0.12, [0.0, -0.06, 0.05, 0.17]),
        one(looked_after(placed("foster_agency")), "Agency foster carers", 257.0, 0.09, 0.15, [0.0, -0.1, 0.08, -0.21]),
        one(looked_after(placed("kinship")), "Family and friends foster carers", 160.0, 0.10, 0.14, CARE),
        one(looked_after(placed("residential")), "Children\u{2019}s homes", 123.0, 0.19, 0.17, [0.0, -0.12, 0.09, -0.06]),
        one(looked_after(placed("with_parents")), "Placed at home with parents", 95.0, -0.08, 0.16, CARE),
        one(looked_after(placed("semi_independent")), "Semi-independent accommodation", 44.0, 0.06, 0.2, CARE),
        one(looked_after(placed("placed_for_adoption")), "Placed for adoption", 36.0, 0.11, 0.25, CARE),
        one(looked_after(Part::Age("under_1".into())), "Under 1", 52.0, 0.06, 0.25, CARE),
        one(looked_after(Part::Age("1_to_4".into())), "1 to 4", 148.0, 0.06, 0.2, CARE),
        one(looked_after(Part::Age("5_to_9".into())), "5 to 9", 236.0, 0.03, 0.15, CARE),
        one(looked_after(Part::Age("10_to_15".into())), "10 to 15", 432.0, 0.06, 0.12, CARE),
        one(looked_after(Part::Age("16_to_17".into())), "16 to 17", 195.0, 0.11, 0.12, CARE),
        one(Item::stock("child_protection_plan"), "Children on child protection plans", 316.0, 0.21, 0.2, [0.0, -0.11, 0.08, 0.0]),
        one(Item::stock("children_in_need"), "Children in need", 3186.0, 0.04, 0.14, [0.0, -0.05, 0.04, 0.0]),
        one(Item::flow("contacts"), "Contacts", 1012.0, 0.05, 0.13, NOTHING),
        one(Item::flow("referrals"), "Referrals", 331.0, 0.08, 0.16, [0.0, -0.07, 0.05, 0.0]),
        one(Item::flow("assessments"), "Child and family assessments", 326.0, 0.08, 0.16, [0.0, -0.07, 0.05, 0.0]),
        one(Item::flow("section_47"), "Section 47 enquiries", 164.0, 0.06, 0.19, [0.0, -0.08, 0.06, 0.0]),
        one(Item::flow("initial_conferences"), "Initial child protection conferences", 44.0, 0.12, 0.21, [0.0, -0.09, 0.06, 0.0]),
        one(Item::flow("child_protection_plan_starts"), "Child protection plans started", 38.0, 0.12, 0.22, [0.0, -0.1, 0.07, 0.0]),
        one(Item::flow("care_starts"), "Children starting to be looked after", 21.0, 0.05, 0.16, [0.0, -0.14, 0.1, 0.0]),
        one(Item::flow("care_ends"), "Children ceasing to be looked after", 20.5, 0.03, 0.13, [0.0, -0.04, 0.02, 0.01]),
        one(care_ends("adoption"), "Adopted", 2.6, 0.03, 0.2, [0.0, -0.04, 0.02, 0.0]),
        one(care_ends("sgo"), "Special guardianship order", 4.3, 0.03, 0.18, [0.0, -0.04, 0.02, 0.0]),
        one(care_ends("home"), "Returned home", 4.5, 0.03, 0.18, [0.0, -0.04, 0.02, 0.0]),
        one(care_ends("turned_18"), "Turned 18", 9.1, 0.05, 0.1, [0.0, -0.04, 0.02, 0.0]),
        one(Item::NET_COST, "Net cost", 10_480_000.0, 0.31, 0.12, [0.0, -0.052, 0.044, -0.03]),
        one(Item::total(Total::CashReleasing), "Lines that vary with children", 7_900_000.0, 0.36, 0.14, [0.0, -0.081, 0.055, -0.041]),
        one(Item::total(Total::NotCashReleasing), "Fixed lines", 2_440_000.0, 0.14, 0.02, NOTHING),
        one(Item::line("residential"), "Children\u{2019}s homes", 3_800_000.0, 0.58, 0.2, [0.0, -0.12, 0.09, -0.06]),
        one(Item::line("fostering"), "Fostering", 2_290_000.0, 0.22, 0.12, [0.0, -0.07, 0.05, -0.03]),
        one(Item::line("other_looked_after"), "Other support for children looked after", 1_290_000.0, 0.18, 0.1, CARE),
        one(Item::line("leaving_care"), "Leaving care", 420_000.0, 0.2, 0.1, CARE),
        one(Item::line("safeguarding"), "Social work and safeguarding", 2_440_000.0, 0.14, 0.02, NOTHING),
        one(Item::income("uasc"), "Grant for unaccompanied children", -118_000.0, 0.1, 0.1, NOTHING),
        one(Item::income("health"), "Health contributions", -240_000.0, 0.1, 0.1, NOTHING),
    ]
}

fn scenario(name: &str, which: usize) -> ScenarioSummary {
    let series = |difference, yearly| {
        courses().iter().map(|course| follow(course, which, difference, yearly)).collect::<Vec<_>>()
    };
    let mut out = ScenarioSummary {
        name: name.to_owned(),
        months: series(false, false),
        years: series(false, true),
        difference_months: if which == 0 { Vec::new() } else { series(true, false) },
        difference_years: if which == 0 { Vec::new() } else { series(true, true) },
        difference_since_start: Vec::new(),
    };
    if matches!(which, 1 | 3) {
        let cost = |yearly| {
            let course = Course {
                item: Item::intervention("service"),
                title: if which == 1 { "Intensive family support" } else { "Foster carer recruitment" },
                level: 110_000.0,
                growth: 0.13,
                wide: 0.03,
                effect: NOTHING,
            };
            follow(&course, 0, false, yearly)
        };
        out.months.push(cost(false));
        out.difference_months.push(cost(false));
        out.years.push(cost(true));
        out.difference_years.push(cost(true));
    }
    out
}

fn added_up(series: &Series) -> Series {
    let mut sum = spread(0.0, 0.0);
    let add = |(date, in_year): &(Date, Spread)| {
        sum = spread(sum.mean + in_year.mean, sum.sd + in_year.sd);
        (*date, sum)
    };
    let points = series.points.iter().map(add).collect();
    Series { points, ..series.clone() }
}

fn follow(course: &Course, which: usize, difference: bool, yearly: bool) -> Series {
    let stock = course.item.measure == Measure::Stock;
    let one = |months: u32| {
        let t = f64::from(months) / 60.0;
        let wobble = 1.0 + 0.006 * (f64::from(months) * 0.9).sin();
        let scale = if yearly && !stock { 12.0 } else { 1.0 };
        let base = course.level * scale * (1.0 + course.growth * t) * wobble;
        let moved = course.effect[which] * t.powf(1.3);
        if difference {
            spread(base * moved, (base * moved).abs() * 0.38 + course.level * 0.002 * t)
        } else {
            let noise = if stock { 0.0 } else { 0.4 / (course.level * scale).abs().sqrt().min(60.0) };
            spread(base * (1.0 + moved), (base * (course.wide * t.sqrt() / 1.28 + noise)).abs())
        }
    };
    let first = u32::from(!stock);
    let points = if yearly {
        (1..=5).map(|year| (month_end(12 * year), one(12 * year - if stock { 0 } else { 6 }))).collect()
    } else {
        (first..=60).map(|month| (month_end(month), one(month))).collect()
    };
    Series { item: course.item.clone(), title: course.title.to_owned(), points }
}

/// The same from October to September, so that the first and the last financial years are simulated in part.
pub(crate) fn october() -> Fixture {
    let mut fixture = stoke();
    fixture.summary.start = date!(2025 - 10 - 01);
    let half = |s: Spread| spread(s.mean / 2.0, s.sd / 2.0);
    for s in &mut fixture.summary.scenarios {
        for series in s.months.iter_mut().chain(&mut s.difference_months) {
            series.points.retain(|p| p.0 >= date!(2025 - 09 - 30));
            let last = series.points[series.points.len() - 1].1;
            series.points.extend((61..=66).map(|month| (month_end(month), last)));
        }
        for series in s.years.iter_mut().chain(&mut s.difference_years) {
            let is_stock = series.item.measure == Measure::Stock;
            let part = |s: Spread| if is_stock { s } else { half(s) };
            let last = series.points[series.points.len() - 1].1;
            series.points[0].1 = part(series.points[0].1);
            series.points.push((date!(2030 - 09 - 30), part(last)));
        }
    }
    fixture
}

/// The last day of the month `months` after March 2025.
fn month_end(months: u32) -> Date {
    let after = i32::try_from(months).unwrap() + 3;
    let month = Month::try_from(u8::try_from(after % 12 + 1).unwrap()).unwrap();
    Date::from_calendar_date(2025 + after / 12, month, 1).unwrap().previous_day().unwrap()
}

fn assumptions(which: usize) -> Vec<Assumption> {
    let one =
        |path: &str, title: &str, best, range: Option<(f64, f64)>, unit: &str, source: &str| Assumption {
            path: path.to_owned(),
            title: title.to_owned(),
            best,
            low: range.map(|r| r.0),
            high: range.map(|r| r.1),
            law: range
                .map(|_| crate::scenario::number::Spread::By(crate::scenario::file::RangeLaw::Lognormal)),
            unit: unit.to_owned(),
            source: source.to_owned(),
            is_assumption: source.starts_with("assumption"),
        };
    let dfe = "Department for Education, Children looked after in England, 2025";
    let mut all = vec![
        one(
            "arrivals.families.children_per_year",
            "Families: children a year",
            12_140.0,
            Some((10_500.0, 13_900.0)),
            "children a year",
            "assumption: contacts are not published; three for each referral",
        ),
        one(
            "stages.assessment.exits.section_47.share",
            "Assessment: share to section 47 enquiry",
            0.496,
            Some((0.41, 0.58)),
            "share",
            "Department for Education, Children in need, 2025",
        ),
        one(
            "stages.section_47.exits.conference.share",
            "Section 47 enquiry: share to conference",
            0.266,
            Some((0.22, 0.32)),
            "share",
            "Department for Education, Children in need, 2025",
        ),
        one(
            "stages.care.exits.adoption.share.under_1",
            "Care: share adopted, under 1",
            0.38,
            Some((0.30, 0.46)),
            "share",
            dfe,
        ),
        one(
            "stages.care.exits.adoption.time.median",
            "Care: months to adoption",
            25.0,
            Some((21.0, 29.5)),
            "months",
            "https://example.org/tables/a-rather-long-address-that-has-no-place-to-break/adoption-timeliness-2024-25.csv",
        ),
        one(
            "siblings.correlation",
            "How alike decisions for siblings are",
            0.6,
            Some((0.4, 0.8)),
            "",
            "assumption, from two counties\u{2019} sibling groups",
        ),
        one(
            "costs.residential.charges.weeks.per_week",
            "Children\u{2019}s homes: a week",
            6420.0,
            None,
            "pounds a week",
            "Section 251 outturn 2024-25",
        ),
        one(
            "costs.residential.growth",
            "Children\u{2019}s homes: price growth",
            0.06,
            Some((0.02, 0.1)),
            "a year",
            "assumption: between general inflation and the last five years",
        ),
    ];
    if which == 1 {
        all.push(one(
            "interventions.service.effects.0.share_times",
            "Intensive family support: times the share to care",
            0.83,
            Some((0.70, 0.97)),
            "times",
            "assumption: half the effect found in a matched comparison",
        ));
    }
    all
}

fn file(name: &str, which: usize) -> ScenarioFile {
    let intervention = match which {
        1 => INTENSIVE,
        3 => RECRUITMENT,
        _ => "",
    };
    toml::from_str(&format!("name = {name:?}\n{BASE}{intervention}")).unwrap()
}

const INTENSIVE: &str = r#"
[interventions.service]
title = "Intensive family support"
from = "2026-04-01"
ramp_up_months = 9
take_up = 0.8
places_per_year = 240
reaches = { stage = "care", ages = ["under_1", "1_to_4"] }
effects = [{ exit = "adoption", share_times = { best = 0.83, low = 0.7, high = 0.97 } }]
cost = { per_year = 1_320_000, per_family = 1_500, source = "council's business case" }
source = "assumption: half the effect found in a matched comparison"
"#;

const RECRUITMENT: &str = r#"
[interventions.service]
title = "Foster carer recruitment"
from = "2025-10-01"
until = "2029-03-31"
effects = [{ pool = "in_house", adds_places = { best = 60, low = 30, high = 90 } }]
cost = { once = 400_000, per_year = { best = 600_000, low = 500_000, high = 800_000 } }
"#;

const BASE: &str = r#"
description = "The children whom the council works with now, met by the services it has now. Invented figures, for tests."
price_base = "2024-25"
simulation = { start = "2025-04-01", years = 5 }
ages = { under_1 = [0, 1], 1_to_4 = [1, 5], 5_to_9 = [5, 10], 10_to_15 = [10, 16], 16_to_17 = [16, 18] }
[stages.care]
[tracks.placement]
title = "Placement"
during = ["care"]
first = { foster_in_house = "rest" }
[tracks.placement.states]
foster_in_house = {}
foster_agency = {}
kinship = {}
residential = {}
with_parents = {}
semi_independent = {}
placed_for_adoption = {}
[stocks.children_in_need]
title = "Children in need"
stages = ["care"]
note = "As the published count: includes children looked after, on child protection plans and leaving care."
[stocks.looked_after]
title = "Children looked after"
stages = ["care"]
by = ["placement", "age"]
note = "Short breaks are not counted."
[stocks.child_protection_plan]
title = "Children on child protection plans"
stages = ["care"]
[flows]
contacts = { title = "Contacts", into = ["care"] }
referrals = { title = "Referrals", into = ["care"] }
assessments = { title = "Child and family assessments", into = ["care"] }
section_47 = { title = "Section 47 enquiries", into = ["care"] }
initial_conferences = { title = "Initial child protection conferences", into = ["care"] }
child_protection_plan_starts = { title = "Child protection plans started", into = ["care"] }
care_starts = { title = "Children starting to be looked after", into = ["care"] }
care_ends = { title = "Children ceasing to be looked after", out_of = ["care"], by_exit = true }
[costs.residential]
title = "Children’s homes"
behaves = "varies"
basis = "case"
charges = {}
outturn = { 2022-23 = 27_700_000, 2023-24 = 39_100_000, 2024-25 = 45_600_000 }
[costs.fostering]
title = "Fostering"
behaves = "varies"
basis = "case"
charges = {}
outturn = { 2022-23 = 26_600_000, 2023-24 = 25_000_000, 2024-25 = 27_500_000 }
[costs.other_looked_after]
title = "Other support for children looked after"
behaves = "varies"
basis = "case"
charges = {}
outturn = { 2022-23 = 16_000_000, 2023-24 = 13_700_000, 2024-25 = 15_500_000 }
[costs.leaving_care]
title = "Leaving care"
behaves = "varies"
basis = "case"
charges = {}
outturn = { 2022-23 = 3_900_000, 2023-24 = 4_400_000, 2024-25 = 5_000_000 }
[costs.safeguarding]
title = "Social work and safeguarding"
behaves = "fixed"
basis = "staff"
charges = {}
outturn = { 2022-23 = 27_400_000, 2023-24 = 25_500_000, 2024-25 = 29_800_000 }
[income.uasc]
title = "Grant for unaccompanied children"
behaves = "varies"
basis = "case"
charges = {}
outturn = { 2022-23 = 1_500_000, 2023-24 = 1_400_000, 2024-25 = 1_400_000 }
[income.health]
title = "Health contributions"
behaves = "varies"
basis = "case"
charges = {}
outturn = { 2022-23 = 2_700_000, 2023-24 = 2_900_000, 2024-25 = 3_100_000 }
[recorded.looked_after]
source = "Department for Education, Children looked after in England, 2025"
years = { 2015 = 610, 2016 = 655, 2017 = 653, 2018 = 740, 2019 = 851, 2020 = 917, 2021 = 1004, 2022 = 1022, 2023 = 1106, 2024 = 1152, 2025 = 1063 }
readings = { 2026-01-15 = 1086 }
[recorded."looked_after/residential"]
source = "Department for Education, Children looked after in England, 2025"
years = { 2020 = 66, 2021 = 78, 2022 = 92, 2023 = 104, 2024 = 119, 2025 = 123 }
[recorded."looked_after/with_parents"]
source = "Department for Education, Children looked after in England, 2025"
years = { 2020 = 148, 2021 = 151, 2022 = 140, 2023 = 128, 2024 = 110, 2025 = 95 }
[recorded.referrals]
source = "Department for Education, Children in need, 2025"
years = { 2019 = 7461, 2020 = 5956, 2021 = 5338, 2022 = 4620, 2023 = 5410, 2024 = 4798, 2025 = 3874 }
[recorded.section_47]
source = "Department for Education, Children in need, 2025"
years = { 2019 = 1789, 2020 = 2081, 2021 = 2406, 2022 = 2199, 2023 = 2786, 2024 = 2471, 2025 = 1899 }
[recorded.initial_conferences]
source = "Department for Education, Children in need, 2025"
years = { 2019 = 463, 2020 = 857, 2021 = 786, 2022 = 666, 2023 = 837, 2024 = 810, 2025 = 505 }
[recorded.child_protection_plan_starts]
source = "Department for Education, Children in need, 2025"
years = { 2019 = 420, 2020 = 746, 2021 = 702, 2022 = 597, 2023 = 695, 2024 = 714, 2025 = 436 }
[recorded.care_starts]
source = "Department for Education, Children looked after in England, 2025"
years = { 2019 = 257, 2020 = 248, 2021 = 278, 2022 = 269, 2023 = 280, 2024 = 287, 2025 = 178 }
[recorded.care_ends]
source = "Department for Education, Children looked after in England, 2025"
years = { 2019 = 148, 2020 = 183, 2021 = 192, 2022 = 254, 2023 = 197, 2024 = 243, 2025 = 270 }
"#;
