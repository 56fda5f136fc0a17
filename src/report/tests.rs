//! The report as a reader meets it, on ordinary and on odd batches.

use time::macros::date;

use super::{
    charts::{self, Chart},
    documents,
    facts::Facts,
    findings, page,
};
use crate::{
    describe::changes::Change,
    experiment::summary::{Item, Measure, Series, Spread, Summary},
    export::{
        Results,
        fixture::{Fixture, october, stoke},
        publish, tables,
    },
    record::{Part, Thing, Total, fixture::spread},
};

fn charts_of(fixture: &Fixture) -> Vec<Chart> {
    Facts::new(&fixture.results()).map(|facts| charts::all(&facts)).unwrap_or_default()
}

/// The page of a batch, after a look for what no page may hold.
fn page_of(fixture: &Fixture) -> String {
    let fixture = fixture.summed_up();
    let html = String::from_utf8(page::html(&fixture.results(), &charts_of(&fixture)).unwrap()).unwrap();
    for never in ["NaN", "inf<", ">inf", "£inf", "{{", "{%"] {
        assert!(!html.contains(never), "{never}");
    }
    html
}

fn findings_of(fixture: &Fixture) -> Vec<String> {
    let fixture = fixture.summed_up();
    let results = fixture.results();
    let facts = Facts::new(&results).unwrap();
    findings::all(&facts).into_iter().map(|f| f.sentences.join(" ")).collect()
}

fn names(charts: &[Chart]) -> Vec<&str> {
    charts.iter().map(|c| c.name).collect()
}

/// Draws everything except bitmaps, which are slow to draw in tests.
fn survives(fixture: &Fixture) -> String {
    for chart in charts_of(fixture) {
        chart.svg().unwrap();
    }
    page_of(fixture)
}

#[test]
fn a_full_report_is_written_the_same_twice() {
    let fixture = stoke();
    let results = fixture.results();
    let once = documents(&results).unwrap();
    let paths: Vec<&str> = once.iter().map(|d| d.path.as_str()).collect();
    assert_eq!(paths[..3], ["report.html", "charts/children.svg", "charts/children.png"]);
    assert_eq!(paths.len(), 13);
    assert_eq!(once, documents(&results).unwrap());
    if let Some(place) = std::env::var_os("CARECAST_SPECIMEN") {
        let all = once.into_iter().chain(tables(&results)).collect();
        publish(place.as_ref(), &results, all).unwrap();
    }
}

#[test]
fn every_chart_has_a_title_and_a_description() {
    let all = charts_of(&stoke());
    assert_eq!(names(&all), ["children", "difference", "cost", "saving", "placements", "pathway"]);
    for chart in all {
        for svg in [chart.svg().unwrap(), chart.wide_svg().unwrap(), chart.narrow_svg().unwrap()] {
            assert!(svg.contains("role=\"img\""));
            let inside = |tag: &str| {
                let rest = svg.split_once(&format!("<{tag} id=")).unwrap().1;
                rest.split_once('>').unwrap().1.split_once('<').unwrap().0.to_owned()
            };
            assert!(inside("title").len() > 20, "{}", chart.name);
            assert!(inside("desc").len() > 60, "{}", chart.name);
        }
    }
}

#[test]
fn no_label_touches_another_or_leaves_its_sheet() {
    let mut long = stoke();
    for (i, s) in long.summary.scenarios.iter_mut().enumerate() {
        s.name =
            format!("{} with a name that goes on for longer than anybody would read, number {i}", s.name);
    }
    let mut long_and_many = many(12);
    for s in &mut long_and_many.summary.scenarios {
        s.name = format!("{} with a name that goes on for longer than anybody would read", s.name);
    }
    let mut unbroken = many(9);
    for s in &mut unbroken.summary.scenarios {
        s.name = format!("{}{}", s.name.replace(' ', ""), "andanamewithoutanyspaceinit".repeat(3));
    }
    let batches = [1, 2, 4, 5, 7, 8, 9, 15, 30].map(many);
    for fixture in batches.into_iter().chain([long, long_and_many, unbroken]) {
        for chart in charts_of(&fixture) {
            chart.assert_labels_apart();
        }
    }
}

/// A batch of so many scenarios, each of which changes something else by another amount.
fn many(scenarios: u32) -> Fixture {
    let mut fixture = stoke().keep(scenarios as usize);
    for i in 4..scenarios {
        let factor = 0.3 + 0.1 * f64::from(i);
        let mut copy = fixture.summary.scenarios[1 + i as usize % 3].clone();
        copy.name = format!("Option {i}");
        for series in copy.difference_months.iter_mut().chain(&mut copy.difference_years) {
            series.points.iter_mut().for_each(|p| p.1 = spread(p.1.mean * factor, p.1.sd * factor));
        }
        fixture.summary.scenarios.push(copy);
        fixture.files.push(fixture.files[0].clone());
    }
    fixture
}

