//! App Service, API version 2017-09-01: header `secret`, parameter `clientid`, dates in place of epoch seconds.
//!
//! Source: the same page as 2019-08-01 in its older versions. `expires_on` has the Linux form unless the configuration
//! says otherwise.

use super::{Selector, app_service_error, app_service_failure, is_resource, issue, select, success};
use crate::config::ExpiresOnForm;
use crate::exchange::{Received, Reply};
use crate::faults::Target;
use crate::routes::Route;
use crate::state::Shared;

pub(crate) const ROUTE: Route = Route {
    methods: &["GET"],
    path: "/msi/legacy/token",
    target: Some(Target::Identity),
    query: &["api-version", "resource", "clientid"],
    form: &[],
    answer,
    failure: app_service_failure,
};

fn answer(shared: &Shared, received: &Received) -> Reply {
    if received.header("secret") != Some(shared.identity_header().as_str()) {
        return app_service_error(401, "The secret header is missing or wrong.");
    }
    if received.query("api-version") != Some("2017-09-01") {
        return app_service_error(400, "The api-version must be 2017-09-01.");
    }
    let Some(resource) = received.query("resource") else {
        return app_service_error(400, "The parameter resource is missing.");
    };
    let selector = received.query("clientid").map_or(Selector::None, Selector::ClientId);
    let Some(identity) = select(shared, &selector).filter(|_| is_resource(shared, resource)) else {
        return app_service_failure(shared, received, 500);
    };
    let issued = issue(shared, received, identity, resource);
    Reply::json(200, &success(shared, &issued, resource, ExpiresOnForm::Linux))
}
