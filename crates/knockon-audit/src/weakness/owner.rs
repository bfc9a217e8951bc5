//! A service that nobody owns.

use knockon_core::{Element, ServiceKind};

use super::Weakness;
use crate::codes::SERVICE_WITHOUT_OWNER;
use crate::view::View;
use crate::wording;

/// Every kind needs an owner but clients, which are where journeys start and often are people. An
/// external needs whoever owns the relation: who calls them, who reads their status page. A model
/// without a single owner is told so once.
pub(super) fn find(view: &View<'_>) -> Vec<Weakness> {
    let needs = |kind| kind != ServiceKind::Client;
    let all = || view.services().filter(|(_, service)| needs(service.kind));
    let without = || all().filter(|(_, it)| it.team.is_none() && it.co_owners.is_empty());
    let (count, lacking) = (all().count(), without().count());
    if lacking == count && count > 1 {
        let message =
            format!("none of the {} has an owner", wording::counted(count as u64, "service"));
        let weakness = Weakness::new(SERVICE_WITHOUT_OWNER, Element::System, message, "no owners");
        return vec![
            weakness.help("name who owns what: `teams:`, and `team: <team>` in each service"),
        ];
    }
    let weakness = |(id, service): (_, &knockon_core::Service)| {
        let name = wording::service(view.system, id);
        let (message, help) = match service.kind {
            ServiceKind::External => (
                format!("nobody owns the relation to {name}"),
                "write `team: <team>`: who calls them when it is down, and reads their status page",
            ),
            _ => (
                format!("nobody owns {name}"),
                "write `team: <team>`: who is called when it is down",
            ),
        };
        Weakness::new(SERVICE_WITHOUT_OWNER, Element::Service(id), message, "no owner").help(help)
    };
    without().map(weakness).collect()
}
