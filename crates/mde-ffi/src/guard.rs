//! Keeps panics inside: whatever panics becomes a report that names where.

use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::Once;

use futures_util::FutureExt;
use mde_core::{Code, Report};

thread_local! {
    static PLACE: Cell<Option<String>> = const { Cell::new(None) };
}

/// Takes panics off the user's console. Only the place is kept: a panic's own text could quote anything.
pub(crate) fn silence_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        set_hook(Box::new(|info| {
            let place = info.location().map(|location| format!("{}:{}", location.file(), location.line()));
            PLACE.with(|cell| cell.set(place));
        }));
    });
}

fn report() -> Report {
    let place = PLACE.with(Cell::take).unwrap_or_else(|| "an unknown place".to_owned());
    Report::new(Code::Panicked, format!("the native library panicked at {place}"))
}

/// Runs it; a panic becomes its report.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Report> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| report())
}

/// Awaits it; a panic becomes its report.
pub(crate) async fn guarded_async<T>(work: impl Future<Output = T>) -> Result<T, Report> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_| report())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_report_with_its_place_but_not_its_text() {
        silence_panics();
        let report = guarded(|| panic!("the secret text")).err().unwrap();
        assert_eq!(report.code, Code::Panicked);
        assert!(report.message.contains("guard.rs:"), "{}", report.message);
        assert!(!format!("{report:?}").contains("secret text"));
    }

    #[tokio::test]
    async fn a_panic_in_a_task_becomes_a_report() {
        silence_panics();
        let report = guarded_async(async { panic!("no") }).await.err().unwrap();
        assert_eq!(report.code, Code::Panicked);
    }
}
