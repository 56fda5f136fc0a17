//! The same done for each of many things: on several threads, or one after the other in a build without threads.

#[cfg(feature = "threads")]
use rayon::prelude::*;

/// Does something for each item with a memory that is used again, and gives what comes of them in their order.
#[cfg(feature = "threads")]
pub fn each<I: Sync, M, T: Send>(
    items: &[I],
    memory: impl Fn() -> M + Sync + Send,
    of: impl Fn(&mut M, &I) -> T + Sync + Send,
) -> Vec<T> {
    items.par_iter().map_init(memory, of).collect()
}

/// Does something for each item with a memory that is used again, and gives what comes of them in their order.
#[cfg(not(feature = "threads"))]
pub fn each<I, M, T>(items: &[I], memory: impl Fn() -> M, of: impl Fn(&mut M, &I) -> T) -> Vec<T> {
    let mut memory = memory();
    items.iter().map(|item| of(&mut memory, item)).collect()
}
