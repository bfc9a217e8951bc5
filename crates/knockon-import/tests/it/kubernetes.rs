//! Kubernetes manifests.

use std::time::Duration;

use knockon_core::{RestartPolicy, Rollout, ScalingSelect, Service};

use crate::{check, import_texts};

/// A deployment with a container.
fn deployment(name: &str, container: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: {name} }}\nspec:\n  template:\n    \
         metadata: {{ labels: {{ app: {name} }} }}\n    spec:\n      containers:\n      - {container}\n"
    )
}

fn documents(documents: &[String]) -> String {
    documents.join("---\n")
}

fn only(text: &str) -> Service {
    let imported = import_texts(&[("a.yaml", text)]);
    assert_eq!(imported.diagnostics, []);
    imported.system.unwrap().services()[0].clone()
}

#[test]
fn variables_are_put_together_as_the_kubelet_does() {
    let text = documents(&[
        deployment(
            "web",
            "{ name: web, image: shop/web, envFrom: [ { prefix: P_, configMapRef: { name: c } } ], env: \
             [ { name: HOST, value: orders }, { name: A, value: \"http://$(HOST):80/x\" }, { name: B, \
             valueFrom: { configMapKeyRef: { name: c, key: cache } } }, { name: OTEL_SERVICE_NAME, \
             valueFrom: { fieldRef: { fieldPath: \"metadata.labels['app']\" } } } ] }",
        ),
        deployment("orders", "{ name: orders, image: shop/orders:1.2 }"),
        deployment("redis-cart", "{ name: x, image: \"redis:7\" }"),
        deployment("pay", "{ name: x, image: shop/pay }"),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\ndata:\n  cache: redis-cart:6379\n  \
         PAY_URL: https://pay.shop.svc.cluster.local/\n"
            .to_owned(),
    ]);
    check(
        &[("a.yaml", &text)],
        "
web: service
orders: service 1.2
redis-cart: cache (redis) 7
pay: service
web -read-> redis-cart [manifest a.yaml:45 P_cache] [manifest a.yaml:45 B]
web -call-> pay [manifest a.yaml:46 P_PAY_URL]
web -call-> orders [manifest a.yaml:9 HOST] [manifest a.yaml:9 A]
",
    );
}

#[test]
fn the_last_value_of_a_variable_counts() {
    let text = documents(&[
        deployment(
            "web",
            "{ name: web, image: shop/web, envFrom: [ { configMapRef: { name: c } } ], env: [ { name: \
             PAY_HOST, value: pay } ] }",
        ),
        deployment("orders", "{ name: orders, image: shop/orders }"),
        deployment("pay", "{ name: x, image: shop/pay }"),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\ndata: { PAY_HOST: orders }\n"
            .to_owned(),
    ]);
    check(
        &[("a.yaml", &text)],
        "
web: service
orders: service
pay: service
web -call-> pay [manifest a.yaml:9 PAY_HOST]
",
    );
}

#[test]
fn names_in_the_cluster_lead_to_the_workloads_behind_them() {
    let service = |name: &str, rest: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{ name: {name}, namespace: shop }}\nspec: {rest}\n"
        )
    };
    let env =
        |value: &str| format!("{{ name: x, env: [ {{ name: A_HOST, value: \"{value}\" }} ] }}");
    let text = documents(&[
        deployment("cart-v1", "{ name: x, image: shop/cart }"),
        deployment("cart-v2", "{ name: x, image: shop/cart }"),
        service("cart-one", "{ selector: { app: cart-v1 } }"),
        service("mail", "{ type: ExternalName, externalName: smtp.example.com }"),
        deployment("a", &env("cart-one")),
        deployment("b", &env("cart-v2-0.cart-one.shop.svc")),
        deployment("c", &env("mail")),
        deployment("d", &env("smtp.example.com")),
        deployment("e", &env("cart-one.example.com")),
        deployment("f", &env("cart-one.elsewhere.svc:80")),
    ]);
    check(
        &[("a.yaml", &text)],
        "
cart-v1: service = cart-one
cart-v2: service
a: service
b: service
c: service
d: service
e: service
f: service
mail: external = smtp.example.com
a -call-> cart-v1 [manifest a.yaml:39 A_HOST]
b -call-> cart-v1 [manifest a.yaml:49 A_HOST]
c -call-> mail [manifest a.yaml:59 A_HOST]
d -call-> mail [manifest a.yaml:69 A_HOST]
a.yaml:89:50: note[K0521]: no source shows a service `cart-one.elsewhere.svc`
",
    );
}

