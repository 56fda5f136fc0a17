//! Scenarios made up by chance, with everything the engine knows: pools that keep waiting or turn away, tracks,
//! siblings, drift, ranges, birthdays, an opening caseload, interventions.

use std::fmt::Write;

use proptest::prelude::*;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// What a made-up scenario has. Shrinking takes things away.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "things that a scenario has or has not")]
pub struct MadeUp {
    pub pools: bool,
    pub tracks: bool,
    pub siblings: bool,
    pub drift: bool,
    pub opening: bool,
    pub birthdays: bool,
    pub seed: u64,
}

pub fn made_up() -> impl Strategy<Value = MadeUp> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (flags, 0..1_000_000_u64).prop_map(|((pools, tracks, siblings, drift, opening, birthdays), seed)| {
        MadeUp { pools, tracks, siblings, drift, opening, birthdays, seed }
    })
}

const TIMED: [&str; 5] = ["s0", "s2", "s3", "s4", "s5"];

impl MadeUp {
    /// The scenario; five stages that take time, one decision, two ends.
    pub fn text(&self) -> String {
        let mut rng = SmallRng::seed_from_u64(self.seed);
        let mut text = String::from(
            r#"
name = "Made up"
price_base = "2025-26"
[simulation]
start = "2026-04-01"
years = 4
[ages]
young = [0, 8]
old = [8, 18]
[cohorts.general]
[cohorts.special]
[needs.standard]
share = "rest"
[needs.complex]
share = { by = "cohort", special = 0.5, others = { best = 0.2, low = 0.1, high = 0.3 } }
[arrivals.families]
children_per_year = { best = 160, low = 120, high = 200 }
growth = { best = 0.02, low = -0.03, high = 0.05 }
enters = "s0"
ages = { young = 0.4, old = 0.6 }
cohorts = { general = 0.9, special = 0.1 }
"#,
        );
        if self.siblings {
            text += "family_sizes = { 1 = 0.5, 2 = 0.3, 3 = 0.2 }\n[siblings]\ncorrelation = { best = 0.7, low = 0.5, high = 0.9 }\n";
        }
        self.stages(&mut text, &mut rng);
        if self.tracks {
            self.track(&mut text, &mut rng);
        }
        if self.pools {
            write!(text, "[pools.beds]\nplaces = {}\n", rng.random_range(3..25)).unwrap();
            write!(
                text,
                "[pools.few]\nplaces = {{ best = 8, low = 5, high = {} }}\n",
                rng.random_range(10..20)
            )
            .unwrap();
            write!(text, "[pools.homes]\nplaces = {}\n", rng.random_range(2..20)).unwrap();
        }
        if self.drift {
            text += "[drift.arrivals]\nmoves = [\"arrivals.families\"]\nsd = { best = 0.2, low = 0.1, high = 0.3 }\npersistence = 0.5\n";
            text += "[drift.share]\nmoves = [\"stages.s0.exits.e0.share\", \"stages.s3.exits.e0.share\"]\nsd = 0.3\npersistence = 0.5\nshared = { factor = \"f\", correlation = 0.5 }\n";
            text += "[drift.pace]\nmoves = [\"stages.s5.exits.e1.pace\"]\nsd = 0.4\npersistence = 0.2\nshared = { factor = \"f\", correlation = 0.5 }\n";
        }
        if self.opening {
            self.opening(&mut text, &mut rng);
        }
        text += r#"
[stocks.all]
title = "All"
stages = ["s0", "s2", "s3", "s4", "s5"]
by = ["age", "cohort", "need"]
[flows.s3]
title = "Into s3"
into = ["s3"]
[costs.care]
title = "Care"
behaves = "varies"
basis = "case"
growth = { best = 0.03, low = 0.01, high = 0.06 }
charges.week = { per_week = { best = 500, low = 400, high = 700 }, of = ["s3", "s4"] }
charges.event = { per_event = 1000, of = ["s3"] }
"#;
        text
    }

