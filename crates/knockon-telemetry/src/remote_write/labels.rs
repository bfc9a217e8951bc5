//! What the labels of a series in a request must be: sorted, each name once, nothing empty
//! (<https://prometheus.io/docs/specs/prw/remote_write_spec/#labels>).

use std::cmp::Ordering;
use std::sync::Arc;

use knockon_promql::Labels;

/// Labels as a request has them, or what is wrong with them.
pub(super) fn checked(pairs: &[(&str, &str)]) -> Result<Labels, String> {
    if pairs.is_empty() {
        return Err("it has no labels".to_owned());
    }
    for (name, value) in pairs {
        if name.is_empty() {
            return Err("a label has no name".to_owned());
        }
        if value.is_empty() {
            return Err(format!("the label `{name}` has no value"));
        }
    }
    for ((name, _), (next, _)) in pairs.iter().zip(pairs.iter().skip(1)) {
        match name.cmp(next) {
            Ordering::Less => {}
            Ordering::Equal => return Err(format!("the label `{name}` is there twice")),
            Ordering::Greater => {
                return Err(format!("the labels are not sorted: `{name}` before `{next}`"));
            }
        }
    }
    Ok(pairs.iter().map(|(name, value)| (Arc::from(*name), Arc::from(*value))).collect())
}