#[test]
fn a_workload_has_its_bounds_probes_and_rollout() {
    let service = only(
        "
apiVersion: apps/v1
kind: Deployment
metadata: { name: orders }
spec:
  replicas: 6
  strategy: { rollingUpdate: { maxUnavailable: 10%, maxSurge: 2 } }
  template:
    spec:
      containers:
      - name: istio-proxy
        resources: { limits: { cpu: 2 } }
      - name: orders
        image: shop/orders
        ports: [ { name: http, containerPort: 8080 } ]
        resources: { limits: { cpu: 500m, memory: 1Gi }, requests: { memory: 512Mi } }
        livenessProbe: { httpGet: { port: http } }
        readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 3, failureThreshold: 5 }
        startupProbe: { exec: { command: [cat, /ready] }, timeoutSeconds: 4, initialDelaySeconds: 7 }
",
    );
    let runs = service.runs.unwrap();
    assert_eq!(runs.replicas, 6);
    let cpu = runs.cpu.unwrap();
    assert_eq!((cpu.limit.unwrap().millicores, cpu.request.unwrap().millicores), (500, 500));
    let memory = runs.memory.unwrap();
    assert_eq!((memory.limit.unwrap().count, memory.request.unwrap().count), (1 << 30, 1 << 29));
    assert_eq!(runs.rollout, Some(Rollout { max_unavailable: 0, max_surge: 2 }));
    assert_eq!(runs.restart, RestartPolicy::Always);

    let liveness = service.probes.liveness.unwrap();
    assert_eq!((liveness.get.as_deref(), liveness.port), (Some("/"), Some(8080)));
    let seconds = Duration::from_secs;
    assert_eq!(
        (liveness.delay, liveness.every, liveness.timeout),
        (seconds(0), seconds(10), seconds(1))
    );
    assert_eq!((liveness.failures, liveness.successes), (3, 1));
    let readiness = service.probes.readiness.unwrap();
    assert_eq!((readiness.tcp, readiness.every, readiness.failures), (Some(8080), seconds(3), 5));
    let startup = service.probes.startup.unwrap();
    assert_eq!((startup.exec.as_deref(), startup.timeout), (Some("cat /ready"), seconds(4)));
}

#[test]
fn autoscalers_of_every_version_are_read() {
    let with = |scaler: &str| {
        let web = deployment("web", "{ name: x, image: shop/web }");
        let head = "kind: HorizontalPodAutoscaler\nmetadata: { name: s }\nspec:\n  scaleTargetRef: { kind: \
                    Deployment, name: web }\n  minReplicas: 2\n  maxReplicas: 9\n";
        let service = only(&documents(&[web, format!("{head}{scaler}")]));
        assert_eq!(service.replicas(), 2);
        let scaler = service.autoscaler.unwrap();
        assert_eq!((scaler.min, scaler.max), (2, 9));
        scaler
    };
    let percent = |share: Option<knockon_core::Share>| share.map(|it| it.percent);
    let v1 = with("  targetCPUUtilizationPercentage: 60\napiVersion: autoscaling/v1\n");
    assert_eq!(percent(v1.targets.cpu), Some(60.0));
    let beta1 = with(
        "  metrics:\n  - { type: Resource, resource: { name: memory, targetAverageUtilization: 70 } }\n\
         apiVersion: autoscaling/v2beta1\n",
    );
    assert_eq!(percent(beta1.targets.memory), Some(70.0));
    let v2 = with(
        "  metrics:
  - { type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 80 } } }
  - { type: Pods, pods: { metric: { name: http_requests_per_second }, target: { averageValue: 500m } } }
  - { type: External, external: { metric: { name: queue_messages_ready }, target: { averageValue: 30 } } }
  behavior:
    scaleDown:
      stabilizationWindowSeconds: 300
      selectPolicy: Min
      policies: [ { type: Percent, value: 10, periodSeconds: 60 }, { type: Pods, value: 4, periodSeconds: 15 } ]
