//! Catalogues of services.

use crate::{check, import_texts};

const CATALOG: &str = "
apiVersion: backstage.io/v1alpha1
kind: System
metadata: { name: shop, description: Sells socks. }
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: checkout
  description: Takes orders.
  annotations:
    pagerduty.com/service-id: P1X
    backstage.io/source-location: url:https://example.com/shop
spec:
  type: service
  owner: group:default/storefront
  dependsOn: [ 'resource:default/orders', component:mail, 'api:rates' ]
  consumesApis: [ payments, nobodys ]
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: payment }
spec: { type: service, owner: team-b, providesApis: [ payments, default/rates ] }
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: { name: orders }
spec: { type: database, owner: storefront }
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: { name: storefront, annotations: { 'slack.com/channel': '#shop' } }
spec: { profile: { email: a@example.com } }
";

#[test]
fn entities_become_services_and_teams() {
    check(
        &[("catalog-info.yaml", CATALOG)],
        "
checkout: service
payment: service
orders: database
mail: service
checkout -write-> orders [catalog catalog-info.yaml:17]
checkout -call-> mail [catalog catalog-info.yaml:17]
checkout -call-> payment [catalog catalog-info.yaml:17] [catalog catalog-info.yaml:18]
catalog-info.yaml:18:29: note[K0521]: no source shows a provider of an API `nobodys`
",
    );
    let system = import_texts(&[("c.yaml", CATALOG)]).system.unwrap();
    assert_eq!((system.name(), system.summary()), ("shop", Some("Sells socks.")));
    let checkout = system.services()[0].clone();
    assert_eq!(checkout.repository.as_deref(), Some("https://example.com/shop"));
    assert_eq!(checkout.summary.as_deref(), Some("Takes orders."));
    let team = &system.teams()[checkout.team.unwrap().index()];
    assert_eq!(team.name, "storefront");
    assert_eq!(team.contact.as_deref(), Some("#shop"));
    assert_eq!(team.escalation.as_deref(), Some("pagerduty/P1X"));
}

#[test]
fn a_dependency_that_only_the_other_end_writes_is_one_too() {
    check(
        &[(
            "c.yaml",
            "
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: orders }
spec: { type: service, dependencyOf: [ \"component:default/admin\" ] }
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: admin }
spec: { type: service }
",
        )],
        "
orders: service
admin: service
admin -call-> orders [catalog c.yaml:5]
",
    );
}
