//! Changes that have nothing to do with it.

use knockon_core::{ServiceId, ServiceKind};
use knockon_sim::random::Stream;
use knockon_telemetry::{Change, ChangeKind};

use super::{between, calm, onset, pick, times};
use crate::evaluate::case::Case;

/// At most and at least so long before the onset, in seconds.
const BEFORE_S: (f64, f64) = (600.0, 30.0);

/// Deploys services without trouble shortly before the onset, each once.
pub(super) fn add_red_herrings(case: &mut Case, count: f64, stream: &mut Stream) {
    let Some(onset) = onset(case) else { return };
    let is_deployed = |id: &ServiceId| case.system.service(*id).kind == ServiceKind::Service;
    let mut calm: Vec<ServiceId> = calm(case).into_iter().filter(is_deployed).collect();
    for at in times(count) {
        let Some(service) = pick(&calm, stream) else { return };
        calm.retain(|other| *other != service);
        case.evidence.changes.push(Change {
            time: onset + between(-BEFORE_S.0, -BEFORE_S.1, stream),
            service: Some(service),
            service_name: case.system.service(service).name.clone(),
            kind: ChangeKind::Deploy,
            version: Some(format!("v9.{at}.0")),
            by: None,
            summary: None,
        });
    }
    case.evidence.changes.sort_by_key(|change| change.time);
}