apiVersion: autoscaling/v2
",
    );
    assert_eq!(percent(v2.targets.cpu), Some(80.0));
    assert_eq!(v2.targets.requests.map(|rate| rate.per_hour), Some(1800.0));
    assert_eq!(v2.targets.backlog, Some(30));
    let down = v2.down.unwrap();
    assert_eq!((down.window, down.select), (Some(Duration::from_secs(300)), ScalingSelect::Min));
    assert_eq!(percent(down.policies[0].percent), Some(10.0));
    assert_eq!(down.policies[1].pods, Some(4));
    assert_eq!(v2.up, None);
}

#[test]
fn policies_select_by_labels_and_expressions_in_both_directions() {
    let text = documents(&[
        deployment("web", "{ name: x, image: shop/web }"),
        deployment("orders", "{ name: x, image: shop/orders }"),
        deployment("carts", "{ name: x, image: shop/carts }"),
        "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: p }
spec:
  podSelector: { matchExpressions: [ { key: app, operator: In, values: [web] } ] }
  egress:
  - to: [ { podSelector: { matchExpressions: [ { key: app, operator: In, values: [orders, x] } ] } } ]
  - to: [ { podSelector: { matchLabels: { app: Cart } } }, { ipBlock: { cidr: 10.0.0.0/8 } } ]
"
        .to_owned(),
        "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: all }
spec: { podSelector: {}, ingress: [ { from: [ { podSelector: { matchLabels: { app: web } } } ] } ] }
"
        .to_owned(),
    ]);
    check(
        &[("a.yaml", &text)],
        "
web: service
orders: service
carts: service = Cart
web -call-> orders [network-policy a.yaml:37]
web -call-> carts [network-policy a.yaml:38]
a.yaml:40:1: note[K0522]: the policy `all` is for all pods and shows no dependency
",
    );
}

#[test]
fn lists_jobs_and_what_others_own() {
    check(
        &[(
            "a.yaml",
            "
apiVersion: v1
kind: List
items:
- apiVersion: batch/v1
  kind: CronJob
  metadata: { name: report, namespace: a }
  spec: { jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [ { name: x, args: [--db-host, db] } ] } } } } }
- apiVersion: v1
  kind: Pod
  metadata: { name: db-0, ownerReferences: [ { kind: StatefulSet } ] }
  spec: { containers: [ { name: x, image: mysql } ] }
- apiVersion: apps/v1
  kind: StatefulSet
  metadata: { name: db, namespace: a }
  spec: { template: { spec: { containers: [ { name: x, image: mysql } ] } } }
- apiVersion: apps/v1
  kind: StatefulSet
  metadata: { name: db, namespace: b }
  spec: { template: { spec: { containers: [ { name: x, image: mysql } ] } } }
",
        )],
        "
report: service
db: database (mysql)
b/db: database (mysql)
report -write-> db [manifest a.yaml:8 args]
",
    );
}

#[test]
fn values_of_the_wrong_sort_are_told_and_the_rest_is_read() {
    check(
        &[(
            "a.yaml",
            "
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: many
  strategy: { rollingUpdate: { maxSurge: lots } }
  template:
    spec:
      containers:
      - { name: x, image: shop/web, resources: { limits: { cpu: [1], memory: 1 GB } }, livenessProbe: { httpGet: {}, periodSeconds: -1 } }
",
        )],
        "
web: service
a.yaml:6:13: warning[K0511]: `replicas` is `many`, and a whole number belongs there
a.yaml:7:42: warning[K0511]: `maxSurge` is a number of pods or a percentage of them
a.yaml:11:65: warning[K0511]: `cpu` is a list, and processor time belongs there
a.yaml:11:78: warning[K0511]: `memory` is `1 GB`, and memory belongs there
a.yaml:11:133: warning[K0511]: `periodSeconds` is `-1`, and a whole number belongs there
",
    );
}

