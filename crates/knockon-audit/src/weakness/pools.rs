//! Pools that together are larger than the database.

use knockon_core::{Element, Pool, Service, ServiceId};

use super::Weakness;
use crate::codes::TOO_MANY_CONNECTIONS;
use crate::view::View;
use crate::wording;

/// The pools of all replicas, as many as an autoscaler may make, together hold more connections than
/// the database accepts. Copies for reading accept as many each.
pub(super) fn find(view: &View<'_>) -> Vec<Weakness> {
    let mut pools: Vec<Vec<Share>> = view.services().map(|_| Vec::new()).collect();
    for (from, service) in view.services() {
        for pool in &service.pools {
            pools[pool.to.index()].push(share(from, service, pool));
        }
    }
    let found = view.services().zip(&pools).filter_map(|((id, service), pools)| {
        let one = u64::from(service.database.max_connections?);
        let copies = service.database.read_replicas.map_or(0, |replicas| replicas.count);
        let accepts = one.saturating_mul(u64::from(copies) + 1);
        let opened = pools.iter().map(Share::connections).fold(0, u64::saturating_add);
        (opened > accepts).then(|| weakness(view, id, pools, opened, accepts))
    });
    found.collect()
}

/// What one service takes of a database.
struct Share {
    from: ServiceId,
    replicas: u32,
    size: u32,
}

impl Share {
    fn connections(&self) -> u64 {
        u64::from(self.replicas) * u64::from(self.size)
    }
}

fn share(from: ServiceId, service: &Service, pool: &Pool) -> Share {
    let most = service.autoscaler.as_ref().map_or(0, |scaler| scaler.max);
    Share { from, replicas: service.replicas().max(most), size: pool.size }
}

fn weakness(
    view: &View<'_>,
    id: ServiceId,
    pools: &[Share],
    opened: u64,
    accepts: u64,
) -> Weakness {
    let mut shares: Vec<&Share> = pools.iter().collect();
    shares.sort_by_key(|share| (std::cmp::Reverse(share.connections()), share.from));
    let terms: Vec<String> = shares
        .iter()
        .map(|share| {
            let from = wording::service(view.system, share.from);
            format!("{} × {} of {from}", share.replicas, share.size)
        })
        .collect();
    let message = format!(
        "{} accepts {}, and its users may open {}: {}",
        wording::service(view.system, id),
        wording::counted(accepts, "connection"),
        wording::count(opened),
        wording::list(&terms, "and")
    );
    let replicas: u64 = pools.iter().map(|share| u64::from(share.replicas)).sum();
    let fits = accepts / replicas.max(1);
    let help = if fits > 0 {
        format!("smaller pools: a `size` of {fits} fits if all are alike")
    } else {
        "fewer replicas, or a connection pooler in between".to_owned()
    };
    let element = Element::Key(id, "max_connections");
    let weakness = Weakness::new(TOO_MANY_CONNECTIONS, element, message, "refuses the rest")
        .help(help)
        .help(format!("or a larger server: `max_connections: {}`", opened.saturating_add(10)));
    shares.into_iter().take(3).fold(weakness, |weakness, share| {
        let connections = wording::counted(share.connections(), "connection");
        weakness.related(Element::Key(share.from, "pools"), connections)
    })
}
