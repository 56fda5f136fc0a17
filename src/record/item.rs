//! What is counted: an item is a measure of a thing, or of a part of it.
//!
//! Things and parts are known by their names in the scenario file, so an item is the same in every scenario that
//! has it, and in recorded figures.

use std::fmt;

/// What kind of quantity an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Children on a day.
    Stock,
    /// Events in a period.
    Flow,
    /// Pounds in a period, in cash.
    Cost,
    /// Child-days in a period.
    Days,
    /// Of the days of all places in a period, those on which they were taken, in per cent.
    Use,
    /// Mean days waited by those let in, or no longer waiting, in a period.
    Wait,
}

impl Measure {
    /// The unit its numbers are in.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Stock => "children",
            Self::Flow => "events",
            Self::Cost => "GBP",
            Self::Days => "child-days",
            Self::Use => "per cent",
            Self::Wait => "days",
        }
    }

    /// Its name in tidy tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stock => "stock",
            Self::Flow => "flow",
            Self::Cost => "cost",
            Self::Days => "days",
            Self::Use => "use",
            Self::Wait => "wait",
        }
    }

    /// Whether its numbers are ratios: of parts of a period they do not add up, and where nothing is divided by, there is none.
    #[must_use]
    pub fn is_ratio(self) -> bool {
        matches!(self, Self::Use | Self::Wait)
    }
}

/// What is counted or paid for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// A stock of the file.
    Stock(String),
    /// A flow of the file.
    Flow(String),
    /// Children who are refused a place in a full state.
    Refused(String),
    /// Children whom an intervention reaches.
    Reached(String),
    /// Children whose way out or time an intervention changes.
    Moved(String),
    /// Children who wait for a pool or an intervention that is full.
    Waiting(String),
    /// Places of a pool or an intervention that are taken.
    Taken(String),
    /// The net cost, or all of one kind of it.
    Total(Total),
    /// A line of the budget.
    Line(String),
    /// A line of income, which is taken off.
    Income(String),
    /// What an intervention costs.
    Intervention(String),
}

impl Thing {
    /// Its name in the file; totals have none.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Stock(name)
            | Self::Flow(name)
            | Self::Refused(name)
            | Self::Reached(name)
            | Self::Moved(name)
            | Self::Waiting(name)
            | Self::Taken(name)
            | Self::Line(name)
            | Self::Income(name)
            | Self::Intervention(name) => Some(name),
            Self::Total(_) => None,
        }
    }
}

/// What a total adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Total {
    /// Everything: the net cost.
    Net,
    /// Lines that vary with children, less such income.
    CashReleasing,
    /// Lines that are fixed in the short run, less such income.
    NotCashReleasing,
    /// What interventions cost.
    Interventions,
}

/// The whole of a thing, or which part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// All of it.
    Whole,
    /// Children in a state of a track.
    State {
        /// The track.
        track: String,
        /// The state, by its name within the track.
        state: String,
    },
    /// Events of children who are in no state of a track.
    NoState {
        /// The track.
        track: String,
    },
    /// Children of an age band.
    Age(String),
    /// Children of a cohort.
    Cohort(String),
    /// Children of a need class.
    Need(String),
    /// Events by exits of this name.
    Exit(String),
}

impl Part {
    /// What a thing is divided by that has such parts: the name of a track, `age`, `cohort`, `need` or `exit`; nothing
    /// for the whole.
    #[must_use]
    pub fn way(&self) -> &str {
        match self {
            Self::Whole => "",
            Self::State { track, .. } | Self::NoState { track } => track,
            Self::Age(_) => "age",
            Self::Cohort(_) => "cohort",
            Self::Need(_) => "need",
            Self::Exit(_) => "exit",
        }
    }
}

/// One thing, or a part of it, that is followed through time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item {
    /// What it measures.
    pub measure: Measure,
    /// Of what.
    pub thing: Thing,
    /// Of how much of that.
    pub part: Part,
}

impl Item {
    /// The net cost.
    pub const NET_COST: Self =
        Self { measure: Measure::Cost, thing: Thing::Total(Total::Net), part: Part::Whole };

    /// Children counted by a stock.
    #[must_use]
    pub fn stock(name: impl Into<String>) -> Self {
        Self::whole(Measure::Stock, Thing::Stock(name.into()))
    }

    /// Events counted by a flow.
    #[must_use]
    pub fn flow(name: impl Into<String>) -> Self {
        Self::whole(Measure::Flow, Thing::Flow(name.into()))
    }

    /// Children who are refused a place in a full state.
    #[must_use]
    pub fn refused(state: impl Into<String>) -> Self {
        Self::whole(Measure::Flow, Thing::Refused(state.into()))
    }

    /// Children whose way out or time an intervention changes.
    #[must_use]
    pub fn moved(name: impl Into<String>) -> Self {
        Self::whole(Measure::Flow, Thing::Moved(name.into()))
    }

    /// Children whom an intervention reaches.
    #[must_use]
    pub fn reached(intervention: impl Into<String>) -> Self {
        Self::whole(Measure::Flow, Thing::Reached(intervention.into()))
    }

    /// Children who wait for a pool or an intervention that is full.
    #[must_use]
    pub fn waiting(name: impl Into<String>) -> Self {
        Self::whole(Measure::Stock, Thing::Waiting(name.into()))
    }