/// The texts of a drawing, in order.
fn texts(svg: &str) -> Vec<String> {
    let after = svg.split("<text ").skip(1).filter_map(|t| t.split_once('>')?.1.split_once("</text>"));
    after.map(|(text, _)| text.trim().replace("&apos;", "'")).collect()
}

#[test]
fn every_scenario_is_named_on_every_chart_that_compares_them() {
    for scenarios in [2, 5, 8, 9, 15, 30] {
        let fixture = many(scenarios);
        for chart in charts_of(&fixture) {
            let shown = match chart.name {
                "children" | "cost" => 0,
                "difference" | "saving" => 1,
                _ => continue,
            };
            for svg in [chart.svg().unwrap(), chart.wide_svg().unwrap(), chart.narrow_svg().unwrap()] {
                let texts = texts(&svg);
                for s in &fixture.summary.scenarios[shown..] {
                    let labels =
                        texts.iter().filter(|t| **t == s.name || t.starts_with(&format!("{}:", s.name)));
                    assert_ne!(labels.count(), 0, "{} of {scenarios} on {}: {texts:?}", s.name, chart.name);
                }
            }
        }
    }
}

#[test]
fn a_few_scenarios_differ_in_colour_and_many_need_none() {
    let colours = |scenarios: u32| {
        let html = page_of(&many(scenarios));
        let mut colours: Vec<String> =
            html.split("style=\"--c: ").skip(1).map(|c| c.split('"').next().unwrap().to_owned()).collect();
        assert_eq!(colours.len(), scenarios as usize);
        colours.sort();
        colours.dedup();
        colours.len()
    };
    assert_eq!([1, 2, 4].map(colours), [1, 2, 4]);
    // The reference and the others.
    assert_eq!([5, 30].map(colours), [2, 2]);
}

/// What can be scrolled to on screen is cut into several tables on paper, which together hold the same columns.
#[test]
fn a_wide_table_is_cut_for_paper() {
    let heads = |html: &str, medium: &str| -> Vec<String> {
        let tables = html.split("<div class=\"scroll").skip(1).filter(|table| {
            let class = table.split('"').next().unwrap_or_default();
            class.ends_with(medium) && table.contains("<span>Children looked after")
        });
        let heads = tables.map(|table| table.split("</tr>").next().unwrap_or_default());
        heads
            .flat_map(|row| row.split("<th scope=\"col\">").skip(2))
            .map(|th| th.split("</th>").next().unwrap().to_owned())
            .collect()
    };
    let html = page_of(&many(30));
    let on_screen = heads(&html, " screen");
    assert!(on_screen.len() >= 30);
    assert_eq!(heads(&html, " paper"), on_screen);
    assert!(html.matches(" paper\" role").count() > 4);
    assert!(!page_of(&many(4)).contains(" paper\" role"), "what fits is there once");
}

#[test]
fn a_what_if_that_leaves_the_main_count_alone_shows_what_it_changes() {
    let mut fixture = stoke();
    let what_if = &mut fixture.summary.scenarios[3];
    for series in what_if.difference_months.iter_mut().chain(&mut what_if.difference_years) {
        if !series.item.is_called(Measure::Stock, "looked_after/foster_agency") {
            series.points.iter_mut().for_each(|p| p.1 = spread(0.0, 0.0));
        }
    }
    let chart =
        |fixture: &Fixture, name: &str| charts_of(fixture).into_iter().find(|c| c.name == name).unwrap();
    let difference = chart(&fixture, "difference");
    assert!(
        difference.subtitle[0]
            .ends_with("changes nothing in children looked after, its panel shows what it changes most.")
    );
    let shown = texts(&difference.svg().unwrap()).join(" ");
    assert!(
        shown.contains(
            "No change in children looked after Shown: agency foster carers, 59 fewer by March 2030"
        ),
        "{shown}"
    );
    // Where nothing at all changes there is no drawing, and the page says so.
    assert!(texts(&chart(&fixture, "saving").svg().unwrap()).join(" ").contains("No change in 2029-30"));
    fixture.summary.scenarios.swap(1, 3);
    fixture.files.swap(1, 3);
    let alone = fixture.keep(2);
    assert!(chart(&alone, "difference").title.starts_with(
        "“More in-house foster carers” would make no difference to children looked after by March 2030; agency foster \
         carers: 59 fewer by March 2030"
    ));
}

/// A card, a title, a table and the sentences say the same of one number: here, that its direction is open.
#[test]
fn card_chart_and_table_agree_on_what_is_open() {
    let fixture = stoke();
    let results = fixture.results();
    let facts = Facts::new(&results).unwrap();
    let card = findings::all(&facts)[3].figure.as_ref().map(|f| (f.number.clone(), f.what.clone())).unwrap();
    assert_eq!(card.0, "6 fewer to 2 more");
    assert_eq!(card.1, "children looked after on 31 March 2030 (80% range)");
    let difference = charts_of(&fixture).into_iter().find(|c| c.name == "difference").unwrap();
    let shown = texts(&difference.svg().unwrap()).join(" ");
    assert!(
        shown.contains(
            "More in-house foster carers 6 fewer to 2 more by March 2030 80% range; median 2 fewer"
        ),
        "{shown}"
    );
    let alone = charts_of(&stoke_with_only(3)).into_iter().find(|c| c.name == "difference").unwrap();
    assert!(
        alone
            .title
            .ends_with("may mean fewer or more children looked after by March 2030: 6 fewer to 2 more")
    );
}

