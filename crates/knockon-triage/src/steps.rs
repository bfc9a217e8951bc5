//! What the steps of a runbook are: words to read, or commands to type, and what these do.

/// Programs that steps of runbooks begin with.
const PROGRAMS: [&str; 23] = [
    "amtool ",
    "aws ",
    "az ",
    "curl ",
    "dig ",
    "docker ",
    "gcloud ",
    "git ",
    "helm ",
    "knockon ",
    "kubectl ",
    "mosquitto",
    "mysql ",
    "nslookup ",
    "openssl ",
    "promtool ",
    "psql ",
    "rabbitmqctl ",
    "redis-cli ",
    "ssh ",
    "systemctl ",
    "terraform ",
    "watch ",
];

/// Words of commands that change something; all others only look.
const CHANGING: [&str; 24] = [
    " undo",
    " restart",
    " scale ",
    " delete ",
    " patch ",
    " apply",
    " set ",
    " rollback",
    " cordon",
    " drain",
    " promote",
    " flush",
    " purge",
    " evict",
    " revert",
    " failover",
    " kill",
    " start ",
    " stop ",
    " update",
    " upgrade",
    " -X POST",
    " -X PUT",
    " -X DELETE",
];

/// Whether a step of a runbook is typed, and not only read.
pub fn is_command(step: &str) -> bool {
    PROGRAMS.iter().any(|program| step.starts_with(program))
}

/// Whether a command changes something, and does not only look.
pub(crate) fn is_change(command: &str) -> bool {
    CHANGING.iter().any(|word| command.contains(word))
}

/// Whether a command takes a change back.
pub(crate) fn is_roll_back(command: &str) -> bool {
    [" undo", " rollback", " revert"].iter().any(|word| command.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_only_look_change_nothing() {
        let check = |step: &str, typed: bool, changes: bool| {
            assert_eq!((is_command(step), typed && is_change(step)), (typed, changes), "{step}");
        };
        check("kubectl rollout undo deployment/orders", true, true);
        check("kubectl -n shop get pods -l app=orders", true, false);
        check("promtool query instant http://prometheus:9090 'up'", true, false);
        check("helm rollback shop 3", true, true);
        check("Restart it if nothing else helps.", false, false);
    }
}
