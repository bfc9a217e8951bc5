//! How urgent an incident is, by what it does to users.
//!
//! The matrix is that of incident response practice (total outage or critical loss, a major feature
//! degraded, a part or a minor thing, cosmetic); the bounds are stated here.

use knockon_core::{Priority, System};

/// At least this part of the users of a journey that is worth money is hurt: a total outage.
const OUTAGE: f64 = 0.5;
/// At least this part: a major feature is degraded.
const MAJOR: f64 = 0.05;
/// Nobody but one in a thousand is hurt: nothing that users would notice.
const NOTICED: f64 = 0.001;

/// What an incident does to the users of a journey.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hurt {
    /// The part of its users who fare worse than they should.
    pub share: f64,
    /// Whether the journey is worth money.
    pub is_worth_money: bool,
}

/// The priority of an incident that hurts journeys so; `alerts` if anything fires at all.
pub fn of(hurt: &[Hurt], alerts: bool) -> Option<Priority> {
    let worst = |of: &dyn Fn(&&Hurt) -> bool| {
        hurt.iter().filter(of).map(|hurt| hurt.share).fold(0.0, f64::max)
    };
    let (money, any) = (worst(&|hurt| hurt.is_worth_money), worst(&|_| true));
    if money >= OUTAGE {
        Some(Priority::P1)
    } else if money >= MAJOR || any >= OUTAGE {
        Some(Priority::P2)
    } else if any > NOTICED {
        Some(Priority::P3)
    } else {
        alerts.then_some(Priority::P4)
    }
}

/// What a priority means, and what is done at once: as the model says, or as is usual.
pub fn meaning(system: &System, priority: Priority) -> (String, String) {
    let rule = system.practice().priorities.iter().find(|rule| rule.priority == priority);
    let (means, action) = match priority {
        Priority::P1 => {
            ("Total outage or critical loss", "Page all hands, keep executives informed")
        }
        Priority::P2 => {
            ("A major feature is degraded", "Rapid response, an update every 30 minutes")
        }
        Priority::P3 => ("A part, or a minor issue", "Open a ticket and schedule an investigation"),
        Priority::P4 => ("Cosmetic, or of low urgency", "Log it for the backlog"),
    };
    let told = |of: fn(&knockon_core::PriorityRule) -> &Option<String>, usual: &str| {
        rule.and_then(|rule| of(rule).clone()).unwrap_or_else(|| usual.to_owned())
    };
    (told(|rule| &rule.means, means), told(|rule| &rule.action, action))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_journey_decides() {
        let check = |hurt: &[(f64, bool)], alerts: bool, priority: Option<Priority>| {
            let hurt: Vec<_> = hurt
                .iter()
                .map(|(share, is_worth_money)| Hurt {
                    share: *share,
                    is_worth_money: *is_worth_money,
                })
                .collect();
            assert_eq!(of(&hurt, alerts), priority, "{hurt:?}");
        };
        check(&[(1.0, true)], true, Some(Priority::P1));
        check(&[(1.0, false), (0.06, true)], true, Some(Priority::P2));
        check(&[(0.6, false)], true, Some(Priority::P2));
        check(&[(0.04, true)], true, Some(Priority::P3));
        check(&[(0.0, true)], true, Some(Priority::P4));
        check(&[], false, None);
    }
}
