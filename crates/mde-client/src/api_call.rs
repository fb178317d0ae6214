//! A call of any path of the API, for what has no row in the table of endpoints.

use mde_core::cloud::Cloud;
use mde_core::errors::InputError;
use mde_core::http::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use crate::connection::{Connection, ConnectionSettings, Outgoing};
use crate::endpoints::ANY;
use crate::error::DefenderError;
use crate::listing::{ListFailure, ListQuery, ListSummary, RecordSink, failure, list};
use crate::page::PageError;
use crate::raw_record::RawRecord;

/// An answer that is no list is held as a whole.
const LARGEST_ANSWER: usize = 32 * 1024 * 1024;

/// What to call, and where.
#[derive(Debug, Clone)]
pub struct ApiCall {
    method: Method,
    /// Where the path leads.
    pub settings: ConnectionSettings,
    query: ListQuery,
    body: Option<String>,
}

impl ApiCall {
    /// A call of a path, or of an address on a host that the cloud's token is for.
    ///
    /// # Errors
    /// [`InputError::Path`] when it leads elsewhere.
    pub fn new(
        method: &str,
        path: &str,
        query: ListQuery,
        body: Option<String>,
        settings: ConnectionSettings,
        cloud: &Cloud,
    ) -> Result<Self, InputError> {
        let refused = |why: &'static str| InputError::Path { path: shown(path), why };
        let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes())
            .map_err(|_| refused("the method is not one of HTTP"))?;
        let path = path.trim();
        let (settings, rest) = if path.contains("://") {
            let url = Url::parse(path).map_err(|_| refused("it is no address"))?;
            if !url.username().is_empty() || url.password().is_some() {
                return Err(refused("it has a user name in it"));
            }
            let own = settings.api_base_url.origin() == url.origin();
            if !own && !cloud.is_api_host(&url) {
                return Err(refused("its host is none of the cloud's own"));
            }
            let mut base = url.clone();
            base.set_path("");
            base.set_query(None);
            base.set_fragment(None);
            (ConnectionSettings { api_base_url: base }, url[url::Position::BeforePath..].to_owned())
        } else {
            (settings, path.to_owned())
        };
        if rest.starts_with("//") || rest.contains('\\') || rest.contains('#') {
            return Err(refused("it is no path"));
        }
        if rest.trim_matches('/').is_empty() {
            return Err(refused("it is empty"));
        }
        let (path, own_query) = rest.split_once('?').unwrap_or((&rest, ""));
        let own_query = url::form_urlencoded::parse(own_query.as_bytes());
        let mut parameters: Vec<_> = own_query.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        parameters.extend(query.parameters);
        Ok(Self { method, settings, query: ListQuery { path: Some(path.to_owned()), parameters, ..query }, body })
    }
}

/// Makes the call. What is read is followed over all its pages; anything else is done once.
///
/// # Errors
/// [`ListFailure`] when there is no answer, or none to its end.
pub async fn call_api(
    connection: &Connection,
    call: &ApiCall,
    sink: &mut dyn RecordSink<RawRecord>,
) -> Result<ListSummary, ListFailure> {
    if call.method == Method::GET {
        return list(connection, &ANY, &call.query, sink).await;
    }
    let records = call_once(connection, call).await.map_err(|error| failure(connection, &error, 0))?;
    let summary = ListSummary { records: records.len() as u64, pages: 1 };
    if !records.is_empty() {
        let _ = sink.records(records).await;
    }
    Ok(summary)
}

async fn call_once(connection: &Connection, call: &ApiCall) -> Result<Vec<RawRecord>, DefenderError> {
    let parameters: Vec<_> = call.query.parameters.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let url = connection.url(call.query.path.as_deref().unwrap_or_default(), &parameters);
    let response = connection.call(&ANY, &Outgoing::new(call.method.clone(), url, call.body.clone())).await?;
    let status = response.status;
    let body = response.bytes(LARGEST_ANSWER).await;
    let body = body.map_err(|error| DefenderError::OutcomeUnknown(Box::new(DefenderError::Transport(error))))?;
    records(&body).map_err(|error| DefenderError::Page { status, error })
}

/// The records of an answer: those of its list, else itself, else none.
fn records(body: &[u8]) -> Result<Vec<RawRecord>, PageError> {
    #[derive(Deserialize)]
    struct ListBody {
        value: Vec<RawRecord>,
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Vec::new());
    }
    if let Ok(ListBody { value }) = serde_json::from_slice(body) {
        return Ok(value);
    }
    let whole: &RawValue = serde_json::from_slice(body).map_err(|_| PageError::NotAPage)?;
    Ok(vec![RawRecord::new(whole.get().to_owned())])
}

/// The path without its query, which can hold a secret.
fn shown(path: &str) -> String {
    path.split(['?', '#']).next().unwrap_or_default().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use mde_core::cloud::public;

    use super::*;

    fn call(path: &str) -> Result<ApiCall, InputError> {
        let settings = ConnectionSettings { api_base_url: public().api_url(None).unwrap() };
        ApiCall::new("get", path, ListQuery::default(), None, settings, public())
    }

    #[test]
    fn a_path_keeps_its_query_as_parameters() {
        let call = call("/api/machines?$filter=riskScore%20eq%20'High'&$top=5").unwrap();
        assert_eq!(call.query.path.as_deref(), Some("/api/machines"));
        let expected = [("$filter", "riskScore eq 'High'"), ("$top", "5")];
        assert_eq!(call.query.parameters, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn an_address_on_a_host_of_the_cloud_is_called_there() {
        let call = call("https://eu.api.security.microsoft.com/api/machines").unwrap();
        assert_eq!(call.settings.api_base_url.as_str(), "https://eu.api.security.microsoft.com/");
        assert_eq!(call.query.path.as_deref(), Some("/api/machines"));
    }

    #[test]
    fn whatever_leads_elsewhere_is_refused() {
        for path in [
            "https://example.com/api/machines",
            "http://api.securitycenter.microsoft.com/api/machines",
            "https://api.securitycenter.microsoft.com.example.com/api",
            "https://user:pw@api.securitycenter.microsoft.com/api",
            "https://graph.microsoft.com/v1.0/users",
            "//example.com/api",
            "\\\\example.com\\api",
            "/api/machines#x",
            "",
            "/",
        ] {
            assert!(matches!(call(path), Err(InputError::Path { .. })), "{path}");
        }
        let secret = call("https://example.com/x?sig=secret").unwrap_err();
        assert!(!secret.to_string().contains("secret"), "{secret}");
    }

    #[test]
    fn an_answer_is_a_list_an_object_or_nothing() {
        let texts =
            |body: &str| records(body.as_bytes()).map(|all| all.into_iter().map(|one| one.json).collect::<Vec<_>>());
        assert_eq!(texts(r#"{"value":[{"a":1},{"b":2}]}"#).unwrap(), [r#"{"a":1}"#, r#"{"b":2}"#]);
        assert_eq!(texts(r#" {"id":"7"} "#).unwrap(), [r#"{"id":"7"}"#]);
        assert_eq!(texts("").unwrap(), [""; 0]);
        assert_eq!(texts("<html>").unwrap_err(), PageError::NotAPage);
    }
}
