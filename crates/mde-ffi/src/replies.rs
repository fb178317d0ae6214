//! What goes out beside the records: failures, progress, log lines, the end.

use interoptopus::ffi;
use mde_core::Report;

/// What happened next. Records themselves are taken from the operation by the method of their kind, so that no caller
/// pays for the others.
#[ffi]
pub enum Event {
    /// Records wait to be taken.
    Records,
    /// Something failed; unless it is final, the rest goes on.
    Failed(ErrorReply),
    /// How far the operation is.
    Progress(ProgressReply),
    /// A line for the verbose or the warning stream.
    Log(LogReply),
    /// Nothing follows.
    Ended(EndReply),
}

/// A failure.
#[ffi]
#[derive(Clone)]
pub struct ErrorReply {
    /// `MDE2002.FederatedSubjectMismatch`.
    pub code: String,
    /// The name of a `System.Management.Automation.ErrorCategory`.
    pub category: String,
    /// What happened.
    pub message: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// What to do.
    pub remedy: String,
    /// HTTP status.
    pub http_status: Option<u16>,
    /// The number behind `AADSTS`.
    pub entra_code: Option<u32>,
    /// Entra's correlation id.
    pub correlation_id: Option<String>,
    /// Entra's trace id.
    pub trace_id: Option<String>,
    /// Defender's request id.
    pub request_id: Option<String>,
    /// How long the service asked to wait, in seconds.
    pub retry_after_seconds: Option<f64>,
    /// The tenant or record that failed.
    pub target: Option<String>,
    /// Whether the same call may succeed later.
    pub is_transient: bool,
    /// Whether nothing can go on.
    pub is_final: bool,
}

/// How far an operation is.
#[ffi]
#[derive(Clone)]
pub struct ProgressReply {
    /// Tenants that are done, failed ones included.
    pub tenants_done: u32,
    /// Tenants that failed.
    pub tenants_failed: u32,
    /// Tenants that wait for their turn, because Defender takes only so many calls a minute.
    pub tenants_waiting: u32,
    /// All tenants.
    pub tenants: u32,
    /// Records so far.
    pub records: u64,
}

/// A line for a person.
#[ffi]
#[derive(Clone)]
pub struct LogReply {
    /// Whether it is a warning.
    pub is_warning: bool,
    /// The line.
    pub message: String,
}

/// The end of an operation.
#[ffi]
#[derive(Clone)]
pub struct EndReply {
    /// All records.
    pub records: u64,
}

/// Why an operation could not even begin.
#[ffi]
pub enum StartError {
    /// No worker threads, or no TLS.
    RuntimeUnavailable,
}

impl ErrorReply {
    pub(crate) fn new(report: &Report, is_final: bool) -> Self {
        Self {
            code: report.code.id(),
            category: report.category().name().to_owned(),
            message: report.message.clone(),
            causes: report.causes.clone(),
            remedy: report.remedy(),
            http_status: report.http_status,
            entra_code: report.entra_code,
            correlation_id: report.correlation_id.clone(),
            trace_id: report.trace_id.clone(),
            request_id: report.request_id.clone(),
            retry_after_seconds: report.retry_after.map(|wait| wait.as_secs_f64()),
            target: report.target.clone(),
            is_transient: report.code.entry().transient,
            is_final,
        }
    }
}
