//! The same for many seeds, or many of anything, on all cores.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Does something for each seed; the results are in the order of the seeds. Of those that fail the
/// first is told. `progress` hears, from whichever thread it is, how many are done.
pub fn each<S: Copy + Sync, T: Send, E: Send>(
    seeds: &[S],
    play: impl Fn(S) -> Result<T, E> + Sync,
    progress: impl Fn(u64) + Sync,
) -> Result<Vec<T>, E> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let results: Mutex<Vec<(usize, Result<T, E>)>> = Mutex::new(Vec::new());
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(seed) = seeds.get(at) else { return };
            let result = play(*seed);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
            progress(done.fetch_add(1, Ordering::Relaxed) as u64 + 1);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get).min(seeds.len());
    std::thread::scope(|scope| {
        for _ in 1..cores {
            scope.spawn(work);
        }
        work();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}
