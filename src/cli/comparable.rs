//! Whether scenarios can be compared.

use crate::describe::words;
use crate::scenario::Scenario;
use crate::scenario::file::CalendarKind;

/// A message and what to write instead.
type Refusal = (String, String);

/// Scenarios can be compared if they have names of their own, cover the same time, and count in the same pounds.
pub(super) fn ensure(scenarios: &[Scenario]) -> Result<(), Refusal> {
    let first = &scenarios[0];
    for (i, scenario) in scenarios.iter().enumerate().skip(1) {
        let (one, other) = (first.name(), scenario.name());
        let alike = |s: &Scenario| s.name().to_lowercase() == other.to_lowercase();
        if scenarios[..i].iter().any(alike) {
            return Err((
                format!("two scenarios are called \"{other}\""),
                "Give each a `name` of its own; tables tell them apart by it.".into(),
            ));
        }
        if scenario.calendar != first.calendar {
            return Err((
                format!(
                    "\"{one}\" and \"{other}\" do not cover the same time: the one {}, the other {}",
                    span(first),
                    span(scenario)
                ),
                "Give both the same `simulation.start`, `years` and `calendar`.".into(),
            ));
        }
        if let (Some(base), Some(another)) = (&first.file.price_base, &scenario.file.price_base)
            && base != another
        {
            return Err((
                format!("\"{one}\" is in the prices of {base}, but \"{other}\" in those of {another}"),
                "Give both the same `price_base`, and bring the prices of one to it: the difference would be \
                 inflation."
                    .into(),
            ));
        }
    }
    Ok(())
}

fn span(scenario: &Scenario) -> String {
    let years = scenario.file.simulation.years;
    let plural = if years == 1 { "year" } else { "years" };
    let plain =
        if scenario.file.simulation.calendar == CalendarKind::Plain { " of the plain calendar" } else { "" };
    format!("{years} {plural}{plain} from {}", words::day(scenario.calendar.start()))
}