/// The reference and one what-if.
fn stoke_with_only(what_if: usize) -> Fixture {
    let mut fixture = stoke();
    fixture.summary.scenarios.swap(1, what_if);
    fixture.files.swap(1, what_if);
    fixture.keep(2)
}

#[test]
fn a_title_is_as_sure_as_its_range() {
    let titled = |mean: f64, sd: f64| {
        let mut fixture = stoke().keep(1);
        for series in
            fixture.summary.scenarios[0].months.iter_mut().filter(|s| s.item == Item::stock("looked_after"))
        {
            series.points.iter_mut().for_each(|p| p.1 = spread(mean, sd));
        }
        charts_of(&fixture).remove(0).title
    };
    assert_eq!(
        titled(1080.0, 60.0),
        "Children looked after may rise or fall, from 1,063 in March 2025 to between 1,003 and 1,157 in March 2030"
    );
    assert_eq!(
        titled(1180.0, 60.0),
        "Children looked after would rise from 1,063 in March 2025 to about 1,180 in March 2030"
    );
}

#[test]
fn letters_that_the_font_lacks_are_boxes_with_a_note_in_bitmaps() {
    let png = |name: &str| {
        let mut fixture = stoke().keep(1);
        fixture.summary.scenarios[0].name = name.to_owned();
        let mut reader = png::Decoder::new(std::io::Cursor::new(charts_of(&fixture)[0].png().unwrap()))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size()];
        let size = reader.next_frame(&mut pixels).unwrap();
        let dark = pixels.iter().filter(|v| **v < 100).count();
        (size.height, dark)
    };
    let (plain, with_note) = (png("Stoke"), png("Sto\u{142}e"));
    assert!(with_note.0 > plain.0, "there is a note below");
    // Nothing is drawn for a letter that leaves no ink.
    assert_eq!(png("Sto ke").0, plain.0);
    let svg = |name: &str| {
        let mut fixture = stoke().keep(1);
        fixture.summary.scenarios[0].name = name.to_owned();
        charts_of(&fixture)[0].svg().unwrap()
    };
    assert!(svg("Sto\u{142}e").contains("Sto\u{142}e") && !svg("Sto\u{142}e").contains("A box stands for"));
}

#[test]
fn the_page_needs_nothing_else() {
    let html = page_of(&stoke());
    for never in ["<script", "<link", "<img", " src=", "url(", "@import", "<iframe"] {
        assert!(!html.contains(never), "{never}");
    }
    let mut ids: Vec<&str> =
        html.match_indices(" id=\"").map(|(i, m)| html[i + m.len()..].split('"').next().unwrap()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "an id stands twice");
    for (i, m) in html.match_indices("href=\"#") {
        let target = html[i + m.len()..].split('"').next().unwrap();
        assert!(ids.contains(&target), "{target}");
    }
}

#[test]
fn tables_say_what_their_heads_are_for() {
    let html = page_of(&stoke());
    assert_eq!(html.matches("<table").count(), html.matches("<caption>").count());
    assert_eq!(html.matches("<th ").count() + html.matches("<thead").count(), html.matches("<th").count());
    assert_eq!(html.matches("<th ").count(), html.matches("<th scope=").count());
}

#[test]
fn what_a_user_writes_cannot_become_markup() {
    let nasty = "<script>alert('1')</script> & \"co\" </svg>";
    let mut fixture = stoke();
    for (file, s) in fixture.files.iter_mut().zip(&mut fixture.summary.scenarios) {
        file.name = nasty.to_owned();
        file.description = Some(nasty.to_owned());
        s.name = nasty.to_owned();
        for recorded in file.recorded.values_mut() {
            recorded.source = nasty.to_owned();
        }
        for series in s.months.iter_mut().chain(&mut s.years) {
            series.title = nasty.to_owned();
        }
    }
    let html = survives(&fixture);
    assert!(!html.contains("<script"));
    assert!(html.contains("&lt;script&gt;"));
    assert_eq!(html.matches("<svg").count(), html.matches("</svg>").count());
}

