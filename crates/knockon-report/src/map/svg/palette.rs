//! Colours that people with any kind of colour vision can tell apart, on white and on dark.

/// Okabe and Ito, *Color Universal Design*, 2008, without black, and blue before yellow.
const COLOURS: [&str; 7] =
    ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442"];

/// For a service that no team owns.
pub(crate) const NO_TEAM: &str = "#8a8f98";

/// For the journey that is followed; none of the colours of teams.
pub(crate) const TOUR: &str = "#d6006c";

/// The two colours of a team: the same for the first seven teams, and different ones for those
/// after, so that 49 teams can be told apart.
pub(crate) fn team(index: usize) -> (&'static str, &'static str) {
    let (turn, first) = (index / COLOURS.len(), index % COLOURS.len());
    (COLOURS[first], COLOURS[(first + turn) % COLOURS.len()])
}
