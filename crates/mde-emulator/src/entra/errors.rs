//! What the token endpoint says when it refuses: one table of exact (number, status, code, text).
//!
//! Sources: learn.microsoft.com/entra/identity-platform/reference-error-codes, and texts as they stand in public reports
//! (for 700211 to 700213 e.g. azure-workload-identity#1200, Azure/login#517, dotnet/dnceng#6455).
//! Not confirmed word by word, and so nothing to test a client's parser with: the texts of 50027, 70003, 90023, 700222,
//! 700226, 700227, 700229, 53011 and of the passing troubles, and the status and OAuth code of most rows, which follow from
//! the kind of error. A number without a row gets a generic text.

use serde_json::json;
use time::OffsetDateTime;
use time::macros::format_description;

use crate::exchange::{Received, Reply};

/// A row: AADSTS number, HTTP status, OAuth code, text with `{name}` for what differs.
struct Row(u32, u16, &'static str, &'static str);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    // The assertion and the federated credential.
    Row(70_021, 401, "invalid_client", "No matching federated identity record found for presented assertion. Assertion Issuer: '{issuer}'. Assertion Subject: '{subject}'. Assertion Audience: '{audience}'. https://docs.microsoft.com/en-us/azure/active-directory/develop/workload-identity-federation"),
    Row(700_211, 401, "invalid_client", "No matching federated identity record found for presented assertion issuer '{issuer}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"),
    Row(700_212, 401, "invalid_client", "No matching federated identity record found for presented assertion audience '{audience}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"),
    Row(700_213, 401, "invalid_client", "No matching federated identity record found for presented assertion subject '{subject}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"),
    Row(7_002_131, 401, "invalid_client", "No matching federated identity record found for presented assertion subject '{subject}' or no federated identity credential expression matched. Please check your federated identity credential Subject, Expression, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"),
    Row(7_002_138, 401, "invalid_client", "No matching federated identity record found for presented assertion subject '{subject}'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"),
    Row(70_025, 401, "invalid_client", "The client '{client}'({name}) has no configured federated identity credentials."),
    Row(700_222, 401, "invalid_client", "AAD-issued tokens may not be used for federated identity flows."),
    Row(7_002_206, 401, "invalid_client", "Forbidden token audience. Token audience must match the cloud-specific AAD Token Exchange App Uri."),
    Row(700_226, 401, "invalid_client", "Only managed identity tokens may be used with an AAD issuer for federated identity flows."),
    Row(700_227, 401, "invalid_client", "Forbidden token audience or issuer for federated identity flows."),
    Row(700_229, 401, "invalid_client", "Only app-only tokens may be used as Federated Identity Credentials for AAD issuer."),
    Row(700_236, 401, "invalid_client", "Entra ID tokens issued by issuer '{issuer}' may not be used for federated identity credential flows for applications or managed identities registered in this tenant."),
    Row(7_002_381, 401, "invalid_client", "Federated identity credentials issued by 'https://token.actions.githubusercontent.com/' for applications or managed identities registered in this tenant must contain the enterprise claim with value 'contoso' but actual value is ''."),
    Row(700_024, 401, "invalid_client", "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {from}, expiry time of assertion {until}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials ."),
    Row(700_027, 401, "invalid_client", "Client assertion failed signature validation."),
    Row(50_013, 400, "invalid_grant", "Assertion failed signature validation."),
    Row(50_027, 400, "invalid_request", "JWT token is invalid or malformed."),
    Row(500_133, 400, "invalid_grant", "Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, or request a new token."),
    Row(90_061, 400, "invalid_request", "Request to External OIDC endpoint failed."),
    // The client.
    Row(700_016, 400, "unauthorized_client", "Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."),
    Row(7_000_229, 401, "invalid_client", "The client application {client} is missing service principal in the tenant {tenant}. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119"),
    Row(7_000_112, 401, "unauthorized_client", "Application '{client}'({name}) is disabled."),
    Row(7_000_215, 401, "invalid_client", "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{client}'."),
    Row(7_000_218, 401, "invalid_client", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."),
    Row(7_000_222, 401, "invalid_client", "The provided client secret keys for app '{client}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds."),
    Row(65_001, 400, "invalid_grant", "The user or administrator has not consented to use the application with ID '{client}' named '{name}'. Send an interactive authorization request for this user and resource."),
    // The resource and the scope.
    Row(500_011, 400, "invalid_resource", "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant."),
    Row(501_051, 400, "invalid_grant", "Application '{client}'({name}) is not assigned to a role for the application '{resource}'."),
    Row(650_052, 400, "invalid_resource", "The app is trying to access a service that your organization lacks a service principal for. Contact your IT Admin to review the configuration of your service subscriptions."),
    Row(650_057, 400, "invalid_resource", "Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration."),
    Row(70_011, 400, "invalid_scope", "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid."),
    Row(1_002_012, 400, "invalid_scope", "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."),
    Row(901_002, 400, "invalid_request", "The 'resource' request parameter is not supported."),
    // The tenant.
    Row(90_002, 400, "invalid_request", "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."),
    Row(900_023, 400, "invalid_request", "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain."),
    Row(5_000_224, 400, "invalid_request", "We are sorry, this resource is not available. If you are seeing this message by mistake please contact Microsoft support."),
    Row(90_038, 400, "invalid_request", "Tenant requested is a national cloud tenant. Redirect is required."),
    Row(900_382, 400, "invalid_request", "Confidential Client is not supported in Cross Cloud request."),
    Row(900_432, 400, "invalid_request", "Confidential Client is not supported in Cross Cloud request."),
    // The form.
    Row(70_003, 400, "unsupported_grant_type", "The app requested an unsupported grant type '{grant}'."),
    Row(90_023, 400, "invalid_request", "Invalid STS request. The value '{type}' of the parameter client_assertion_type is not supported."),
    Row(900_144, 400, "invalid_request", "The request body must contain the following parameter: '{parameter}'."),
    Row(9_002_313, 400, "invalid_request", "Invalid request. Request is malformed or invalid."),
    Row(100_007, 400, "invalid_request", "Only managed identities and Microsoft internal service identities are allowed to use regional authority."),
    // Policy.
    Row(53_003, 400, "invalid_grant", "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."),
    Row(53_011, 400, "invalid_grant", "User blocked due to risk on home tenant."),
    // Passing trouble.
    Row(50_196, 400, "invalid_grant", "The server terminated an operation because it encountered a client request loop. Please contact your app vendor."),
    Row(90_055, 429, "temporarily_unavailable", "Tenant has been throttled due to too many requests."),
    Row(50_000, 500, "server_error", "There was an error issuing a token or an issue with our sign-in service."),
    Row(50_033, 503, "temporarily_unavailable", "A transient error has occurred. Please try again."),
    Row(90_006, 503, "temporarily_unavailable", "Service is temporarily unavailable. Please retry later."),
    Row(90_012, 503, "temporarily_unavailable", "The request has timed out."),
    Row(90_024, 503, "temporarily_unavailable", "A transient error has occurred. Please try again."),
    Row(90_033, 503, "temporarily_unavailable", "A transient error has occurred. Please try again."),
    Row(90_090, 503, "temporarily_unavailable", "A transient error has occurred. Please try again."),
];