#[test]
fn findings_speak_of_children_and_money() {
    let found = findings_of(&stoke());
    assert_eq!(
        found[0],
        "Children looked after: about 1,125 on 31 March 2030, against 1,063 recorded on 31 March 2025. In eight of \
         ten simulated futures it is between 1,018 and 1,232 (the 80% range). Net cost: about £159.9m in 2029-30 \
         (80% range £140.3m to £179.5m), in cash terms, against £129.1m in 2025-26."
    );
    assert!(found[1].starts_with(
        "About 96 fewer children looked after on 31 March 2030 than in “Stoke-on-Trent as it stands” (80% range 46 \
         to 145 fewer). The number is lower in at least 97 futures in 100."
    ));
    assert!(found[1].contains("Net cost in 2029-30: about £7.2m less (80% range"));
    assert!(found[2].contains("70 more") && found[2].contains("costs £14.5m more on average"));
    assert!(
        found[3].contains(
            "Perhaps fewer or more children looked after on 31 March 2030 than in “Stoke-on-Trent as it stands”: 6 \
             fewer to 2 more (80% range; median 2 fewer). The number is lower in at least three futures in four."
        ),
        "{}",
        found[3]
    );
}

#[test]
fn one_scenario_is_not_compared() {
    let fixture = stoke().keep(1);
    assert_eq!(names(&charts_of(&fixture)), ["children", "cost", "placements", "pathway"]);
    let html = survives(&fixture);
    assert!(!html.contains("What would be saved"));
    assert!(!html.contains("future by future: in each"));
}

#[test]
fn without_recorded_years_the_projection_stands_alone() {
    let mut fixture = stoke();
    fixture.files.iter_mut().for_each(|f| f.recorded.clear());
    let html = survives(&fixture);
    assert!(
        html.contains("Children looked after: about 1,125 on 31 March 2030, against 1,063 on 31 March 2025")
    );
    assert!(!charts_of(&fixture)[0].svg().unwrap().contains("Recorded"));
}

#[test]
fn without_costs_nothing_is_said_of_money() {
    let fixture = stoke().without(|s| s.item.measure == Measure::Cost);
    assert_eq!(names(&charts_of(&fixture)), ["children", "difference", "placements", "pathway"]);
    assert!(!findings_of(&fixture).concat().contains('£'));
    let html = survives(&fixture);
    assert!(!html.contains("id=\"costs\"") && !html.contains("id=\"savings\""));
}

#[test]
fn without_children_looked_after_the_first_stock_of_the_file_is_drawn() {
    let fixture = stoke().without(|s| s.item.thing == Thing::Stock("looked_after".into()));
    assert!(findings_of(&fixture)[0].starts_with("Children in need: about"));
    assert!(survives(&fixture).contains("Children in need may rise or fall"));
}

#[test]
fn without_any_stock_flows_and_costs_remain() {
    let fixture = stoke().without(|s| s.item.measure == Measure::Stock);
    assert_eq!(names(&charts_of(&fixture)), ["cost", "saving", "pathway"]);
    survives(&fixture);
}

#[test]
fn nothing_counted_is_said_so() {
    let fixture = stoke().without(|_| true);
    assert!(charts_of(&fixture).is_empty());
    assert!(findings_of(&fixture)[0].contains("Neither children on a day nor costs were counted"));
    survives(&fixture);
}

#[test]
fn no_scenario_at_all_is_a_page_too() {
    let summary = Summary { seed: 1, runs: 0, start: date!(2025 - 04 - 01), scenarios: Vec::new() };
    let results = Results { summary: &summary, scenarios: Vec::new(), notes: Vec::new() };
    let all = documents(&results).unwrap();
    assert_eq!(all.len(), 1);
    assert!(String::from_utf8_lossy(&all[0].bytes).contains("nothing to report"));
}

#[test]
fn a_scenario_without_its_file_is_still_reported() {
    let fixture = stoke();
    let results = Results { summary: &fixture.summary, scenarios: Vec::new(), notes: Vec::new() };
    let facts = Facts::new(&results).unwrap();
    let html = page::html(&results, &charts::all(&facts)).unwrap();
    assert!(String::from_utf8_lossy(&html).contains("1,125"));
}

#[test]
fn series_without_points_are_passed_over() {
    let mut fixture = stoke();
    for s in &mut fixture.summary.scenarios {
        s.months.iter_mut().chain(&mut s.years).for_each(|series| series.points.clear());
    }
    survives(&fixture);
}

#[test]
fn one_run_has_no_ranges() {
    let mut fixture = stoke().mapped(|s| spread(s.p50, 0.0));
    fixture.summary.runs = 1;
    let html = survives(&fixture);
    assert!(html.contains("One future was simulated."));
    assert!(html.contains("One future of many: it says nothing of how others differ."));
    let findings = &html[..html.find("</section>").expect("the findings come first")];
    for claim in ["agree on it", "80% range", "eight of ten", "out of ten"] {
        assert!(!findings.contains(claim), "{claim}: {findings}");
    }
}

#[test]
fn odd_numbers_do_no_harm() {
    let same = |x: f64| move |_: Spread| spread(x, 0.0);
    for x in [0.0, -5.0, 1e300, -1e300, 1e-300, f64::MAX, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        survives(&stoke().mapped(same(x)));
    }
    survives(&stoke().mapped(|s| Spread { p97_5: f64::INFINITY, p2_5: f64::NEG_INFINITY, ..s }));
    survives(&stoke().mapped(|s| Spread { p50: f64::NAN, ..s }));
}

