//! "Did you mean …?": the known name that a mistyped one is nearest to.

/// Longer names are not compared: nobody types them, and comparing takes time with their product.
const MAX_COMPARED_BYTES: usize = 64;

/// The candidate most like `name`, if one is like enough to be worth suggesting.
///
/// Two names are alike when no more than a third of the longer one has to be typed anew, a swap of
/// neighbours counting once; case, `_` and `-` make no difference. Of equals the first wins.
///
/// ```
/// use knockon_format::closest;
/// let known = ["orders", "orders-db", "payment"];
/// assert_eq!(closest("order", known.into_iter()), Some("orders"));
/// assert_eq!(closest("Orders_DB", known.into_iter()), Some("orders-db"));
/// assert_eq!(closest("shipping", known.into_iter()), None);
/// ```
pub fn closest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > MAX_COMPARED_BYTES {
        return None;
    }
    let name = folded(name);
    let length = name.chars().count();
    candidates
        .filter_map(|candidate| {
            if candidate.len() > MAX_COMPARED_BYTES {
                return None;
            }
            let candidate_length = candidate.chars().count();
            let allowed = allowed(length.max(candidate_length));
            if candidate_length.abs_diff(length) > allowed {
                return None;
            }
            let distance = strsim::osa_distance(&name, &folded(candidate));
            (distance <= allowed && distance < length).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many edits a name of that many characters may be away.
fn allowed(length: usize) -> usize {
    (length / 3).max(1)
}

/// The name without what people do not see as a difference.
pub(crate) fn folded(name: &str) -> String {
    name.trim().to_lowercase().replace(['_', ' '], "-")
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn only_what_is_alike_is_suggested() {
        let known = ["front-end", "orders", "orders-db", "team", "runs-on", "db"];
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(closest(name, known.into_iter()), expected, "{name}");
        };
        check("frontend", Some("front-end"));
        check("front_end", Some("front-end"));
        check("FRONT-END", Some("front-end"));
        check("oders", Some("orders"));
        check("orders-bd", Some("orders-db"));
        check("taem", Some("team"));
        check("runsOn", Some("runs-on"));
        check("dc", Some("db"));
        check("x", None);
        check("", None);
        check("owner", None);
        check("payment", None);
        check(&"o".repeat(10_000), None);
    }
}
