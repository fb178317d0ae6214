//! Entra: the table of its routes. What a request must look like is in `form`, what is issued in
//! `tokens`, what is said when it goes wrong in `errors`.

mod errors;
mod form;
mod openid;
mod tokens;

use crate::exchange::{Received, Reply};
use crate::routes::Route;
use crate::state::Shared;

pub(crate) use errors::Failure;

/// The endpoints of the authority listeners.
pub(crate) const ROUTES: &[&Route] = &[&form::ROUTE, &openid::ROUTE];

/// The reply for an AADSTS number that a fault or a tenant's configuration asks for.
pub(crate) fn forced_error(received: &Received, code: u32) -> Reply {
    Failure::new(code).reply(received)
}

fn failure(_: &Shared, received: &Received, status: u16) -> Reply {
    errors::of_status(status).reply_as(received, status)
}
