//! When a test hangs.

use std::time::Duration;

/// No test asserts how long anything takes: this only ends what would never end.
pub const LIMIT: Duration = Duration::from_secs(60);
