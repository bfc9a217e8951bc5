//! How urgent an incident is, by what it does to users, what it costs, and where it goes.
//!
//! The matrix is that of incident response practice (total outage or critical loss, a major feature
//! degraded, a part or a minor thing, cosmetic). Its bounds are stated here; a model may give others
//! under `priorities`.

use knockon_core::{Journey, Money, MoneyRate, Priority, PriorityRule, System};

use crate::answers::{Trend, Urgency};

/// What an incident does to the users of a journey.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hurt {
    /// The part of its users who fare worse than they should; nothing if that is not known.
    pub share: Option<f64>,
    /// Whether the journey is worth money.
    pub is_worth_money: bool,
    /// What it costs if all of its users are hurt.
    pub money: Option<MoneyRate>,
}

impl Hurt {
    /// So many of the users of a journey.
    pub fn of(journey: &Journey, share: Option<f64>) -> Self {
        let missed = journey.demand.zip(journey.value).map(|(demand, value)| MoneyRate {
            per_hour: Money { amount: demand.per_hour * value.amount, currency: value.currency },
        });
        Self {
            share,
            is_worth_money: journey.value.is_some() || journey.downtime_cost.is_some(),
            money: journey.downtime_cost.or(missed),
        }
    }

    /// What an hour of it costs, if that is known.
    pub fn cost(&self) -> Option<Money> {
        let (share, money) = (self.share?, self.money?.per_hour);
        Some(Money { amount: money.amount * share, ..money })
    }
}

/// From where on a priority is reached.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    priority: Priority,
    /// So many of the users of a journey that is worth money.
    users: f64,
    /// So many of those of any journey.
    any_users: f64,
    /// So much money an hour.
    money: Option<MoneyRate>,
    /// What it becomes while it gets worse.
    worse: Priority,
}

/// Never reached by a share.
const NEVER: f64 = 2.0;

/// The usual bounds, the gravest priority first: half of the users of what is worth money, or a
/// twentieth of them, or half of any; or one in a thousand, which users begin to notice. What is minor
/// and grows is treated as what it will be.
const USUAL: [Bounds; 3] = [
    usual(Priority::P1, 0.5, NEVER, Priority::P1),
    usual(Priority::P2, 0.05, 0.5, Priority::P2),
    usual(Priority::P3, 0.001, 0.001, Priority::P2),
];

const fn usual(priority: Priority, users: f64, any_users: f64, worse: Priority) -> Bounds {
    Bounds { priority, users, any_users, money: None, worse }
}

impl Bounds {
    fn with(self, rule: Option<&PriorityRule>) -> Self {
        let Some(rule) = rule else { return self };
        let part = |share: knockon_core::Share| share.percent / 100.0;
        Self {
            users: rule.users.map_or(self.users, part),
            any_users: rule.any_users.map_or(self.any_users, part),
            money: rule.money,
            worse: rule.worse.unwrap_or(self.worse),
            ..self
        }
    }

    /// What reaches it, in words; nothing if nothing does.
    fn reached(&self, hurt: &[Hurt]) -> Option<String> {
        let share = |it: &Hurt| it.share.filter(|share| *share > 0.0);
        let worst = |of: &dyn Fn(&&Hurt) -> bool| {
            hurt.iter().filter(of).filter_map(share).fold(0.0, f64::max)
        };
        let (paying, any) = (worst(&|it| it.is_worth_money), worst(&|_| true));
        if let Some(bound) = self.money {
            let costs = hurt.iter().filter_map(Hurt::cost);
            let same = costs.filter(|it| it.currency == bound.per_hour.currency);
            let lost: f64 = same.map(|it| it.amount).sum();
            if lost > 0.0 && lost >= bound.per_hour.amount {
                return Some(format!(
                    "{lost:.0} {} an hour are at stake, {:.0} or more make it {}",
                    bound.per_hour.currency, bound.per_hour.amount, self.priority
                ));
            }
        }
        if paying >= self.users {
            let what = "of the users of a journey that is worth money are hurt";
            return Some(format!("{} {what}", percent(paying)));
        }
        if any >= self.any_users {
            return Some(format!("{} of the users of a journey are hurt", percent(any)));
        }
        // Somebody is hurt and nobody knows how many: as grave as a major feature, and no graver.
        let unknown =
            |money: bool| hurt.iter().any(|it| it.share.is_none() && (it.is_worth_money || !money));
        let is_unknown = match self.priority {
            Priority::P2 => unknown(true),
            Priority::P3 => unknown(false),
            _ => false,
        };
        is_unknown.then(|| "users are hurt, and how many is not known".to_owned())
    }
}

