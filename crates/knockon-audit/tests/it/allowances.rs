//! What a model accepts.

use knockon_audit::judge;
use knockon_core::*;

use crate::model::*;

/// `web / buy` waits for ever for `orders / create`, and so does `web / look`.
fn shop() -> Model {
    let mut model = Model::new();
    let (web, orders) = (model.service("web"), model.service("orders"));
    let create = model.operation(orders, "create", vec![compute(1)]);
    model.operation(web, "buy", vec![call(create).no_timeout()]);
    let part = SagaStep { timeout: None, ..part(create, None) };
    let mut saga = saga(vec![part], None);
    if let Action::Saga(saga) = &mut saga.action {
        saga.timeout = None;
    }
    model.operation(web, "look", vec![saga]);
    model
}

#[test]
fn an_allowance_accepts_where_it_says() {
    let check = |at: Option<&str>, open: usize| {
        let mut model = shop();
        model.allow("K0404", at);
        let judged = judge(&model.build());
        assert_eq!((judged.open.len(), judged.allowed.len()), (open, 2 - open), "{at:?}");
        assert!(judged.unused.is_empty());
    };
    check(None, 0);
    check(Some("web"), 0);
    check(Some("web / buy"), 1);
    check(Some("web/look"), 1);
    check(Some(" web /  buy "), 1);
}

#[test]
fn journeys_monitors_queues_and_keys_are_called_by_their_names() {
    let mut model = Model::new();
    let jobs = model.broker("rabbit", &["jobs", "mails"])[0];
    model.queue(jobs).ttl = Some(ms(1_000));
    let web = model.service("web");
    let buy = model.operation(web, "buy", vec![compute(1)]);
    model.of(web).runs = runs(1);
    model.journey("checkout", buy);
    model.practice.monitors[0].service = None;
    model.practice.monitors[0].runbook = None;
    for (code, at) in [
        ("K0403", "checkout"),
        ("K0401", "checkout fails"),
        ("K0409", "rabbit / jobs"),
        ("K0415", "web"),
    ] {
        model.allow(code, Some(at));
    }
    let judged = judge(&model.build());
    assert_eq!(judged.open, []);
    let used: Vec<usize> = judged.allowed.iter().map(|(_, index)| *index).collect();
    assert_eq!(used, [1, 0, 2, 3]);
}

#[test]
fn allowances_that_are_amiss_are_told() {
    let mut model = shop();
    model.allow("K0404", Some("web"));
    model.allow("K0404", Some("web / buy"));
    model.allow("K0404", Some("orders"));
    model.allow("K0404", Some("web / nothing"));
    model.allow("K9999", Some("nowhere"));
    model.allow("K0441", None);
    model.allow("K0407", None);
    let judged = judge(&shop().build());
    assert_eq!(judged.open.len(), 2);
    let system = model.build();
    let judged = judge(&system);
    assert_eq!((judged.unused, judged.nowhere, judged.unknown), (vec![2, 6], vec![3], vec![4, 5]));
    assert!(judged.allowed.iter().all(|(_, index)| *index == 0));
    let found = text(&system);
    let expected = r"
K0441 allowance K0404: `orders` has no K0404 (a critical step without a timeout) [allows nothing]
  = take it away: the next weakness of this kind would go unnoticed
K0442 allowance K0404: `web / nothing` is no service, journey or monitor, and no `service / operation` [nothing of that name]
K0443 allowance K9999: `K9999` is not the code of a weakness [no such code]
K0443 allowance K0441: `K0441` is not the code of a weakness [no such code]
K0441 allowance K0407: nothing has K0407 (operations that wait for each other in a circle) [allows nothing]
  = take it away: the next weakness of this kind would go unnoticed
";
    assert_eq!(found, expected.trim_start_matches('\n'), "\n<<<\n{found}>>>\n");
}
