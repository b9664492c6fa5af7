//! Time: always granted. A sleep ends at once when the run is being stopped.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::call::{Call, until_stopped};
use super::error::{CapabilityError, OfKind, guest_error};
use deployhost_policy::Diagnostic;
use deployhost_policy::display::display;
use jiff::Timestamp;
use jiff::tz::TimeZone;

mod binding {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "package deployhost:host; world clock { import deployhost:plugin/clock@0.1.0; }",
        imports: { default: async | trappable },
        trappable_error_type: { "deployhost:plugin/clock.error" => crate::capability::error::CapabilityError },
        with: { "deployhost:plugin/run@0.1.0": crate::capability::run },
    });
}
use binding::deployhost::plugin::clock::{self, LocalTime};
pub(crate) use clock::add_to_linker;

guest_error!(clock::Error: Invalid);

/// Longest single sleep; the step's own timeout is what bounds their sum.
pub const SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

pub struct Clock {
    call: Arc<Call>,
}

impl Clock {
    pub fn new(call: Arc<Call>) -> Self {
        Self { call }
    }
}

/// Milliseconds since 1970. A clock may jump, so that no order rests on it.
pub fn now_unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

impl clock::Host for Clock {
    fn convert_error(&mut self, error: CapabilityError) -> wasmtime::Result<clock::Error> {
        Ok(error.into())
    }

    async fn now_unix_ms(&mut self) -> wasmtime::Result<u64> {
        Ok(now_unix_ms())
    }

    async fn local(
        &mut self,
        unix_ms: Option<u64>,
        zone: Option<String>,
    ) -> Result<LocalTime, CapabilityError> {
        local_time(unix_ms, zone.as_deref())
    }

    async fn sleep_ms(&mut self, ms: u64) -> wasmtime::Result<bool> {
        let _billing = self.call.billing();
        let wait = Duration::from_millis(ms).min(SLEEP);
        tokio::select! {
            () = tokio::time::sleep(wait) => Ok(false),
            () = until_stopped(self.call.stop()) => Ok(true),
        }
    }
}

/// A moment as the clocks of a zone show it.
fn local_time(unix_ms: Option<u64>, zone: Option<&str>) -> Result<LocalTime, CapabilityError> {
    let invalid = |code: &'static str, message: String| Diagnostic::new(code, message).invalid();
    let moment = match unix_ms {
        None => Timestamp::now(),
        Some(ms) => i64::try_from(ms)
            .ok()
            .and_then(|ms| Timestamp::from_millisecond(ms).ok())
            .ok_or_else(|| invalid("clock.moment", format!("{ms} ms is out of range")))?,
    };
    let zone = match zone {
        None => TimeZone::system(),
        Some(name) => TimeZone::get(name).map_err(|_| {
            let message = format!("there is no time zone `{}`", display(name));
            invalid("clock.zone", message)
        })?,
    };
    let local = moment.to_zoned(zone);
    let small = |number: i8| u8::try_from(number).unwrap_or_default();
    Ok(LocalTime {
        year: local.year().into(),
        month: small(local.month()),
        day: small(local.day()),
        hour: small(local.hour()),
        minute: small(local.minute()),
        second: small(local.second()),
        weekday: small(local.weekday().to_monday_one_offset()),
        offset_seconds: local.offset().seconds(),
        zone: match local.time_zone().iana_name() {
            Some(name) => name.to_owned(),
            None => local.offset().to_string(),
        },
    })
}