/// The priority of an incident that hurts journeys so, and what makes it so; `alerts` if anything
/// fires at all.
pub fn of(
    system: &System,
    hurt: &[Hurt],
    alerts: bool,
    trend: Option<Trend>,
) -> Option<(Priority, String)> {
    let rules = &system.practice().priorities;
    for bounds in USUAL {
        let bounds = bounds.with(rules.iter().find(|rule| rule.priority == bounds.priority));
        let Some(because) = bounds.reached(hurt) else { continue };
        if trend == Some(Trend::Worse) && bounds.worse < bounds.priority {
            return Some((bounds.worse, format!("{because}, and it gets worse")));
        }
        return Some((bounds.priority, because));
    }
    let because = match (hurt.is_empty(), alerts) {
        (true, false) => return None,
        (true, true) => "alerts fired, and no user is known to be hurt",
        (false, _) if hurt.iter().all(|it| it.share == Some(0.0)) => {
            return alerts.then(|| (Priority::P4, "no user is hurt".to_owned()));
        }
        (false, _) => "hardly any user is hurt",
    };
    Some((Priority::P4, because.to_owned()))
}

/// The same with what the priority means and what is done at once.
pub fn urgency(
    system: &System,
    hurt: &[Hurt],
    alerts: bool,
    trend: Option<Trend>,
) -> Option<Urgency> {
    let (priority, because) = of(system, hurt, alerts, trend)?;
    let (means, action) = meaning(system, priority);
    Some(Urgency { priority, means, action, because })
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
    let told = |of: fn(&PriorityRule) -> &Option<String>, usual: &str| {
        rule.and_then(|rule| of(rule).clone()).unwrap_or_else(|| usual.to_owned())
    };
    (told(|rule| &rule.means, means), told(|rule| &rule.action, action))
}

/// A share in whole percent, or with one decimal where that would be none.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 9.95 { format!("{percent:.1}%") } else { format!("{percent:.0}%") }
}

#[cfg(test)]
mod tests {
    use knockon_core::{Currency, Practice, Share, SystemBuilder};

    use super::*;

    fn system(priorities: Vec<PriorityRule>) -> System {
        let mut builder = SystemBuilder::new("shop");
        builder.practice(Practice { priorities, ..Practice::default() });
        builder.build()
    }

    fn hurt(share: Option<f64>, is_worth_money: bool) -> Hurt {
        let currency = Currency::parse("USD").unwrap();
        let money = MoneyRate { per_hour: Money { amount: 1000.0, currency } };
        Hurt { share, is_worth_money, money: is_worth_money.then_some(money) }
    }

    fn rule(priority: Priority) -> PriorityRule {
        PriorityRule {
            priority,
            means: None,
            action: None,
            users: None,
            any_users: None,
            money: None,
            worse: None,
        }
    }

    #[test]
    fn the_worst_journey_decides() {
        let check = |all: &[(f64, bool)], alerts: bool, priority: Option<Priority>| {
            let all: Vec<_> = all.iter().map(|(share, money)| hurt(Some(*share), *money)).collect();
            let found = of(&system(Vec::new()), &all, alerts, None);
            assert_eq!(found.map(|(priority, _)| priority), priority, "{all:?}");
        };
        check(&[(1.0, true)], true, Some(Priority::P1));
        check(&[(1.0, false), (0.06, true)], true, Some(Priority::P2));
        check(&[(0.6, false)], true, Some(Priority::P2));
        check(&[(0.04, true)], true, Some(Priority::P3));
        check(&[(0.0, true)], true, Some(Priority::P4));
        check(&[], false, None);
    }

    #[test]
    fn what_is_not_known_is_grave_and_no_outage() {
        let found = of(&system(Vec::new()), &[hurt(None, true)], false, None).unwrap();
        assert_eq!(found, (Priority::P2, "users are hurt, and how many is not known".to_owned()));
        let found = of(&system(Vec::new()), &[hurt(None, false)], false, None).unwrap();
        assert_eq!(found.0, Priority::P3);
    }

    #[test]
    fn a_model_sets_its_own_bounds_and_what_getting_worse_does() {
        let bound = |amount| {
            let currency = Currency::parse("USD").unwrap();
            Some(MoneyRate { per_hour: Money { amount, currency } })
        };
        let system = system(vec![
            PriorityRule { money: bound(300.0), ..rule(Priority::P1) },
            PriorityRule {
                users: Some(Share { percent: 20.0 }),
                worse: Some(Priority::P1),
                ..rule(Priority::P2)
            },
        ]);
        let check = |share: f64, trend: Option<Trend>, priority: Priority| {
            let found = of(&system, &[hurt(Some(share), true)], true, trend).unwrap();
            assert_eq!(found.0, priority, "{share} {trend:?}: {}", found.1);
        };
        check(0.3, None, Priority::P1);
        check(0.29, None, Priority::P2);
        check(0.29, Some(Trend::Worse), Priority::P1);
        check(0.29, Some(Trend::Better), Priority::P2);
        check(0.1, Some(Trend::Steady), Priority::P3);
        check(0.1, Some(Trend::Worse), Priority::P2);
    }
}