#[test]
fn one_month_is_long_enough() {
    let mut fixture = stoke();
    for s in &mut fixture.summary.scenarios {
        let short = |series: &mut Series| series.points.retain(|p| p.0 <= date!(2025 - 04 - 30));
        s.months.iter_mut().chain(&mut s.difference_months).for_each(short);
        s.years.clear();
        s.difference_years.clear();
    }
    let html = survives(&fixture);
    assert!(html.contains("30 April 2025"));
}

#[test]
fn a_century_is_not_too_long() {
    let mut fixture = stoke();
    for s in &mut fixture.summary.scenarios {
        let lists = [&mut s.months, &mut s.years, &mut s.difference_months, &mut s.difference_years];
        for series in lists.into_iter().flatten() {
            let Some((_, end)) = series.points.last().copied() else { continue };
            series.points.extend((2031..2125).map(|y| (date!(2030 - 03 - 31).replace_year(y).unwrap(), end)));
        }
    }
    for chart in charts_of(&fixture) {
        chart.assert_labels_apart();
    }
    survives(&fixture);
}

#[test]
fn a_part_of_a_year_is_shown_as_one_and_counts() {
    let fixture = october();
    let charts = charts_of(&fixture);
    for chart in &charts {
        chart.assert_labels_apart();
        assert!(!chart.title.contains("Sep 2030") && !chart.title.contains("Mar 2026"), "{}", chart.title);
    }
    let chart = |name: &str| charts.iter().find(|c| c.name == name).unwrap();
    for name in ["cost", "saving"] {
        assert!(chart(name).subtitle.concat().contains("broken outline: a part of a year"), "{name}");
    }
    assert!(chart("pathway").subtitle.concat().contains("Square: a part of a year"));
    assert!(chart("cost").title.ends_with("in 2029-30"), "{}", chart("cost").title);
    let found = findings_of(&fixture);
    assert!(found[1].contains("Over October 2025 to September 2030 together it saves"), "{}", found[1]);
    assert!(found[1].contains("Net cost in 2029-30"), "{}", found[1]);
    let html = survives(&fixture);
    for said in [
        "Oct 2025 to Mar 2026",
        "Apr 2030 to Sep 2030",
        "Oct 2025 to Mar 2026 and Apr 2030 to Sep 2030 are parts of financial years, not to be compared with whole \
         ones; sums over all years include them.",
        "All years and parts",
        "30 September 2030",
    ] {
        assert!(html.contains(said), "{said}");
    }
}

#[test]
fn a_year_from_october_has_two_parts_and_no_whole() {
    let mut fixture = october();
    for s in &mut fixture.summary.scenarios {
        for series in s.years.iter_mut().chain(&mut s.difference_years) {
            series.points.retain(|p| p.0 == date!(2026 - 03 - 31) || p.0 == date!(2030 - 09 - 30));
            series.points[1].0 = date!(2026 - 09 - 30);
        }
        for series in s.months.iter_mut().chain(&mut s.difference_months) {
            series.points.retain(|p| p.0 <= date!(2026 - 09 - 30));
        }
    }
    for chart in charts_of(&fixture) {
        chart.assert_labels_apart();
        assert!(
            chart.name != "cost" || chart.title.starts_with("Net cost would be about"),
            "{}",
            chart.title
        );
    }
    let html = survives(&fixture);
    assert!(html.contains("Over October 2025 to September 2026 together"));
}

#[test]
fn a_loss_that_turns_into_a_saving_is_paid_back() {
    let mut fixture = stoke();
    for series in &mut fixture.summary.scenarios[1].difference_years {
        if series.item == Item::NET_COST {
            for (point, mean) in series.points.iter_mut().zip([5e6, -1e6, -2e6, -4e6, -4e6]) {
                point.1 = spread(mean, 1e5);
            }
        }
    }
    let found = findings_of(&fixture);
    assert!(found[1].contains("has been earned back by the end of 2028-29"), "{}", found[1]);
}

/// The row of a table under a caption, by its head.
fn row_of<'h>(html: &'h str, caption: &str, head: &str) -> &'h str {
    let table = html.split(&format!("<caption><span>{caption}")).nth(1).expect("there is such a table");
    let row = table.split(&format!("<th scope=\"row\">{head}</th>")).nth(1).expect("there is such a row");
    row.split("</tr>").next().unwrap()
}

#[test]
fn an_outturn_of_every_line_is_that_of_the_net_cost() {
    let mut fixture = stoke();
    let years = |fixture: &Fixture| {
        let outturn = Facts::new(&fixture.results()).unwrap().outturn().unwrap();
        assert!(outturn.is_net_cost());
        outturn.years.len()
    };
    assert_eq!(years(&fixture), 3);
    fixture.files[0].costs["fostering"].outturn.shift_remove("2023-24");
    assert_eq!(years(&fixture), 2);
    let cost = charts_of(&fixture).into_iter().find(|c| c.name == "cost").unwrap();
    assert!(cost.subtitle.concat().contains("Grey: outturn."), "{:?}", cost.subtitle);
    assert!(cost.title.contains("in 2024-25 to about £159.9m in 2029-30"), "{}", cost.title);
    assert!(page_of(&fixture).contains("<th scope=\"col\">Recorded</th>"));
}

