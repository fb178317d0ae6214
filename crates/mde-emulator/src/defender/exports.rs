//! The exports of software vulnerabilities: as pages, as changes, and as files at another host.
//!
//! Sources: learn.microsoft.com/defender-endpoint/api/get-assessment-software-vulnerabilities (paging by `$skiptoken`,
//! rows without a vulnerability, times without a zone, files of one object a line), …-delta (at most 14 days). The files'
//! host answers as Azure Storage does: learn.microsoft.com/rest/api/storageservices/blob-service-error-codes.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{authorize, errors, records};
use crate::CANARY;
use crate::exchange::{Received, Reply};
use crate::faults::Target;
use crate::routes::Route;
use crate::server::plain_failure;
use crate::state::Shared;

const ROLES: &[&str] = &["Vulnerability.Read.All"];
const FILES: usize = 2;
const DEFAULT_PAGE: usize = 50_000;

const fn route(path: &'static str, query: &'static [&'static str], answer: fn(&Shared, &Received) -> Reply) -> Route {
    Route { methods: &["GET"], path, target: Some(Target::Lists), query, form: &[], answer, failure: errors::failure }
}

pub(crate) const ROUTES: [Route; 3] = [
    route("/api/machines/SoftwareVulnerabilitiesByMachine", &["pageSize", "$skiptoken", "$top"], |shared, received| {
        either(page(shared, received, records::software_vulnerability))
    }),
    route(
        "/api/machines/SoftwareVulnerabilityChangesByMachine",
        &["pageSize", "$skiptoken", "sinceTime"],
        |shared, received| either(changes(shared, received)),
    ),
    route("/api/machines/SoftwareVulnerabilitiesExport", &["sasValidHours"], |shared, received| {
        either(files(shared, received))
    }),
];

/// What the files' host serves.
pub(crate) const BLOB_ROUTES: &[&Route] = &[&Route {
    methods: &["GET"],
    path: "/exports/{tenant}/{file}",
    target: Some(Target::Files),
    query: &["sv", "se", "sig"],
    form: &[],
    answer: |shared, received| either(file(shared, received)),
    failure: plain_failure,
}];

fn either(outcome: Result<Reply, Reply>) -> Reply {
    match outcome {
        Ok(reply) | Err(reply) => reply,
    }
}

fn page(shared: &Shared, received: &Received, record: fn(usize) -> Value) -> Result<Reply, Reply> {
    let caller = authorize(shared, received, ROLES)?;
    let number = |name: &str| received.query(name).and_then(|text| text.parse::<usize>().ok());
    let size = number("pageSize").unwrap_or(DEFAULT_PAGE);
    if size == 0 || size > 200_000 {
        return Err(errors::with_code(received, 400, "InvalidInput", "pageSize must be between 1 and 200,000"));
    }
    let count = caller.tenant.settings.lists.software_vulnerabilities;
    let from = number("$skiptoken").unwrap_or_default().min(count);
    let to = (from + size).min(count);
    let value: Vec<Value> = (from..to).map(record).collect();
    let mut body = json!({"@odata.context": format!("{}/api/$metadata", received.origin), "value": value});
    if to < count && received.query("$top").is_none() {
        let since = received.query("sinceTime").map(|since| format!("&sinceTime={since}")).unwrap_or_default();
        body["@odata.nextLink"] =
            format!("{}{}?pageSize={size}&$skiptoken={to}{since}", received.origin, received.path).into();
    }
    Ok(Reply::json(200, &body))
}

fn changes(shared: &Shared, received: &Received) -> Result<Reply, Reply> {
    let since = received.query("sinceTime").and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    let Some(since) = since else {
        return Err(errors::with_code(received, 400, "MissingRequiredParameter", "sinceTime is missing or no time"));
    };
    if OffsetDateTime::now_utc() - since > time::Duration::days(14) {
        return Err(errors::with_code(received, 400, "InvalidInput", "sinceTime can be at most 14 days ago"));
    }
    page(shared, received, |number| {
        let mut record = records::software_vulnerability(number);
        record["status"] = ["New", "Fixed", "Updated"][number % 3].into();
        record["eventTimestamp"] = "2026-11-21T11:35:13Z".into();
        record
    })
}

fn signature(tenant: &str) -> String {
    format!("{CANARY}-{tenant}")
}

fn files(shared: &Shared, received: &Received) -> Result<Reply, Reply> {
    let caller = authorize(shared, received, ROLES)?;
    let id = &caller.tenant.settings.id;
    let blob = shared.endpoints.get().map(|endpoints| endpoints.blob.clone()).unwrap_or_default();
    let links: Vec<_> = (0..FILES)
        .map(|number| {
            let signature = signature(id);
            format!("{blob}/exports/{id}/{number}.json.gz?sv=2020-08-04&se=2026-11-23T13%3A00%3A00Z&sig={signature}")
        })
        .collect();
    Ok(Reply::json(
        200,
        &json!({
            "@odata.context": format!("{}/api/$metadata", received.origin),
            "exportFiles": links,
            "generatedTime": "2026-11-23T06:00:00Z",
        }),
    ))
}

fn file(shared: &Shared, received: &Received) -> Result<Reply, Reply> {
    let refused = |status, code: &str| {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>Server failed.</Message></Error>"
        );
        Reply::text(status, "application/xml", text)
    };
    // Azure Storage refuses a request that is authorised in two ways.
    if received.header("authorization").is_some() {
        return Err(refused(400, "InvalidAuthenticationInfo"));
    }
    let tenant = received.segment("tenant").unwrap_or_default();
    if received.query("sig") != Some(signature(tenant).as_str()) {
        return Err(refused(403, "AuthenticationFailed"));
    }
    let number = received.segment("file").and_then(|file| file.strip_suffix(".json.gz")?.parse::<usize>().ok());
    let (Some(tenant), Some(number)) = (shared.tenant(tenant), number.filter(|number| *number < FILES)) else {
        return Err(refused(404, "BlobNotFound"));
    };
    let count = tenant.settings.lists.software_vulnerabilities;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for row in (number..count).step_by(FILES) {
        let _ = writeln!(encoder, "{}", records::software_vulnerability(row));
    }
    let bytes = encoder.finish().unwrap_or_default();
    Ok(Reply::text(200, "application/octet-stream", bytes))
}