/// Istio holds the program back until its proxy runs, by putting the proxy first.
#[test]
fn a_sidecar_that_comes_first_is_not_the_program() {
    let proxy = "{ name: istio-proxy, image: \"istio/proxyv2:1.20\", resources: { limits: { memory: 1Gi } } }";
    let containers = format!("{proxy}\n      - {{ name: app, image: \"shop/web:3\" }}");
    let service = only(&deployment("web", &containers));
    assert_eq!(service.version.as_deref(), Some("3"));
    assert_eq!(service.runs.and_then(|runs| runs.memory), None);
}

/// What a secret holds is mostly not among the manifests.
#[test]
fn a_password_that_nobody_wrote_down_does_not_hide_the_host() {
    let container = "{ name: x, image: shop/web, env: [ { name: DB, value: \"postgres://$(USER):$(PASS)@orders-db:5432/x\" } ] }";
    let text = documents(&[
        deployment("web", container),
        deployment("orders-db", "{ name: x, image: postgres }"),
    ]);
    check(
        &[("a.yaml", &text)],
        "
web: service
orders-db: database (postgresql)
web -write-> orders-db [manifest a.yaml:9 DB]
",
    );
}

#[test]
fn a_policy_for_one_namespace_lets_nobody_of_another_through() {
    let web = |namespace: &str, name: &str| {
        deployment(name, "{ name: x, image: shop/web }")
            .replace(
                &format!("name: {name} }}"),
                &format!("name: {name}, namespace: {namespace} }}"),
            )
            .replace("labels: {", "labels: { tier: front,")
    };
    let policy = |name: &str, selector: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{ name: {name}, namespace: a }}
spec:
  podSelector: {{ matchLabels: {{ app: api }} }}
  ingress: [ {{ from: [ {{ namespaceSelector: {{ matchLabels: {selector} }}, podSelector: {{ matchLabels: {{ tier: front }} }} }} ] }} ]
"
        )
    };
    let namespace = "apiVersion: v1
kind: Namespace
metadata: { name: c, labels: { team: bees } }
";
    let selectors = ["{ kubernetes.io/metadata.name: b }", "{ team: bees }"];
    for (selector, expected) in selectors.into_iter().zip(["b-web", "c-web"]) {
        let text = documents(&[
            namespace.replace("c,", "a,").replace("bees", "ants"),
            namespace.replace("c,", "b,").replace("bees", "ants"),
            namespace.to_owned(),
            deployment("api", "{ name: x, image: shop/api }"),
            web("a", "a-web"),
            web("b", "b-web"),
            web("c", "c-web"),
            policy("p", selector),
        ]);
        let system = import_texts(&[("a.yaml", &text)]).system.unwrap();
        let from: Vec<_> =
            system.dependencies().iter().map(|it| &system.service(it.from).name).collect();
        assert_eq!(from, [expected], "{selector}");
    }
}

/// Versions of one program behind one Service: who asks the Service asks each of them.
#[test]
fn several_workloads_behind_one_service_stay_apart_and_are_all_asked() {
    let of_reviews = |name: &str| {
        let text = deployment(name, "{ name: x, image: shop/reviews }");
        text.replace(&format!("app: {name} }}"), "app: reviews }")
    };
    let page = "{ name: x, image: shop/page, env: [ { name: REVIEWS_HOSTNAME, value: reviews } ] }";
    let service = "apiVersion: v1
kind: Service
metadata: { name: reviews }
spec: { selector: { app: reviews }, ports: [ { port: 80 } ] }
";
    let text = documents(&[
        of_reviews("reviews-v1"),
        of_reviews("reviews-v2"),
        deployment("page", page),
        service.to_owned(),
    ]);
    // A source that knows only the Service cannot tell which of them it saw.
    let trace = r#"{"data":[{"traceID":"1","spans":[{"traceID":"1","spanID":"1","processID":"p"}],
"processes":{"p":{"serviceName":"reviews"}}}]}"#;
    check(
        &[("a.yaml", &text), ("t.json", trace)],
        "
reviews-v1: service
reviews-v2: service
page: service
reviews: service
page -call-> reviews-v1 [manifest a.yaml:29 REVIEWS_HOSTNAME]
page -call-> reviews-v2 [manifest a.yaml:29 REVIEWS_HOSTNAME]
t.json:1:1: note[K0525]: `reviews` could be `reviews-v1` or `reviews-v2`; it stays apart
",
    );
}