    fn stages(&self, text: &mut String, rng: &mut SmallRng) {
        for stage in TIMED {
            let lottery = ["s0", "s3", "s5"].contains(&stage);
            writeln!(text, "[stages.{stage}]").unwrap();
            match stage {
                "s2" if self.pools => *text += "pool = \"beds\"\nif_full = \"wait\"\n",
                "s4" if self.pools => *text += "pool = \"few\"\nif_full = \"s5\"\nprice_spread = 0.4\n",
                _ => {}
            }
            if self.birthdays && stage != "s0" {
                *text += "birthday = { age = 18, to = \"aged\" }\n";
            }
            let exits = rng.random_range(2..4);
            for e in 0..exits {
                let share = match (lottery, e + 1 == exits, stage == "s3" && e == 0) {
                    (false, ..) => String::new(),
                    (true, true, _) => "share = \"rest\", ".to_owned(),
                    (true, false, true) => {
                        "share = { by = \"age\", young = 0.2, old = { best = 0.3, low = 0.2, high = 0.4 } }, "
                            .to_owned()
                    }
                    (true, false, false) => format!("share = 0.{}, ", rng.random_range(1..5)),
                };
                let to = match e {
                    0 if stage == "s0" => "s1",
                    1 if stage != "s0" => "out",
                    _ => ["s0", "s1", "s2", "s3", "s4", "s5", "out"][rng.random_range(0..7)],
                };
                writeln!(text, "exits.e{e} = {{ to = \"{to}\", {share}time = {} }}", law(rng)).unwrap();
            }
        }
        *text += r#"
[stages.s1]
exits.e0 = { to = "s2", share = 0.3 }
exits.e1 = { to = "s3", share = { by = "need", complex = 0.4, standard = 0.2 } }
exits.e2 = { to = "s4", share = 0.2 }
exits.e3 = { to = "s5", share = "rest" }
[stages.out]
[stages.aged]
"#;
    }

    fn track(&self, text: &mut String, rng: &mut SmallRng) {
        *text += "[tracks.place]\nduring = [\"s3\", \"s4\", \"s5\"]\nfixed = { s5 = \"held\" }\nfirst = { by = \"age\", young = { a = 0.6, b = \"rest\" }, old = { a = 0.3, b = 0.3, c = \"rest\" } }\n[tracks.place.states.held]\n";
        for (state, to) in [("a", "b"), ("b", "c"), ("c", "a")] {
            writeln!(text, "[tracks.place.states.{state}]").unwrap();
            match state {
                "a" if self.pools => *text += "pool = \"homes\"\nif_full = \"b\"\n",
                "c" if self.pools => *text += "pool = \"homes\"\nif_full = \"wait\"\n",
                _ => {}
            }
            writeln!(text, "exits.move = {{ to = \"{to}\", share = 0.7, time = {} }}", law(rng)).unwrap();
            writeln!(text, "exits.again = {{ to = \"{state}\", share = \"rest\", time = {} }}", law(rng))
                .unwrap();
        }
    }

    fn opening(&self, text: &mut String, rng: &mut SmallRng) {
        for (i, stage) in TIMED.iter().enumerate() {
            writeln!(text, "[opening.{stage}]\ncount = {}", rng.random_range(5..40)).unwrap();
            if i % 2 == 0 {
                *text += "fresh = true\n";
            }
            if self.siblings {
                *text += "family_sizes = { 1 = 0.5, 2 = 0.5 }\n";
            }
            if self.tracks && *stage == "s3" {
                *text += "tracks.place = { a = 0.34, b = 0.41, c = 0.25 }\n";
            }
        }
    }

    /// All of it: the scenario, interventions of every kind, and [`Self::more`].
    pub fn whole(&self) -> String {
        self.text() + &self.interventions("2027-04-01", false, false) + &self.more()
    }

