//! Who listens to what an operation does beside its result. Messages carry no secret.

/// Receives what a person may want to see while an operation runs.
pub trait Observer: Send + Sync {
    /// Something that went on: an attempt, a wait, a page. Shown with `-Verbose`.
    fn verbose(&self, message: String);
    /// Something that the user should act on although the operation goes on.
    fn warning(&self, message: String);
    /// A tenant begins, or ends, to wait for its turn.
    fn waits(&self, begins: bool) {
        let _ = begins;
    }
}

/// Listens to nothing.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silent;

impl Observer for Silent {
    fn verbose(&self, _message: String) {}
    fn warning(&self, _message: String) {}
}
