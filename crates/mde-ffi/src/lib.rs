//! The boundary to .NET. It adapts and decides nothing: requests come in as data, events go out as data, errors too.
//!
//! Three rules hold everywhere: a panic never leaves this library, an event is pulled and never called back, and what is
//! abandoned on the other side is aborted on this one.

mod exports;
mod guard;
mod indicators;
mod lists;
mod operation;
mod prepared;
mod replies;
mod requests;
mod session;
mod texts;
mod tokens;
mod trust;
mod writes;

use interoptopus::inventory::RustInventory;
use interoptopus::wire::Wire;
use interoptopus::{builtins_string, builtins_wire, ffi, function, guard, service};

pub use exports::{ExportReply, export_indicators};
pub use indicators::{ExtraPropertyReply, IndicatorReply, IndicatorsReply};
pub use lists::RecordsReply;
pub use operation::Operation;
pub use replies::{EndReply, ErrorReply, Event, LogReply, ProgressReply, StartError};
pub use requests::{
    ConnectionRequest, EnvironmentVariable, IndicatorsRequest, NamedText, RecordsRequest, TokensRequest,
};
pub use tokens::{TokenReply, cached_tokens, forget_tokens};
pub use trust::{ConsentLinkReply, FindingReply, InstructionReply};

/// The environment variables that a request has to bring along: names only, the values are read at every request.
#[ffi]
pub fn environment_variable_names() -> Wire<Vec<String>> {
    Wire::from(mde_core::environment::NAMES.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
}

/// The names of the identity sources, for completion.
#[ffi]
pub fn identity_source_names() -> Wire<Vec<String>> {
    Wire::from(mde_identity::sources::SOURCES.iter().map(|source| source.name().to_owned()).collect::<Vec<_>>())
}

/// The names of the clouds, for completion.
#[ffi]
pub fn cloud_names() -> Wire<Vec<String>> {
    Wire::from(mde_core::cloud::CLOUDS.iter().map(|cloud| cloud.name.to_owned()).collect::<Vec<_>>())
}

/// All that is generated for the other side. Its hash is checked when the library is loaded.
pub fn ffi_inventory() -> RustInventory {
    RustInventory::new()
        .register(guard!(ffi_inventory))
        .register(builtins_string!())
        .register(builtins_wire!())
        .register(function!(environment_variable_names))
        .register(function!(export_indicators))
        .register(function!(identity_source_names))
        .register(function!(cloud_names))
        .register(function!(cached_tokens))
        .register(function!(forget_tokens))
        .register(service!(Operation))
        .validate()
}
