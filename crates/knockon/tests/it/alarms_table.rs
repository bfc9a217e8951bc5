//! For each alert of each pack an incident in which it fires: what goes wrong, and what is played. In a
//! run in which nothing goes wrong none of them fires.

use std::collections::{BTreeMap, BTreeSet};

use crate::run::{Ran, knockon, root};

/// An alert with an incident in which it fires.
#[derive(Debug)]
pub(crate) struct Alarm {
    pub(crate) pack: &'static str,
    /// The variant of the pack; empty for the pack itself.
    pub(crate) variant: &'static str,
    pub(crate) alert: &'static str,
    /// What goes wrong, as `--fault` has it.
    pub(crate) faults: &'static [&'static str],
    /// How long is played.
    pub(crate) minutes: u32,
    pub(crate) seed: u64,
}

const fn alarm(
    pack: &'static str,
    variant: &'static str,
    alert: &'static str,
    faults: &'static [&'static str],
    minutes: u32,
    seed: u64,
) -> Alarm {
    Alarm { pack, variant, alert, faults, minutes, seed }
}

/// Every alert of every pack.
#[rustfmt::skip]
pub(crate) const ALARMS: &[Alarm] = &[
    alarm("checkout", "", "PaymentErrors", &["errors=payment-service:20%@10min"], 30, 1),
    alarm("checkout", "", "CheckoutBroken", &["errors=payment-service:20%@10min"], 30, 1),
    alarm("checkout", "", "CheckoutSlow", &["partners-slow=payment-provider:2s@10min"], 40, 1),
    alarm("checkout", "", "AuthErrors", &["errors=auth:20%@10min"], 30, 1),
    alarm("checkout", "", "CatalogErrors", &["database-down=shop-db@10min"], 30, 1),
    alarm("checkout", "", "ShopDbDown", &["database-down=shop-db@10min"], 30, 1),
    alarm("checkout", "", "OrderErrors", &["errors=order:20%@10min"], 30, 1),
    alarm("checkout", "", "InventoryErrors", &["errors=inventory:30%@10min"], 30, 1),
    alarm("connect", "", "SwitchboardDispatchFailures", &["partners-down=Dragontail@10min"], 30, 1),
    alarm("connect", "", "SwitchboardSeveralSubscribersFailing", &["partners-down=loyalty@10min", "partners-down=order-tracking@10min"], 30, 1),
    alarm("connect", "", "SwitchboardConsumerLatency", &["partners-slow=DoorDash:20s@10min"], 30, 1),
    alarm("connect", "", "SwitchboardParkedEvents", &["partners-slow=DoorDash:20s@10min"], 30, 1),
    alarm("connect", "", "SwitchboardQueueWithoutConsumers", &["consumers-stopped=switchboard@10min"], 30, 1),
    alarm("connect", "", "PartnerOrdersNotReconciled", &["consumers-stopped=switchboard@10min"], 30, 1),
    alarm("connect", "", "ByteConnectCriticalLambdaErrors", &["errors=byte-connect:30%@10min"], 30, 1),
    alarm("connect", "", "ByteConnectOrdersRejected", &["errors=byte-connect:30%@10min"], 30, 1),
    alarm("connect", "", "PartnerOrdersStopped", &["member-offline=partner/DoorDash@61min"], 90, 1),
    alarm("connect", "", "OrderInjectionRefuses", &["demand-spike=partner order:100@10min+10min"], 30, 1),
    alarm("connect", "", "PartnerCallbacksMissing", &["partition=DoorDash/byte-connect@10min"], 30, 1),
    alarm("connect", "", "MenusStale", &["partners-down=DoorDash@20min"], 120, 1),
    alarm("connect", "", "CoreDNSNXDOMAIN", &["name-not-found=coredns@10min"], 30, 1),
    alarm("pos", "", "ParmStoreStatusChangeRate", &["member-offline=store/17@10min+3min", "member-offline=store/17@16min+3min", "member-offline=store/17@22min+3min"], 35, 1),
    alarm("pos", "", "ParmOrderTransformationFailures", &["partners-down=brand-middleware@10min"], 30, 1),
    alarm("pos", "", "OrdersDoNotReachStores", &["partners-down=brand-middleware@10min"], 30, 1),
    alarm("pos", "", "ParmUnableToSendUpdates", &["broker-down=olympus-mqtt@10min"], 30, 1),
    alarm("pos", "", "MqttConnectionFailureRate", &["broker-down=olympus-mqtt@10min"], 30, 1),
    alarm("pos", "", "StoresOfflineInRegion", &["member-offline=region/north@10min"], 30, 1),
    alarm("pos", "", "WidespreadSyncGatewayReplicationErrors", &["crash=SyncGateway@10min"], 30, 1),
    alarm("pos", "", "PosEventsPileUp", &["crash=SyncGateway@10min"], 30, 1),
    alarm("pos", "", "SalesDoNotConverge", &["consumers-stopped=olympus-dgs@10min"], 30, 1),
    alarm("pos", "", "CantConnectToCouchbase", &["crash=couchbase@10min"], 30, 1),
    alarm("pos", "", "CouchbaseBucketConnections", &["database-slow=couchbase:300@10min"], 30, 1),
    alarm("pos", "", "ContainerRestarts", &["crash-loop=poseidon-pos:30s@10min"], 30, 1),
    alarm("sock-shop", "", "ShippingQueueHasNoConsumer", &["consumers-stopped=queue-master@10min"], 30, 1),
    alarm("sock-shop", "", "OrdersPending", &["consumers-stopped=queue-master@10min"], 30, 1),
    alarm("sock-shop", "", "ShippingQueueAtCapacity", &["consumers-stopped=queue-master@10min", "queue-policy=rabbitmq/shipping-task:3@10min"], 30, 1),
    alarm("sock-shop", "autoscaler on memory", "FrontEndNotScalingWhileBusy", &["demand-spike=find a sock:15@10min"], 30, 1),
    alarm("sock-shop", "", "CatalogueDatabaseCpuSaturated", &["database-slow=catalogue-db:22@10min"], 30, 1),
    alarm("sock-shop", "", "SearchSlow", &["database-slow=catalogue-db:22@10min"], 30, 1),
    alarm("sock-shop", "", "CheckoutFailing", &["errors=orders:20%@10min"], 30, 1),
    alarm("sock-shop", "", "OrderHistoryFailing", &["errors=orders:20%@10min"], 30, 1),
    alarm("sock-shop", "", "ShopErrors", &["cache-down=session-db@10min"], 30, 1),
    alarm("sock-shop", "", "SessionStoreDown", &["cache-down=session-db@10min"], 30, 1),
    alarm("sock-shop", "", "FrontEndRestarting", &["crash-loop=front-end:40s@10min"], 30, 1),
    alarm("sock-shop", "", "PaymentErrors", &["errors=payment:20%@10min"], 30, 1),
    alarm("sock-shop", "", "CartErrors", &["errors=carts:20%@10min"], 30, 1),
    alarm("sock-shop", "", "UserErrors", &["errors=user:20%@10min"], 30, 1),
    alarm("sock-shop", "", "ShippingErrors", &["errors=shipping:20%@10min"], 30, 1),
    alarm("order-orchestrator", "", "ServiceDown", &["crash=order-orchestrator@10min"], 30, 1),
    alarm("order-orchestrator", "", "NoPodAvailable", &["crash=order-orchestrator@10min"], 30, 1),
    alarm("order-orchestrator", "", "PodsRestarting", &["crash-loop=order-orchestrator:60s@10min"], 30, 1),
    alarm("order-orchestrator", "", "OrderCreationDroppedToZero", &["database-down=postgresql@10min"], 30, 1),
    alarm("order-orchestrator", "", "HighErrorRate", &["database-down=postgresql@10min"], 30, 1),
    alarm("order-orchestrator", "", "BookingDetailFailing", &["database-down=postgresql@10min"], 30, 1),
    alarm("order-orchestrator", "", "PostgresqlDown", &["database-down=postgresql@10min"], 30, 1),
    alarm("order-orchestrator", "", "SlowPaymentLink", &["latency=payment-processor:4s@10min"], 30, 1),
    alarm("order-orchestrator", "", "HighCompensationRate", &["crash=taxi-partner-gateway@10min"], 30, 1),
    alarm("order-orchestrator", "", "TaxiPartnerGatewayDown", &["crash=taxi-partner-gateway@10min"], 30, 1),
    alarm("order-orchestrator", "", "ConnectionPoolExhausted", &["freeze=postgresql@10min"], 30, 1),
    alarm("order-orchestrator", "", "LowCacheHitRate", &["cache-flush=redis:10s@10min"], 30, 1),
    alarm("order-orchestrator", "", "HealthyButFailing", &["name-not-found=kubernetes@10min"], 30, 1),
    alarm("order-orchestrator", "", "OrdersStuckInCreated", &["crash=payment-processor@5min"], 60, 1),
    alarm("order-orchestrator", "", "PaymentsStuckWaiting", &["crash=payment-processor@5min"], 60, 1),
    alarm("order-orchestrator", "", "PaymentProcessorDown", &["crash=payment-processor@5min"], 60, 1),
    alarm("order-orchestrator", "", "RefundsWaiting", &["freeze=taxi-partner-gateway@10min", "blackhole=payment-processor / refund@10min"], 30, 1),
    alarm("order-orchestrator", "", "RedisDown", &["cache-down=redis@10min"], 30, 1),
    alarm("order-orchestrator", "", "RabbitmqDown", &["broker-down=rabbitmq@10min"], 30, 1),
    alarm("order-orchestrator", "", "NotificationServiceDown", &["crash=notification-service@10min"], 30, 1),
    alarm("order-orchestrator", "", "QueueHasNoConsumer", &["crash=notification-service@10min"], 30, 1),
    alarm("order-orchestrator", "", "SessionManagerDown", &["crash=session-manager@10min"], 30, 1),
    alarm("order-orchestrator", "", "RentDown", &["crash=rent@10min"], 30, 1),
    alarm("order-orchestrator", "", "PromoGatewayDown", &["crash=promo-gateway@10min"], 30, 1),
    alarm("order-orchestrator", "", "ConfigServiceDown", &["crash=config-service@10min"], 30, 1),
    alarm("order-orchestrator", "", "SeveralDependenciesDown", &["region-loss=kubernetes@10min"], 30, 1),
];

