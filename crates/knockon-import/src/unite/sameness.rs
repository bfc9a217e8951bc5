//! When two spellings are one name.

/// What is left of a name when everything that people write differently is gone: case, `_` for `-`, a
/// plural, and the word that says that it is a service. `None` when nothing would be left.
///
/// Two names with the same key are one service only where nothing speaks against it; see
/// [`Groups`](super::groups::Groups).
pub(crate) fn key(name: &str) -> Option<String> {
    let folded = fold(name);
    let mut stem = folded.as_str();
    for suffix in ["service", "svc"] {
        if let Some(shorter) = stem.strip_suffix(suffix) {
            stem = shorter.trim_end_matches('-');
            break;
        }
    }
    // `address` and `redis` are no plurals.
    if let Some(singular) = stem.strip_suffix('s')
        && !singular.ends_with(['s', 'i', 'u'])
        && singular.chars().count() >= 3
    {
        stem = singular;
    }
    (stem.chars().count() >= 2).then(|| stem.to_owned())
}

/// The name without what is only a matter of spelling.
pub(crate) fn fold(name: &str) -> String {
    name.trim().to_lowercase().replace(['_', ' '], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_have_one_key() {
        let same = |one: &str, other: &str| assert_eq!(key(one), key(other), "{one} {other}");
        same("cart", "carts");
        same("cart", "CartService");
        same("cart", "cart-service");
        same("order_svc", "orders");
        let differ = |one: &str, other: &str| assert_ne!(key(one), key(other), "{one} {other}");
        differ("carts", "carts-db");
        differ("redis", "redi");
        differ("addres", "address");
        differ("bus", "bu");
        differ("session-db", "session");
        assert_eq!(key("service"), None);
        assert_eq!(key(""), None);
    }
}