    /// What can be said besides: a second stream with seasons, laws that last until an age or are read off quantiles,
    /// exits with a pace, a track over two stages that follows the plan, services that take few, and counts and costs of all.
    pub fn more(&self) -> String {
        let mut rng = SmallRng::seed_from_u64(self.seed ^ 0x5EED);
        let mut text = MORE.replace("LAW", &law(&mut rng));
        text = text.replace("POOL", if self.pools { "pool = \"small\"\nif_full = \"s7\"" } else { "" });
        if self.pools {
            write!(text, "[pools.small]\nplaces = {}\n", rng.random_range(3..30)).unwrap();
        }
        if self.tracks {
            text += LEGAL;
        }
        if self.opening {
            text += "[opening.s6]\ncount = 30\nages = { young = 0.4, old = 0.6 }\nentries_by_age = { young = 1, old = 2 }\nentries_by_year = { 2024 = 30, 2025 = 40 }\n[opening.s7]\ncount = 20\nages = { young = 0.4, old = 0.6 }\n";
        }
        text += match rng.random_range(0..3) {
            0 => {
                "[interventions.held]\ntitle = \"Held\"\nfrom = 2026-10-01\nreaches = { stage = \"s7\" }\nplaces = 6\nmonths_per_place = 4\nwhen_full = \"wait\"\neffects = [{ exit = \"e0\", time_times = 0.7 }]\n"
            }
            1 => {
                "[interventions.held]\ntitle = \"Held\"\nfrom = 2026-10-01\nuntil = 2028-06-30\nfade_months = 3\nreaches = { stage = \"s6\" }\nplaces_per_year = 15\neffects = [{ exit = \"e0\", share_times = 0.5 }]\n"
            }
            _ => {
                "[interventions.held]\ntitle = \"Held\"\nfrom = 2026-10-01\nreaches = { stage = \"s6\", needs = [\"standard\"] }\ntake_up = 0.8\neffects = [{ exit = \"e0\", share_times = 0.5, instead = \"e1\" }]\n"
            }
        };
        text + "[interventions.held.cost]\nper_year = 5000\nper_child = 200\nper_family = 30\nonce = 999\n"
    }

    /// Interventions and reviews of every kind.
    pub fn all_interventions(&self, from: &str, nothing: bool, no_waiting: bool) -> String {
        self.interventions(from, nothing, no_waiting) + &self.reviews(from, nothing)
    }

    /// Reviews of every kind: by each order, that lead to exits, to states of a track and to new plans, at once and later. If
    /// `nothing`, they change nothing.
    pub fn reviews(&self, from: &str, nothing: bool) -> String {
        let mut rng = SmallRng::seed_from_u64(self.seed ^ 0x0BED);
        let share = if nothing { "0" } else { "{ best = 0.6, low = 0.4, high = 0.8 }" };
        let after = format!("after = {}", law(&mut rng));
        let mut text = String::new();
        let mut add = |name: &str, reaches: &str, reviews: &str| {
            write!(
                text,
                "[interventions.{name}]\ntitle = \"{name}\"\nfrom = \"{from}\"\nreaches = {{ {reaches} }}\n[interventions.{name}.reviews]\nshare = {share}\n{reviews}\n[interventions.{name}.cost]\nper_review = 40\n"
            )
            .unwrap();
        };
        add(
            "look",
            "stage = \"s3\", ages = [\"old\"], served_months = 1",
            &format!(
                "per_month = {{ best = 3, low = 2, high = 4 }}\nleads_to = \"e1\"\norder = \"chance\"\nagain_after_months = 6\n{after}"
            ),
        );
        add("sooner", "stage = \"s0\"", "per_month = 1.5\nleads_to = \"e0\"");
        add(
            "dear",
            "stage = \"s4\", cohorts = [\"general\"]",
            &format!("per_month = 4\nleads_to = \"e0\"\norder = \"cost\"\n{after}"),
        );
        add(
            "anew",
            "stage = \"s5\", needs = [\"standard\"]",
            "per_month = 3\ndraw_again = true\nagain_after_months = 3\nafter = { law = \"fixed\", length = 20 }",
        );
        add("again", "stage = \"s2\"", "per_month = 2\ndraw_again = true");
        add("all", "stage = \"s5\"", &format!("all_by = 2029-06-30\nleads_to = \"e1\"\n{after}"));
        if self.tracks {
            add(
                "move",
                "stage = \"s3\", tracks = { place = [\"a\", \"b\"] }",
                &format!("per_month = 5\nleads_to = \"place.c\"\n{after}"),
            );
            add("step", "stage = \"place.b\"", "per_month = 2\nleads_to = \"move\"");
        }
        text
    }