#[test]
fn an_outturn_of_some_lines_is_compared_with_those_lines() {
    let mut fixture = stoke();
    let file = &mut fixture.files[0];
    for name in ["other_looked_after", "leaving_care", "safeguarding"] {
        file.costs[name].outturn.clear();
    }
    file.income.values_mut().for_each(|line| line.outturn.clear());
    let cost = charts_of(&fixture).into_iter().find(|c| c.name == "cost").unwrap();
    let lines = "2 of 7 lines: children\u{2019}s homes and fostering";
    assert!(cost.subtitle.concat().contains(&format!("recorded outturn of {lines}")), "{:?}", cost.subtitle);
    // What is recorded of some lines is not where the net cost starts from.
    assert!(cost.title.contains("from £129.1m in 2025-26 to about £159.9m in 2029-30"), "{}", cost.title);
    assert!(cost.svg().unwrap().contains("£73.1m"), "45.6 and 27.5 million are drawn");
    let html = survives(&fixture);
    assert!(html.contains(&format!("Lines with an outturn are {lines}.")));
    let recorded = row_of(&html, "Net cost", "2024-25");
    assert!(recorded.starts_with("<td>£73.1m<span class=\"aside\">recorded</span></td>"), "{recorded}");
    let mean =
        |name: &str| fixture.summary.scenarios[0].years_of(&Item::line(name)).unwrap().points[0].1.mean;
    let both = crate::describe::words::money(mean("residential") + mean("fostering"));
    let projected = row_of(&html, "Net cost", "2025-26");
    let cell = format!("<td>{both}<span class=\"aside\">projected average</span></td>");
    assert!(projected.starts_with(&cell), "{projected} {cell}");
    fixture.files[0].costs.values_mut().for_each(|line| line.outturn.clear());
    assert!(Facts::new(&fixture.results()).unwrap().outturn().is_none());
}

#[test]
fn interventions_are_told_in_words() {
    let html = page_of(&stoke());
    for sentence in [
        "From 1 April 2026, growing over 9 months. For children entering “care”, only children under 5. Taken up by 80% \
         of those offered. Room for 240 families a year; others go without. The share who leave by “adoption” is \
         multiplied by 0.83 (0.7 to 0.97), 17% less at best; the other exits share the difference. As it grows, more of those in reach are taken on. Costs £1.32m a year and \
         £1,500 for each family, in prices of 2024-25 that do not rise. What it costs a year is charged in full for as \
         long as it runs, while it grows or fades too.",
        "From 1 October 2025 until 31 March 2029. Adds 60 (30 to 90) places (in house). Costs £600,000 (£500,000 \
         to £800,000) a year and £400,000 once, in prices of 2024-25 that do not rise.",
    ] {
        assert!(html.contains(sentence), "{sentence}");
    }
}

#[test]
fn whose_way_out_an_intervention_changes_stands_beside_whom_it_reaches() {
    let mut fixture = stoke();
    let what_if = &mut fixture.summary.scenarios[1];
    let cost = what_if.years_of(&Item::intervention("service")).unwrap().clone();
    for (item, title, mean) in [
        (Item::reached("service"), "Children reached: Intensive family support", 200.0),
        (Item::moved("service"), "Children whose exit or time changed: Intensive family support", 34.0),
    ] {
        let points = cost.points.iter().map(|p| (p.0, spread(mean, 0.0))).collect();
        what_if.years.push(Series { item, title: title.to_owned(), points });
    }
    let html = page_of(&fixture);
    let of = "Early help expanded: what its interventions cost, and whom they reach";
    let reached = row_of(&html, of, "Children reached: Intensive family support");
    let moved = row_of(&html, of, "Children whose exit or time changed: Intensive family support");
    assert!(reached.starts_with("<td>200</td>") && moved.starts_with("<td>34</td>"), "{reached} {moved}");
}

#[test]
fn few_futures_come_with_the_caution_of_the_terminal() {
    let page = |runs: u32| {
        let mut fixture = stoke();
        fixture.summary.runs = runs;
        let html = page_of(&fixture);
        html.split("<section aria-labelledby=\"charts\">").next().unwrap().to_owned()
    };
    let rough = super::caution(199).expect("they are few");
    assert!(page(199).contains(&format!("Only 199 futures were simulated. {rough}")));
    assert!(!page(200).contains("rough"));
}

