//! Azure Machine Learning: API version 2017-09-01 as App Service's older form, but `clientid` is required and
//! `expires_on` is a number.
//!
//! Sources: Microsoft Authentication Library `MachineLearningManagedIdentitySource` and its issue 5167. The words of the
//! errors are ours.

use serde_json::json;

use super::{Selector, is_resource, issue, select, success};
use crate::config::ExpiresOnForm;
use crate::exchange::{Received, Reply};
use crate::faults::Target;
use crate::routes::Route;
use crate::state::Shared;

pub(crate) const ROUTE: Route = Route {
    methods: &["GET"],
    path: "/machine-learning/token",
    target: Some(Target::Identity),
    query: &["api-version", "resource", "clientid"],
    form: &[],
    answer,
    failure,
};

fn error(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"error": {"code": "UserError", "message": message}}))
}

fn failure(_: &Shared, _: &Received, status: u16) -> Reply {
    error(status, "The identity service of the compute could not answer.")
}

fn answer(shared: &Shared, received: &Received) -> Reply {
    if received.header("secret") != Some(shared.identity_header().as_str()) {
        return error(401, "The secret header is missing or wrong.");
    }
    if received.query("api-version") != Some("2017-09-01") {
        return error(400, "The api-version must be 2017-09-01.");
    }
    let (Some(resource), Some(client)) = (received.query("resource"), received.query("clientid")) else {
        return error(400, "The parameters resource and clientid are required.");
    };
    let Some(identity) = select(shared, &Selector::ClientId(client)).filter(|_| is_resource(shared, resource)) else {
        return error(400, "Identity is not found on the compute.");
    };
    let issued = issue(shared, received, identity, resource);
    Reply::json(200, &success(shared, &issued, resource, ExpiresOnForm::EpochNumber))
}