#[test]
fn every_alert_of_every_pack_has_an_incident() {
    let mut alerts = BTreeSet::new();
    for entry in std::fs::read_dir(root().join("packs")).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        let pack = path.file_name().unwrap().to_string_lossy().into_owned();
        let system = knockon_format::load_system(&path).system.unwrap();
        let monitors = system.practice().monitors.iter();
        alerts.extend(monitors.map(|monitor| (pack.clone(), monitor.name.clone())));
    }
    let listed: BTreeSet<_> =
        ALARMS.iter().map(|alarm| (alarm.pack.to_owned(), alarm.alert.to_owned())).collect();
    assert_eq!(listed, alerts);
    assert_eq!(listed.len(), ALARMS.len());
}

/// Plays an incident.
pub(crate) fn simulate(alarm: &Alarm, more: &[&str]) -> Ran {
    let (pack, lasts) = (format!("packs/{}", alarm.pack), format!("{}min", alarm.minutes));
    let seed = alarm.seed.to_string();
    let mut arguments = vec!["simulate", &pack, "--for", &lasts, "--seed", &seed];
    arguments.extend(more);
    for fault in alarm.faults {
        arguments.extend(["--fault", fault]);
    }
    if !alarm.variant.is_empty() {
        arguments.extend(["--variant", alarm.variant]);
    }
    knockon(&arguments)
}

