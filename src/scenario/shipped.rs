//! The scenarios that come inside the program.

/// A scenario inside the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    /// What it is called: `stoke-on-trent`, `what-if/early-help-expanded`.
    pub name: &'static str,
    /// Its file.
    pub text: &'static str,
}

/// Embeds `scenarios/NAME.toml` under its name.
macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(Shipped { name: $name, text: include_str!(concat!("../../scenarios/", $name, ".toml")) }),*]
    };
}

/// All of them.
pub const SHIPPED: &[Shipped] = shipped![
    "england",
    "stoke-on-trent",
    "what-if/early-help-expanded",
    "what-if/early-help-withdrawn",
    "what-if/family-group-conferences",
    "what-if/in-house-foster-carers",
    "what-if/2024-25-holds",
    "what-if/care-orders-at-home",
    "what-if/step-down-from-homes",
    "what-if/investment-plan",
];

impl Shipped {
    /// The scenario of a name. The last part alone will do: `early-help-expanded`.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        SHIPPED.iter().find(|shipped| shipped.name == name || shipped.last_part() == name).copied()
    }

    fn last_part(&self) -> &'static str {
        self.name.rsplit('/').next().unwrap_or(self.name)
    }
}

/// The names of all of them.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|shipped| shipped.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_or_its_last_part_finds_a_scenario() {
        for shipped in SHIPPED {
            assert_eq!(Shipped::find(shipped.name), Some(*shipped));
            assert_eq!(Shipped::find(shipped.last_part()), Some(*shipped));
        }
        assert_eq!(Shipped::find("atlantis"), None);
    }
}