#[test]
fn what_a_what_if_changes_is_told_in_the_words_of_check() {
    let fixture = stoke();
    let mut results = fixture.results();
    results.scenarios[1].changes.push(Change {
        title: "Home from care, there on the first day".to_owned(),
        lines: vec!["children: 66 -> 100".to_owned()],
        source: None,
    });
    let html = String::from_utf8(page::html(&results, &[]).unwrap()).unwrap();
    assert!(html.contains("What “Early help expanded” changes</h3>"));
    assert!(html.contains("<dt>Home from care, there on the first day</dt>"));
    assert!(html.contains("<span class=\"line\">children: 66 → 100</span>"));
}

#[test]
fn an_intervention_of_the_reference_is_told_once() {
    let mut fixture = stoke();
    let service = fixture.files[1].interventions["service"].clone();
    fixture.files[0].interventions.insert("service".to_owned(), service);
    assert_eq!(page_of(&fixture).matches("growing over 9 months").count(), 1);
}

#[test]
fn parts_go_by_their_own_names_and_bands_by_their_years() {
    let mut fixture = stoke();
    for series in fixture.summary.scenarios.iter_mut().flat_map(|s| s.months.iter_mut().chain(&mut s.years)) {
        if series.item.is_called(series.item.measure, "looked_after/residential") {
            series.title = "Children looked after: homes".to_owned();
        }
        if series.item.is_called(series.item.measure, "looked_after/age_5_to_9") {
            series.title = "Children looked after: 5 to 9".to_owned();
        }
    }
    let html = page_of(&fixture);
    assert!(html.contains("<th scope=\"row\">Homes</th>"));
    for band in ["Under 1", "1 to 4", "5 to 9", "10 to 15", "16 to 17"] {
        assert!(html.contains(&format!("<th scope=\"row\">{band}</th>")), "{band}");
    }
}

#[test]
fn a_track_whose_states_sound_like_another_is_kept_apart() {
    let mut fixture = stoke();
    let file = &mut fixture.files[0];
    file.stocks["looked_after"].by.push("legal".to_owned());
    let mut legal = file.tracks["placement"].clone();
    let state = legal.states["residential"].clone();
    legal.states.clear();
    legal.states.insert("placement_order".to_owned(), state);
    file.tracks.insert("legal".to_owned(), legal);
    for s in &mut fixture.summary.scenarios {
        let rename = |series: &mut Series| {
            if series.item.is_called(Measure::Stock, "looked_after/placed_for_adoption") {
                series.item.part = Part::State { track: "legal".into(), state: "placement_order".into() };
            }
        };
        s.months.iter_mut().chain(&mut s.years).for_each(rename);
    }
    let results = fixture.results();
    let divisions = Facts::new(&results).unwrap().divisions(&Item::stock("looked_after"));
    let of = |i: usize| divisions[i].items.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(divisions.iter().map(|d| d.items.len()).collect::<Vec<_>>(), [6, 5, 1]);
    assert_eq!(of(2), ["looked_after/placement_order"]);
}

#[test]
fn what_never_happens_is_left_out() {
    let mut fixture = stoke();
    for s in &mut fixture.summary.scenarios {
        for series in s.years.iter_mut().filter(|s| s.item.is_called(Measure::Flow, "care_ends/adoption")) {
            series.points.iter_mut().for_each(|p| p.1 = spread(0.0, 0.0));
        }
    }
    for s in &mut fixture.summary.scenarios {
        for series in s.years.iter_mut().filter(|s| s.item == Item::flow("contacts")) {
            series.points.iter_mut().for_each(|p| p.1 = spread(0.0, 0.0));
        }
    }
    let pathway = charts_of(&fixture).into_iter().find(|c| c.name == "pathway").unwrap();
    let texts = texts(&pathway.svg().unwrap());
    assert!(texts.iter().any(|t| t == "Referrals") && !texts.iter().any(|t| t == "Contacts"), "{texts:?}");
    let html = page_of(&fixture);
    assert!(!html.contains("<th scope=\"row\">Adopted</th>"));
    assert!(html.contains("<th scope=\"row\">Returned home</th>"));
}

#[test]
fn an_opening_that_was_recorded_stands_beside_its_record() {
    let mut fixture = stoke();
    for s in &mut fixture.summary.scenarios {
        for series in s.years.iter_mut().filter(|s| s.item.measure == Measure::Stock) {
            series.points.insert(0, (date!(2025 - 03 - 31), spread(1063.0, 0.0)));
        }
    }
    let html = page_of(&fixture);
    let row =
        html.split("<th scope=\"row\">31 March 2025</th>").nth(1).unwrap().split("</tr>").next().unwrap();
    assert_eq!(row, "<td>1,063</td>".repeat(5));
    // Of the other counts one is recorded and the rest are not.
    assert!(html.contains("31 March 2025 (start)") && !html.contains("31 March 2025 (recorded)"));
    assert!(html.contains("<span class=\"aside\">recorded</span>"));
}

