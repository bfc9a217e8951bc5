//! Every metric there is: its name, and the exporter whose name it is.

/// How the values of a metric are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// It only grows while a process lives.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Counts of durations by upper bounds, their number and their sum.
    Histogram,
}

impl MetricKind {
    /// The word for it in `OpenMetrics`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name, as a rule has it; that of a histogram without `_bucket`, `_count` and `_sum`.
    pub name: &'static str,
    /// How its values are meant.
    pub kind: MetricKind,
    /// In which unit they are, where there is one; the name ends with it then.
    pub unit: &'static str,
    /// What it says.
    pub help: &'static str,
    /// Its labels beside `job` and `service`, which everything about a service has.
    pub labels: &'static str,
    /// Whose name it is, by its address.
    pub follows: &'static str,
}

const HTTP: &str = "https://opentelemetry.io/docs/specs/semconv/http/http-metrics/";
const DB: &str = "https://opentelemetry.io/docs/specs/semconv/database/database-metrics/";
const MESSAGING: &str = "https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/";
const PROMETHEUS: &str = "https://prometheus.io/docs/concepts/jobs_instances/";
const KUBE: &str = "https://github.com/kubernetes/kube-state-metrics/tree/main/docs";
const CADVISOR: &str = "https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md";
const RABBITMQ: &str = "https://github.com/kbudde/rabbitmq_exporter/blob/main/metrics.md";
const REDIS: &str = "https://github.com/oliver006/redis_exporter";
const POSTGRES: &str = "https://github.com/prometheus-community/postgres_exporter";
const MYSQL: &str = "https://github.com/prometheus/mysqld_exporter";
const MONGODB: &str = "https://github.com/percona/mongodb_exporter";
const COUCHBASE: &str = "https://github.com/couchbase/couchbase-exporter";
const NATS: &str = "https://github.com/nats-io/prometheus-nats-exporter";
const STACKDRIVER: &str = "https://github.com/prometheus-community/stackdriver_exporter";
const HIKARI: &str = "https://micrometer.io/";
const RESILIENCE: &str = "https://resilience4j.readme.io/docs/micrometer";
const ENVOY: &str = "https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats";
const COREDNS: &str = "https://coredns.io/plugins/metrics/";
const OWN: &str = "";

const POD: &str = "instance, pod";
const CONTAINER: &str = "namespace, pod, container";
const QUEUE: &str = "vhost, queue";
const INSTANCE: &str = "instance";
const CALL: &str =
    "instance, pod, server_address, operation, caller, error_type, http_response_status_code";
const POOL: &str = "instance, pod, pool";
const COHORTS: &str = "journey, the cohorts";
const STAGE_COHORTS: &str = "journey, stage, the cohorts";
const CALLED: &str = "server_address, operation, caller";
const TABLE: &str = "instance, relname";

macro_rules! metrics {
    ($($id:ident = $name:literal $kind:ident $unit:literal $follows:ident $labels:expr, $help:literal;)*) => {
        /// A metric, by its place in [`METRICS`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Id { $($id),* }

        /// Every metric, in the order in which they are written.
        pub const METRICS: &[Metric] = &[$(Metric {
            name: $name,
            kind: MetricKind::$kind,
            unit: $unit,
            help: $help,
            labels: $labels,
            follows: $follows,
        }),*];
    };
}