    /// Interventions of every kind. Effects are nought if `nothing`, else large; none turns children away
    /// from a full service to wait for it if `no_waiting`.
    pub fn interventions(&self, from: &str, nothing: bool, no_waiting: bool) -> String {
        let mut rng = SmallRng::seed_from_u64(self.seed ^ 0xABCD);
        let mut text = String::new();
        let mut times = |a: f64, b: f64| if nothing { 1.0 } else { [a, b][rng.random_range(0..2)] };
        let (share, share_up, time, pace, arrivals) =
            (times(0.3, 0.6), times(1.3, 1.6), times(0.5, 2.0), times(0.4, 2.5), times(0.7, 1.4));
        let adds = if nothing { 0 } else { [-5, 12][rng.random_range(0..2)] };
        let take_up = [0.3, 0.8, 1.0][rng.random_range(0..3)];
        let ramp = [0, 7, 24][rng.random_range(0..3)];
        let ends = ["", "until = \"2029-06-30\"\nfade_months = 5\n", "until = \"2029-01-15\"\n"]
            [rng.random_range(0..3)];
        let limit =
            ["", "places_per_year = 12\n", "places = 9\nmonths_per_place = 5\n"][rng.random_range(0..3)];
        let wait = if no_waiting || !limit.contains("places = ") { "" } else { "when_full = \"wait\"\n" };
        let head = |name: &str, more: &str| {
            format!(
                "[interventions.{name}]\ntitle = \"{name}\"\nfrom = \"{from}\"\nramp_up_months = {ramp}\n{ends}{more}"
            )
        };
        text += &head(
            "turn",
            &format!(
                "reaches = {{ stage = \"s0\" }}\ntake_up = {take_up}\n{limit}{wait}effects = [{{ exit = \"e0\", share_times = {share} }}]\ncost = {{ per_year = 1000, per_family = 100, per_child = 10 }}\n"
            ),
        );
        text += &head(
            "more",
            &format!(
                "reaches = {{ stage = \"s3\", ages = [\"old\"] }}\ntake_up = {take_up}\neffects = [{{ exit = \"e0\", share_times = {share_up} }}, {{ time_times = {time} }}]\n"
            ),
        );
        text += &head(
            "longer",
            &format!(
                "reaches = {{ stage = \"s2\", cohorts = [\"general\"] }}\ntake_up = {take_up}\n{limit}effects = [{{ exit = \"e0\", time_times = {time} }}]\n"
            ),
        );
        text += &head(
            "faster",
            &format!(
                "reaches = {{ stage = \"s5\", needs = [\"standard\"] }}\neffects = [{{ exit = \"e0\", pace_times = {pace} }}]\n"
            ),
        );
        text += &head(
            "quicker",
            &format!("reaches = {{ stage = \"s4\" }}\neffects = [{{ pace_times = {pace} }}]\n"),
        );
        text += &head(
            "fewer",
            &format!("effects = [{{ arrivals = \"families\", arrivals_times = {arrivals} }}]\n"),
        );
        let instead = if nothing { "" } else { ", instead = \"e3\"" };
        text += &head(
            "choose",
            &format!(
                "reaches = {{ stage = \"s1\" }}\ntake_up = {take_up}\n{limit}effects = [{{ exit = \"e1\", share_times = {share}{instead} }}]\n"
            ),
        );
        if self.tracks {
            text += &head(
                "settle",
                &format!(
                    "reaches = {{ stage = \"place.a\" }}\ntake_up = {take_up}\n{limit}{wait}effects = [{{ time_times = {time} }}, {{ exit = \"move\", share_times = {share} }}]\n"
                ),
            );
        }
        if self.pools {
            text += &head(
                "beds",
                &format!(
                    "effects = [{{ pool = \"beds\", adds_places = {adds} }}, {{ pool = \"homes\", adds_places = {adds} }}]\n"
                ),
            );
        }
        text
    }
}

