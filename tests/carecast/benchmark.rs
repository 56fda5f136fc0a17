//! The benchmark model is a scenario like any other.

use carecast::scenario::file::ScenarioFile;

#[test]
fn benchmark_scenario_keeps_to_the_file_format() {
    let scenario: ScenarioFile = toml::from_str(include_str!("../../benches/benchmark.toml")).unwrap();
    let opening: u32 = scenario.opening.values().map(|stock| stock.count).sum();
    let in_care: u32 =
        scenario.stocks["care"].stages.iter().map(|placement| scenario.opening[placement].count).sum();
    assert_eq!((opening, in_care), (2880, 1150));
}