/// The alerts that fire in an incident, and when first, in seconds.
fn fired(alarm: &Alarm) -> BTreeMap<String, f64> {
    let ran = simulate(alarm, &["--format", "json"]);
    assert!(ran.code == 0 && ran.stderr.is_empty(), "{alarm:?}\n{}", ran.stderr);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let mut fired = BTreeMap::new();
    for alert in document["runs"][0]["alerts"].as_array().unwrap() {
        let at = alert["fired_s"].as_f64().unwrap();
        let first = fired.entry(alert["alert"].as_str().unwrap().to_owned()).or_insert(at);
        *first = first.min(at);
    }
    fired
}

/// When the first fault of an incident sets in, in seconds.
fn begins(alarm: &Alarm) -> f64 {
    let at = |fault: &&str| {
        let (_, times) = fault.rsplit_once('@').unwrap();
        times.split("min").next().unwrap().parse::<f64>().unwrap() * 60.0
    };
    alarm.faults.iter().map(at).fold(f64::INFINITY, f64::min)
}

#[test]
fn every_alert_fires_in_its_incident_and_not_before() {
    let mut played: BTreeMap<_, BTreeMap<String, f64>> = BTreeMap::new();
    for alarm in ALARMS {
        let incident = (alarm.pack, alarm.variant, alarm.faults, alarm.minutes);
        let fired = played.entry(incident).or_insert_with(|| fired(alarm));
        let at = fired.get(alarm.alert).copied();
        let at = at.unwrap_or_else(|| panic!("{} does not fire: {fired:?}", alarm.alert));
        assert!(at > begins(alarm), "{} fires after {at} s", alarm.alert);
        let early: Vec<_> = fired.iter().filter(|(_, at)| **at <= begins(alarm)).collect();
        assert!(early.is_empty(), "{alarm:?}: {early:?}");
    }
}

#[test]
fn no_alert_fires_while_all_is_well() {
    for pack in ["checkout", "connect", "order-orchestrator", "pos", "sock-shop"] {
        for seed in 1..=3 {
            let healthy = alarm(pack, "", "", &[], 30, seed);
            assert_eq!(fired(&healthy), BTreeMap::new(), "{pack}, seed {seed}");
        }
    }
}
