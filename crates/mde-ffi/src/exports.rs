//! Files of indicators across the boundary.

use std::path::Path;

use interoptopus::ffi;
use interoptopus::wire::Wire;
use mde_client::indicators::files::Columns;
use mde_client::writing::{ExportFormat, export};

use crate::guard::guarded;
use crate::replies::ErrorReply;
use crate::requests::ExportRequest;

/// What was written, or why not.
#[ffi]
pub struct ExportReply {
    /// The files.
    pub files: Vec<String>,
    /// Properties that some indicators have and the files don't.
    pub left_out: Vec<String>,
    /// What went wrong.
    pub error: Option<ErrorReply>,
}

/// Writes indicators to files.
#[ffi]
pub fn export_indicators(mut request: Wire<ExportRequest>) -> Wire<ExportReply> {
    let exported = guarded(|| {
        let request = request.unwire();
        let columns = if request.all_columns { Columns::All } else { Columns::Portal };
        let format = ExportFormat { columns, rows_per_file: request.rows_per_file as usize };
        export(&request.rows, Path::new(&request.file), format)
    });
    Wire::from(match exported.and_then(|exported| exported) {
        Ok(exported) => ExportReply {
            files: exported.files.iter().map(|file| file.display().to_string()).collect(),
            left_out: exported.left_out.into_iter().map(str::to_owned).collect(),
            error: None,
        },
        Err(report) => {
            ExportReply { files: Vec::new(), left_out: Vec::new(), error: Some(ErrorReply::new(&report, true)) }
        }
    })
}