metrics! {
    Up = "up" Gauge "" PROMETHEUS POD, "Whether the last scrape of the target succeeded.";
    HttpServer = "http_server_request_duration_seconds" Histogram "seconds" HTTP
        "instance, pod, http_route, http_request_method, http_response_status_code, error_type",
        "How long requests took that were answered.";
    HttpClient = "http_client_request_duration_seconds" Histogram "seconds" HTTP CALL,
        "How long calls of other services took, each attempt by itself.";
    DbClient = "db_client_operation_duration_seconds" Histogram "seconds" DB CALL,
        "How long queries of databases and caches took, each attempt by itself.";
    MessagingClient = "messaging_client_operation_duration_seconds" Histogram "seconds" MESSAGING
        CALL, "How long handing messages to brokers took, each attempt by itself.";
    Consumer = "messaging_process_duration_seconds" Histogram "seconds" MESSAGING
        "instance, pod, operation, messaging_destination_name, error_type",
        "How long working off messages took.";
    Job = "job_run_duration_seconds" Histogram "seconds" OWN
        "instance, pod, operation, error_type", "How long what is done on its own took.";
    Retries = "envoy_cluster_upstream_rq_retry_total" Counter "" ENVOY
        "envoy_cluster_name, operation, caller", "Calls that were tried again.";
    Fallbacks = "step_fallbacks_total" Counter "" OWN "server_address, operation, caller",
        "Steps that failed in the end and were done without.";
    LastSuccess = "step_last_success_timestamp_seconds" Gauge "seconds" OWN CALLED,
        "When that was last asked for and done.";
    JobLastSuccess = "job_last_success_timestamp_seconds" Gauge "seconds" OWN "operation",
        "When what is done on its own was last done.";
    MessageAge = "queue_message_age_seconds" Histogram "seconds" OWN "queue",
        "How old messages were when a consumer was given them.";
    Breaker = "resilience4j_circuitbreaker_state" Gauge "" RESILIENCE
        "instance, pod, name, state", "1 for the state that the breaker is in.";
    BreakerCalls = "resilience4j_circuitbreaker_calls_total" Counter "" RESILIENCE
        "instance, pod, name, kind", "Calls through the breaker.";
    NotPermitted = "resilience4j_circuitbreaker_not_permitted_calls_total" Counter "" RESILIENCE
        "instance, pod, name, kind", "Calls that the open breaker did not let through.";
    Pool = "hikaricp_connections" Gauge "" HIKARI POOL, "Connections of the pool.";
    PoolActive = "hikaricp_connections_active" Gauge "" HIKARI POOL, "Connections in use.";
    PoolIdle = "hikaricp_connections_idle" Gauge "" HIKARI POOL, "Connections not in use.";
    PoolPending = "hikaricp_connections_pending" Gauge "" HIKARI POOL,
        "Requests that wait for a connection.";
    PoolMax = "hikaricp_connections_max" Gauge "" HIKARI POOL, "Most connections of the pool.";
    PoolTimeout = "hikaricp_connections_timeout_total" Counter "" HIKARI POOL,
        "Requests that got no connection in time.";
    Replicas = "kube_deployment_status_replicas" Gauge "" KUBE "namespace, deployment",
        "Replicas there are.";
    Available = "kube_deployment_status_replicas_available" Gauge "" KUBE "namespace, deployment",
        "Replicas that can be asked.";
    Unavailable = "kube_deployment_status_replicas_unavailable" Gauge "" KUBE
        "namespace, deployment", "Replicas that cannot be asked, or are missing.";
    SpecReplicas = "kube_deployment_spec_replicas" Gauge "" KUBE "namespace, deployment",
        "Replicas that are wanted.";
    Restarts = "kube_pod_container_status_restarts_total" Counter "" KUBE CONTAINER,
        "How often the container was started again.";
    Waiting = "kube_pod_container_status_waiting_reason" Gauge "" KUBE
        "namespace, pod, container, reason", "1 while the container waits, for that reason.";
    Terminated = "kube_pod_container_status_last_terminated_reason" Gauge "" KUBE
        "namespace, pod, container, reason", "1 if the container last ended for that reason.";
    Ready = "kube_pod_status_ready" Gauge "" KUBE "namespace, pod, condition",
        "1 for the condition that holds: whether the pod can be asked.";
    Limits = "kube_pod_container_resource_limits" Gauge "" KUBE
        "namespace, pod, container, resource, unit", "What the container may use at most.";
    Requests = "kube_pod_container_resource_requests" Gauge "" KUBE
        "namespace, pod, container, resource, unit", "What the container is promised.";
    HpaMin = "kube_horizontalpodautoscaler_spec_min_replicas" Gauge "" KUBE
        "namespace, horizontalpodautoscaler", "The fewest replicas.";
    HpaMax = "kube_horizontalpodautoscaler_spec_max_replicas" Gauge "" KUBE
        "namespace, horizontalpodautoscaler", "The most replicas.";
    HpaCurrent = "kube_horizontalpodautoscaler_status_current_replicas" Gauge "" KUBE
        "namespace, horizontalpodautoscaler", "The replicas there are.";
    HpaDesired = "kube_horizontalpodautoscaler_status_desired_replicas" Gauge "" KUBE
        "namespace, horizontalpodautoscaler", "The replicas that the autoscaler asked for last.";
    CpuUsage = "container_cpu_usage_seconds_total" Counter "seconds" CADVISOR CONTAINER,
        "Processor time used.";
    CfsPeriods = "container_cpu_cfs_periods_total" Counter "" CADVISOR CONTAINER,
        "Periods of 100 ms in which the container ran under a limit.";
    CfsThrottled = "container_cpu_cfs_throttled_periods_total" Counter "" CADVISOR CONTAINER,
        "Those in which the quota was used up.";
    CfsThrottledTime = "container_cpu_cfs_throttled_seconds_total" Counter "seconds" CADVISOR
        CONTAINER, "How long the container was throttled.";
    WorkingSet = "container_memory_working_set_bytes" Gauge "bytes" CADVISOR CONTAINER,
        "Memory in use.";
    Oom = "container_oom_events_total" Counter "" CADVISOR CONTAINER,
        "How often the container was killed for want of memory.";
    QueueMessages = "rabbitmq_queue_messages" Gauge "" RABBITMQ QUEUE, "Messages in the queue.";
    QueueReady = "rabbitmq_queue_messages_ready" Gauge "" RABBITMQ QUEUE,
        "Messages that wait for a consumer.";
    QueueUnacked = "rabbitmq_queue_messages_unacked" Gauge "" RABBITMQ QUEUE,
        "Messages that a consumer has and has not acknowledged.";
    QueueBytes = "rabbitmq_queue_messages_ready_bytes" Gauge "bytes" RABBITMQ QUEUE,
        "Bytes of the messages that wait.";
    QueueConsumers = "rabbitmq_queue_consumers" Gauge "" RABBITMQ QUEUE,
        "Consumers of the queue.";
    QueuePublished = "rabbitmq_queue_messages_published_total" Counter "" RABBITMQ QUEUE,
        "Messages that came to the queue.";
    QueueDelivered = "rabbitmq_queue_messages_delivered_total" Counter "" RABBITMQ QUEUE,
        "Messages that were handed to consumers, again ones too.";
    QueueAcked = "rabbitmq_queue_messages_acked_total" Counter "" RABBITMQ QUEUE,
        "Messages that consumers acknowledged.";
    QueueRedelivered = "rabbitmq_queue_messages_redelivered_total" Counter "" RABBITMQ QUEUE,
        "Messages that were handed out once more.";
    QueueConfirmed = "rabbitmq_queue_messages_confirmed_total" Counter "" RABBITMQ QUEUE,
        "Messages that were taken from publishers.";
    QueueDead = "rabbitmq_queue_messages_dead_lettered_total" Counter "" RABBITMQ
        "vhost, queue, reason", "Messages that left the queue otherwise, by the reason.";
    MqttMessages = "mqtt_queue_messages" Gauge "" OWN "queue", "Messages that wait for a client.";
    MqttConsumers = "mqtt_queue_consumers" Gauge "" OWN "queue", "Clients that are connected.";
    MqttPublished = "mqtt_queue_messages_published_total" Counter "" OWN "queue",
        "Messages that came.";
    MqttDelivered = "mqtt_queue_messages_delivered_total" Counter "" OWN "queue",
        "Messages that were handed to clients.";
    MqttDropped = "mqtt_queue_messages_dropped_total" Counter "" OWN "queue",
        "Messages that had no room.";
    NatsPending = "jetstream_consumer_num_pending" Gauge "" NATS "stream_name, consumer_name",
        "Messages that were not delivered.";
    NatsAckPending = "jetstream_consumer_num_ack_pending" Gauge "" NATS
        "stream_name, consumer_name", "Messages that were not acknowledged.";
    NatsRedelivered = "jetstream_consumer_num_redelivered" Gauge "" NATS
        "stream_name, consumer_name", "Messages that were delivered more than once.";
    PubsubUndelivered =
        "stackdriver_pubsub_subscription_pubsub_googleapis_com_subscription_num_undelivered_messages"
        Gauge "" STACKDRIVER "subscription_id", "Messages that were not acknowledged.";
    PubsubSent =
        "stackdriver_pubsub_subscription_pubsub_googleapis_com_subscription_sent_message_count"
        Gauge "" STACKDRIVER "subscription_id", "Messages sent to subscribers since the beginning.";
    RedisUp = "redis_up" Gauge "" REDIS INSTANCE, "Whether the server answered.";
    RedisMemory = "redis_memory_used_bytes" Gauge "bytes" REDIS INSTANCE, "Memory in use.";
    RedisMemoryMax = "redis_memory_max_bytes" Gauge "bytes" REDIS INSTANCE,
        "Most memory; 0 for no limit.";
    RedisHits = "redis_keyspace_hits_total" Counter "" REDIS INSTANCE, "Keys that were there.";
    RedisMisses = "redis_keyspace_misses_total" Counter "" REDIS INSTANCE,
        "Keys that were not there.";
    RedisEvicted = "redis_evicted_keys_total" Counter "" REDIS INSTANCE,
        "Keys dropped to make room.";
    RedisExpired = "redis_expired_keys_total" Counter "" REDIS INSTANCE,
        "Keys whose time was over.";
    RedisRejected = "redis_errors_total" Counter "" REDIS "instance, err",
        "Commands that were answered with an error.";
    RedisKeys = "redis_db_keys" Gauge "" REDIS "instance, db", "Keys there are.";
    PgUp = "pg_up" Gauge "" POSTGRES INSTANCE, "Whether the server answered.";
    PgActivity = "pg_stat_activity_count" Gauge "" POSTGRES "instance, datname, state",
        "Connections in that state.";
    PgMax = "pg_settings_max_connections" Gauge "" POSTGRES INSTANCE, "Most connections.";
    PgSeqScan = "pg_stat_user_tables_seq_scan" Counter "" POSTGRES TABLE,
        "Scans of whole tables.";
    PgSeqRead = "pg_stat_user_tables_seq_tup_read" Counter "" POSTGRES TABLE,
        "Rows read by those.";
    PgIdxScan = "pg_stat_user_tables_idx_scan" Counter "" POSTGRES TABLE, "Scans by an index.";
    PgIdxFetch = "pg_stat_user_tables_idx_tup_fetch" Counter "" POSTGRES TABLE,
        "Rows read by those.";
    PgLag = "pg_replication_lag_seconds" Gauge "seconds" POSTGRES INSTANCE,
        "How far the copy is behind.";
    PgCalls = "pg_stat_statements_calls_total" Counter "" POSTGRES "instance, queryid",
        "How often the query was done.";
    PgSeconds = "pg_stat_statements_seconds_total" Counter "seconds" POSTGRES
        "instance, queryid", "How long it took in all.";
    MysqlUp = "mysql_up" Gauge "" MYSQL INSTANCE, "Whether the server answered.";
    MysqlConnected = "mysql_global_status_threads_connected" Gauge "" MYSQL INSTANCE,
        "Connections there are.";
    MysqlRunning = "mysql_global_status_threads_running" Gauge "" MYSQL INSTANCE,
        "Connections that do something.";
    MysqlRefused = "mysql_global_status_connection_errors_total" Counter "" MYSQL
        "instance, error", "Connections that were refused.";
    MysqlMax = "mysql_global_variables_max_connections" Gauge "" MYSQL INSTANCE,
        "Most connections.";
    MysqlCalls = "mysql_perf_schema_events_statements_total" Counter "" MYSQL
        "instance, digest_text", "How often the query was done.";
    MysqlSeconds = "mysql_perf_schema_events_statements_seconds_total" Counter "seconds" MYSQL
        "instance, digest_text", "How long it took in all.";
    MysqlLag = "mysql_slave_status_seconds_behind_master" Gauge "" MYSQL INSTANCE,
        "How many seconds the copy is behind.";
    MongoUp = "mongodb_up" Gauge "" MONGODB INSTANCE, "Whether the server answered.";
    MongoConnections = "mongodb_ss_connections" Gauge "" MONGODB "instance, conn_type",
        "Connections: those there are, and how many more there may be.";
    MongoOps = "mongodb_ss_opcounters" Counter "" MONGODB "instance, legacy_op_type",
        "How often the operation was done.";
    CouchbaseConnections = "couchbase_bucket_stats_curr_connections" Gauge "" COUCHBASE
        "instance, bucket", "Connections there are.";
    CouchbaseOps = "couchbase_bucket_stats_cmd_total" Counter "" COUCHBASE
        "instance, bucket, cmd", "How often the operation was done.";
    Dns = "coredns_dns_responses_total" Counter "" COREDNS "rcode", "Names that were asked for.";
    Attempts = "journey_attempts_total" Counter "" OWN COHORTS,
        "Journeys that users began, as their browsers tell.";
    JourneyFailures = "journey_failures_total" Counter "" OWN COHORTS,
        "Journeys that ended with an error that the user saw.";
    JourneyDuration = "journey_duration_seconds" Histogram "seconds" OWN "journey",
        "How long users waited for each answer on a journey.";
    JourneyStages = "journey_stages_reached_total" Counter "" OWN STAGE_COHORTS,
        "Users who came to that stage.";
    StageFailures = "journey_stage_failures_total" Counter "" OWN STAGE_COHORTS,
        "Attempts at that stage that failed, each by itself, as whoever made them tells.";
    MemberUp = "cohort_member_up" Gauge "" OWN "journey, cohort, the cohort, those around it",
        "Whether the last thing that was tried on the journey in that place (a store, say) went well.";
    MemberFailures = "cohort_member_failures_total" Counter "" OWN
        "journey, stage, cohort, the cohort, those around it",
        "Attempts at that stage that failed, by the place that they were for.";
    InState = "state_machine_things" Gauge "" OWN "machine, state", "Things in that state.";
    StuckIn = "state_machine_stuck_things" Gauge "" OWN "machine, state",
        "Things that have been in it for too long.";
    Saga = "saga_runs_total" Counter "" OWN "saga, result",
        "Sagas that were begun, done, tried again, taken back, or left to people.";
}