#[test]
fn many_years_are_told_by_some_of_them() {
    let mut fixture = stoke();
    for s in &mut fixture.summary.scenarios {
        for series in s.years.iter_mut().chain(&mut s.difference_years) {
            let Some((_, end)) = series.points.last().copied() else { continue };
            series.points.extend((2031..2036).map(|y| (date!(2030 - 03 - 31).replace_year(y).unwrap(), end)));
        }
    }
    let html = page_of(&fixture);
    assert!(html.contains("the first three, every fifth and the last"));
    let budget = html.split("Cost by line: ").nth(2).unwrap().split("</thead>").next().unwrap();
    let shown: Vec<bool> =
        ["2025-26", "2027-28", "2028-29", "2029-30", "2034-35"].map(|y| budget.contains(y)).to_vec();
    assert_eq!(shown, [true, true, false, true, true]);
}

#[test]
fn a_sum_that_the_last_year_goes_against_is_said_so() {
    let mut fixture = stoke();
    for (scenario, sign) in [(1, 1.0), (2, -1.0)] {
        for series in &mut fixture.summary.scenarios[scenario].difference_years {
            if series.item == Item::NET_COST {
                for (point, mean) in series.points.iter_mut().zip([4e6, 3e6, 1e6, 0.5e6, -1e6]) {
                    point.1 = spread(sign * mean, 2e5);
                }
            }
        }
    }
    let found = findings_of(&fixture);
    let costs = "does not pay for itself within these years, but in 2029-30 alone it saves £1.0m on average.";
    assert!(found[1].contains(costs), "{}", found[1]);
    assert!(found[2].contains("less), but in 2029-30 alone it costs £1.0m more on average."), "{}", found[2]);
}

#[test]
fn savings_are_parted_into_cash_and_not() {
    let mut fixture = stoke();
    for series in &mut fixture.summary.scenarios[1].difference_years {
        let mean = match series.item.thing {
            Thing::Total(Total::CashReleasing) => -2e6,
            Thing::Total(Total::NotCashReleasing) => 5e5,
            _ => continue,
        };
        series.points.iter_mut().for_each(|p| p.1 = spread(mean, 1e5));
    }
    let found = findings_of(&fixture);
    let expected = "That is \u{a3}10.0m less on lines that vary with children (cash-releasing) and \u{a3}2.5m more on fixed \
                    lines (not cash-releasing).";
    assert!(found[1].ends_with(expected), "{}", found[1]);
}

#[test]
fn no_title_claims_what_the_range_leaves_open() {
    let open = |fixture: Fixture| {
        let mut fixture = fixture;
        for s in &mut fixture.summary.scenarios {
            for series in s.difference_years.iter_mut().filter(|s| s.item == Item::NET_COST) {
                series.points.iter_mut().for_each(|p| p.1 = spread(-1e6, 2e6));
            }
        }
        charts_of(&fixture).into_iter().find(|c| c.name == "saving").unwrap().title
    };
    assert_eq!(open(stoke()), "No what-if would clearly save or cost money, net, in 2029-30");
    let title = open(stoke().keep(2));
    assert!(title.ends_with("may save or cost money, net, in 2029-30: £3.6m less to £1.6m more"), "{title}");
}

#[test]
fn small_panels_have_a_scale_of_their_own_beside_large_ones() {
    let subtitle = |factor: f64| {
        let mut fixture = stoke();
        for series in &mut fixture.summary.scenarios[1].difference_years {
            series.points.iter_mut().for_each(|p| p.1 = spread(p.1.mean * factor, p.1.sd * factor));
        }
        charts_of(&fixture).into_iter().find(|c| c.name == "saving").unwrap().subtitle.concat()
    };
    assert!(!subtitle(1.0).contains("a scale of its own"));
    assert!(subtitle(100.0).contains("a scale of its own"));
}

#[test]
fn notes_of_the_run_are_told_with_the_findings_and_with_how_it_was_made() {
    let fixture = stoke();
    let mut results = fixture.results();
    results.notes =
        vec!["\u{201c}A\u{201d} and \u{201c}B\u{201d} do not start with the same children.".to_owned()];
    let html = String::from_utf8(page::html(&results, &[]).unwrap()).unwrap();
    assert_eq!(html.matches("do not start with the same children").count(), 2);
    assert!(!page_of(&fixture).contains("Before it ran, carecast noted"));
}

#[test]
fn a_saving_that_is_lost_again_is_said_so() {
    let mut fixture = stoke();
    for series in &mut fixture.summary.scenarios[2].difference_years {
        if series.item == Item::NET_COST {
            for (point, mean) in series.points.iter_mut().zip([-5e6, 1e6, 2e6, 4e6, 4e6]) {
                point.1 = spread(mean, 1e5);
            }
        }
    }
    assert!(findings_of(&fixture)[2].contains("has been lost again by the end of 2028-29"));
}

#[test]
fn exact_numbers_are_told_by_their_sources() {
    let html = page_of(&stoke());
    assert!(html.contains("<th scope=\"row\">Section 251 outturn 2024-25</th><td>source</td><td>1</td>"));
    assert!(html.contains("4 of its 9 numbers are assumptions"));
    assert!(html.contains("One of its 9 numbers is taken as exact."));
}