    /// Places of a pool or an intervention that are taken.
    #[must_use]
    pub fn taken(name: impl Into<String>) -> Self {
        Self::whole(Measure::Stock, Thing::Taken(name.into()))
    }

    /// The net cost, or all of one kind of it.
    #[must_use]
    pub fn total(total: Total) -> Self {
        Self::whole(Measure::Cost, Thing::Total(total))
    }

    /// A line of the budget.
    #[must_use]
    pub fn line(name: impl Into<String>) -> Self {
        Self::whole(Measure::Cost, Thing::Line(name.into()))
    }

    /// A line of income.
    #[must_use]
    pub fn income(name: impl Into<String>) -> Self {
        Self::whole(Measure::Cost, Thing::Income(name.into()))
    }

    /// What an intervention costs.
    #[must_use]
    pub fn intervention(name: impl Into<String>) -> Self {
        Self::whole(Measure::Cost, Thing::Intervention(name.into()))
    }

    fn whole(measure: Measure, thing: Thing) -> Self {
        Self { measure, thing, part: Part::Whole }
    }

    /// The same measured otherwise: children of a stock as the days that they are there.
    #[must_use]
    pub fn measured_in(&self, measure: Measure) -> Self {
        Self { measure, ..self.clone() }
    }

    /// A part of the same thing.
    #[must_use]
    pub fn part(&self, part: Part) -> Self {
        Self { part, ..self.clone() }
    }

    /// Whether it is all of its thing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.part == Part::Whole
    }

    /// Whether it is a part of another item.
    #[must_use]
    pub fn is_part_of(&self, whole: &Self) -> bool {
        !self.is_whole() && whole.is_whole() && (self.measure, &self.thing) == (whole.measure, &whole.thing)
    }

    /// Whether tables know it by a name. No two items of a scenario with the same measure have the same name.
    #[must_use]
    pub fn is_called(&self, measure: Measure, name: &str) -> bool {
        self.measure == measure && self.to_string() == name
    }
}

/// The name by which tables know an item: `looked_after`, `care_ends/adoption`, `total/cash_releasing`.
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.thing {
            Thing::Stock(name) | Thing::Flow(name) => f.write_str(name),
            Thing::Refused(name) => write!(f, "refused/{name}"),
            Thing::Reached(name) => write!(f, "reached/{name}"),
            Thing::Moved(name) => write!(f, "moved/{name}"),
            Thing::Waiting(name) => write!(f, "waiting_for/{name}"),
            Thing::Taken(name) => write!(f, "places_taken/{name}"),
            Thing::Total(total) => f.write_str(match total {
                Total::Net => "total",
                Total::CashReleasing => "total/cash_releasing",
                Total::NotCashReleasing => "total/not_cash_releasing",
                Total::Interventions => "total/interventions",
            }),
            Thing::Line(name) => write!(f, "line/{name}"),
            Thing::Income(name) => write!(f, "income/{name}"),
            Thing::Intervention(name) => write!(f, "intervention/{name}"),
        }?;
        match &self.part {
            Part::Whole => Ok(()),
            Part::State { state: name, .. } | Part::Exit(name) => write!(f, "/{name}"),
            Part::NoState { track } => write!(f, "/no_{track}"),
            Part::Age(band) if band.starts_with("age_") => write!(f, "/{band}"),
            Part::Age(band) => write!(f, "/age_{band}"),
            Part::Cohort(name) => write!(f, "/cohort_{name}"),
            Part::Need(name) => write!(f, "/need_{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_called_as_tables_have_them() {
        let looked_after = Item::stock("looked_after");
        let foster = Part::State { track: "placement".into(), state: "foster".into() };
        for (item, name) in [
            (looked_after.clone(), "looked_after"),
            (looked_after.measured_in(Measure::Days).part(foster), "looked_after/foster"),
            (looked_after.part(Part::Age("10_15".into())), "looked_after/age_10_15"),
            (looked_after.part(Part::Age("age_10_15".into())), "looked_after/age_10_15"),
            (looked_after.part(Part::Cohort("uasc".into())), "looked_after/cohort_uasc"),
            (looked_after.part(Part::Need("high".into())), "looked_after/need_high"),
            (Item::flow("care_ends").part(Part::Exit("adoption".into())), "care_ends/adoption"),
            (Item::reached("support"), "reached/support"),
            (Item::waiting("support"), "waiting_for/support"),
            (Item::taken("beds").measured_in(Measure::Use), "places_taken/beds"),
            (Item::NET_COST, "total"),
            (Item::total(Total::Interventions), "total/interventions"),
            (Item::line("residential"), "line/residential"),
            (Item::income("uasc"), "income/uasc"),
            (Item::intervention("support"), "intervention/support"),
        ] {
            assert!(item.is_called(item.measure, name), "{item} is not {name}");
        }
    }

    #[test]
    fn a_part_belongs_to_its_whole_and_to_no_other() {
        let (care, plans) = (Item::stock("care"), Item::stock("plans"));
        let young = care.part(Part::Age("young".into()));
        assert!(young.is_part_of(&care) && !young.is_part_of(&plans) && !care.is_part_of(&care));
        assert!(!young.is_part_of(&care.measured_in(Measure::Days)));
    }
}