/// See [`MadeUp::more`].
const MORE: &str = r#"
[arrivals.others]
children_per_year = 60
seasonality = [1.5, 0.5, 1, 1, 1, 1, 0.5, 1.5, 1, 1, 1, 1]
enters = "s6"
ages = { young = 0.5, old = 0.5 }
cohorts = { general = 0.5, special = 0.5 }
[stages.s6]
POOL
exits.e0 = { to = "s3", share = { by = "cohort", general = 0.4, special = 0.6 }, time = { law = "quantiles", points = [[0, 5], [0.5, 60], [1, 300]] } }
exits.e1 = { to = "out", share = "rest", time = { law = "until_age", age = 18 } }
[stages.s7]
exits.e0 = { to = "s4", time = LAW, pace = 1.5 }
exits.e1 = { to = "out", time = { law = "until_age", age = 18 } }
[stocks.late]
title = "Late"
stages = ["s6", "s7"]
by = ["age", "need"]
[stocks.general]
title = "General"
stages = ["s2", "s3"]
cohorts = ["general"]
[flows.in]
title = "In"
into = ["s4"]
[flows.away]
title = "Out"
out_of = ["s3", "s4", "s5"]
by_exit = true
[flows.turns]
title = "Turns"
exits = ["s1.e0", "s1.e1", "s6.e0"]
[costs.fixed]
title = "Fixed"
behaves = "fixed"
basis = "staff"
growth = 0.02
charges.staff = { per_year = 400_000 }
[costs.late]
title = "Late"
behaves = "varies"
basis = "case"
charges.week = { per_week = { by = "need", standard = 300, complex = 800 }, of = ["s6"] }
charges.exit = { per_event = 70, of = ["s6.e0", "s7"] }
[income.grant]
title = "Grant"
behaves = "varies"
basis = "case"
charges.week = { per_week = 90, of = ["s3"] }
"#;

/// A second track.
const LEGAL: &str = r#"
[tracks.legal]
during = ["s3", "s6"]
first = { by = "plan", e0 = { x = 1 }, others = { x = 0.5, y = "rest" } }
[tracks.legal.states.x]
exits.go = { to = "y", time = { law = "exponential", mean = 100 } }
[tracks.legal.states.y]
exits.back = { to = "x", time = { law = "gamma", shape = 2, mean = 50 } }
[stocks.placed]
title = "Placed"
stages = ["s3", "s4", "s5"]
by = ["place"]
[stocks.lawful]
title = "Lawful"
stages = ["s3", "s6"]
by = ["legal"]
[flows.moves]
title = "Moves"
moves_in = "legal"
[costs.places]
title = "Places"
behaves = "varies"
basis = "case"
charges.week = { per_week = 150, of = ["place.a", "legal.x"] }
"#;

/// Times of a month or three, without atoms.
fn law(rng: &mut SmallRng) -> String {
    let size = rng.random_range(20..150);
    match rng.random_range(0..6) {
        0 => format!("{{ law = \"exponential\", mean = {size} }}"),
        1 => format!("{{ law = \"gamma\", shape = 2, mean = {size} }}"),
        2 => {
            format!("{{ law = \"weibull\", shape = 0.8, scale = {{ best = {size}, low = 15, high = 200 }} }}")
        }
        3 => format!("{{ law = \"triangular\", low = 3, mode = 10, high = {} }}", size + 20),
        4 => format!("{{ law = \"weibull\", shape = 1.5, median = {size} }}"),
        _ => format!("{{ law = \"lognormal\", median = {size}, sigma = 1 }}"),
    }
}
