//! Reads the argument vectors of every process, as any user of the machine can.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

pub struct Onlooker {
    over: Arc<AtomicBool>,
    looking: JoinHandle<BTreeSet<String>>,
}

impl Onlooker {
    /// Looks until it is asked what it saw.
    pub fn looking() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let seen = over.clone();
        let looking = std::thread::spawn(move || {
            let mut vectors = BTreeSet::new();
            while !seen.load(Ordering::Relaxed) {
                vectors.extend(all());
                std::thread::sleep(Duration::from_millis(1));
            }
            vectors
        });
        Self { over, looking }
    }

    pub fn saw(self) -> BTreeSet<String> {
        self.over.store(true, Ordering::Relaxed);
        self.looking.join().unwrap()
    }
}

fn all() -> impl Iterator<Item = String> {
    let entries = std::fs::read_dir("/proc").unwrap();
    let folders = entries.filter_map(|entry| Some(entry.ok()?.path().join("cmdline")));
    // What is no process, or has ended meanwhile, has none.
    let vectors = folders.filter_map(|file| std::fs::read(file).ok());
    vectors.map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "))
}