static GENERIC: Row = Row(0, 400, "invalid_request", "The request was refused.");

/// A refusal on its way to the client.
pub(crate) struct Failure {
    code: u32,
    values: Vec<(&'static str, String)>,
}

/// The number that goes with a bare status, for faults.
pub(super) fn of_status(status: u16) -> Failure {
    Failure::new(match status {
        401 => 700_027,
        429 => 90_055,
        500 => 50_000,
        501.. => 50_033,
        _ => 9_002_313,
    })
}

impl Failure {
    pub(crate) fn new(code: u32) -> Self {
        Self { code, values: Vec::new() }
    }

    /// Fills in one of the row's names.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.values.push((name, value.to_owned()));
        self
    }

    /// With the row's status.
    pub(crate) fn reply(&self, received: &Received) -> Reply {
        self.reply_as(received, self.row().1)
    }

    /// With another status.
    pub(super) fn reply_as(&self, received: &Received, status: u16) -> Reply {
        let timestamp = OffsetDateTime::now_utc()
            .format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z"))
            .unwrap_or_default();
        let trace = &received.request_id;
        // The service takes over the client's id, so that support can find the request by it.
        let correlation = received
            .header("client-request-id")
            .filter(|id| uuid::Uuid::try_parse(id).is_ok())
            .map_or_else(|| uuid::Uuid::new_v4().to_string(), Into::into);
        let text = self.text(received);
        let reply = Reply::json(
            status,
            &json!({
                "error": self.row().2,
                "error_description": format!(
                    "AADSTS{}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}", self.code
                ),
                "error_codes": [self.code],
                "timestamp": timestamp,
                "trace_id": trace,
                "correlation_id": correlation,
                "error_uri": format!("https://login.microsoftonline.com/error?code={}", self.code),
            }),
        );
        match received.header("client-request-id") {
            Some(id) if received.header("return-client-request-id") == Some("true") => {
                reply.with_header("client-request-id", id)
            }
            _ => reply,
        }
    }

    fn row(&self) -> &'static Row {
        TABLE.iter().find(|row| row.0 == self.code).unwrap_or(&GENERIC)
    }

    /// The row's text. A forced error has no values of its own, so names that the request can tell are filled from it.
    fn text(&self, received: &Received) -> String {
        let mut text = self.row().3.to_owned();
        for (name, value) in &self.values {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        let claims = received.form("client_assertion").and_then(crate::keys::claims_of).unwrap_or_default();
        let claim = |name: &str| claims.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let form = |name: &str| received.form(name).unwrap_or_default().to_owned();
        for (name, value) in [
            ("issuer", claim("iss")),
            ("subject", claim("sub")),
            ("audience", claim("aud")),
            ("client", form("client_id")),
            ("name", "application".to_owned()),
            ("scope", form("scope")),
            ("resource", form("scope").trim_end_matches("/.default").to_owned()),
            ("tenant", received.segment("tenant").unwrap_or_default().to_owned()),
            ("grant", form("grant_type")),
            ("type", form("client_assertion_type")),
            ("parameter", "request".to_owned()),
        ] {
            text = text.replace(&format!("{{{name}}}"), &value);
        }
        let time = OffsetDateTime::now_utc();
        for name in ["{now}", "{from}", "{until}"] {
            text = text.replace(name, &time.format(&time::format_description::well_known::Rfc3339).unwrap_or_default());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_number_once() {
        let mut numbers: Vec<_> = TABLE.iter().map(|row| row.0).collect();
        let count = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), count);
    }
}
