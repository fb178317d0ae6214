//! Writing indicators: one, many, and taking them away.
//!
//! Sources: learn.microsoft.com/defender-endpoint/api/post-ti-indicator, …/import-ti-indicators,
//! …/delete-ti-indicator-by-id, …/batch-delete-ti-indicators, …/common-errors (codes), minemeld-wd-atp (recorded words for
//! capacity and expiry). The key of an update is not documented: here it is the external id if it is known, else type,
//! value and action.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Caller, authorize, errors};
use crate::exchange::{Received, Reply};
use crate::faults::Target;
use crate::routes::Route;
use crate::state::Shared;

const ROLES: &[&str] = &["Ti.ReadWrite.All", "Ti.ReadWrite"];
const LARGEST_BATCH: usize = 500;

const fn route(method: &'static [&'static str], path: &'static str, answer: fn(&Shared, &Received) -> Reply) -> Route {
    let target = Some(Target::IndicatorWrites);
    Route { methods: method, path, target, query: &[], form: &[], answer, failure: errors::failure }
}

pub(crate) const SUBMIT: Route =
    route(&["POST"], "/api/indicators", |shared, received| reply(submit(shared, received)));
pub(crate) const IMPORT: Route =
    route(&["POST"], "/api/indicators/import", |shared, received| reply(import(shared, received)));
pub(crate) const BATCH_DELETE: Route =
    route(&["POST"], "/api/indicators/BatchDelete", |shared, received| reply(batch_delete(shared, received)));
pub(crate) const DELETE: Route =
    route(&["DELETE"], "/api/indicators/{id}", |shared, received| reply(delete(shared, received)));

fn reply(outcome: Result<Reply, Reply>) -> Reply {
    match outcome {
        Ok(reply) | Err(reply) => reply,
    }
}

/// A refusal in the words of the service.
struct Refusal {
    code: &'static str,
    message: String,
}

fn refusal(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal { code, message: message.into() }
}

impl Refusal {
    fn reply(&self, received: &Received) -> Reply {
        errors::with_code(received, 400, self.code, &self.message)
    }
}

fn body(received: &Received, name: &str) -> Result<Vec<Value>, Reply> {
    let parsed: Option<Value> = serde_json::from_slice(&received.body).ok();
    // Names are case-sensitive: another case is a missing property.
    let list = parsed.as_ref().and_then(|body| body.get(name)).and_then(Value::as_array).cloned();
    let list = list.ok_or_else(|| {
        refusal("InvalidRequestBody", format!("Request body is incorrect: {name} is missing")).reply(received)
    })?;
    if list.len() > LARGEST_BATCH {
        let message = format!("Maximum batch size of {LARGEST_BATCH} exceeded: {}", list.len());
        return Err(refusal("MaximumBatchSizeExceeded", message).reply(received));
    }
    Ok(list)
}

fn submit(shared: &Shared, received: &Received) -> Result<Reply, Reply> {
    let caller = authorize(shared, received, ROLES)?;
    let row: Value = serde_json::from_slice(&received.body)
        .map_err(|_| refusal("InvalidRequestBody", "Request body is incorrect").reply(received))?;
    let capacity = shared.config.defender.indicator_capacity;
    let written = caller.tenant.edit_indicators(|records, ids| {
        let mut index = Index::of(records);
        write(records, &mut index, ids, &caller, &row, capacity)
    });
    match written {
        Ok(record) => Ok(Reply::json(200, &*record)),
        Err(refusal) => Err(refusal.reply(received)),
    }
}

fn import(shared: &Shared, received: &Received) -> Result<Reply, Reply> {
    let caller = authorize(shared, received, ROLES)?;
    let rows = body(received, "Indicators")?;
    let capacity = shared.config.defender.indicator_capacity;
    let results: Vec<Value> = caller.tenant.edit_indicators(|records, ids| {
        let mut index = Index::of(records);
        let result = |row: &Value| {
            let value = row.get("indicatorValue").cloned().unwrap_or_default();
            match write(records, &mut index, ids, &caller, row, capacity) {
                Ok(record) => {
                    json!({"id": record["id"], "indicator": value, "isFailed": false, "failureReason": null})
                }
                Err(refusal) => {
                    json!({"id": null, "indicator": value, "isFailed": true, "failureReason": refusal.message})
                }
            }
        };
        rows.iter().map(result).collect()
    });
    let context =
        format!("{}/api/$metadata#Collection(microsoft.windowsDefenderATP.api.ImportIndicatorResult)", received.origin);
    Ok(Reply::json(200, &json!({"@odata.context": context, "value": results})))
}

fn may_see(caller: &Caller, record: &Value) -> bool {
    caller.has("Ti.ReadWrite.All") || record["createdBy"] == caller.application.as_str()
}

fn delete(shared: &Shared, received: &Received) -> Result<Reply, Reply> {
    let caller = authorize(shared, received, ROLES)?;
    let id = received.segment("id").unwrap_or_default();
    let removed = caller.tenant.edit_indicators(|records, _| {
        let before = records.len();
        records.retain(|record| record["id"] != id || !may_see(&caller, record));
        before > records.len()
    });
    if removed { Ok(Reply::empty(204)) } else { Err(errors::reply(received, 404)) }
}

fn batch_delete(shared: &Shared, received: &Received) -> Result<Reply, Reply> {
    let caller = authorize(shared, received, ROLES)?;
    let ids = body(received, "IndicatorIds")?;
    let is_id =
        |id: &Value| id.as_str().is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()));
    if ids.is_empty() || !ids.iter().all(is_id) {
        return Err(refusal("InvalidInput", "IndicatorIds is empty or has an invalid id").reply(received));
    }
    let ids: std::collections::HashSet<String> = ids.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let removed = caller.tenant.edit_indicators(|records, _| {
        let is_meant =
            |record: &Arc<Value>| record["id"].as_str().is_some_and(|id| ids.contains(id)) && may_see(&caller, record);
        // One that is missing keeps all of them.
        if records.iter().filter(|record| is_meant(record)).count() < ids.len() {
            return false;
        }
        records.retain(|record| !is_meant(record));
        true
    });
    if removed { Ok(Reply::empty(204)) } else { Err(errors::reply(received, 404)) }
}

const REQUIRED: [&str; 5] = ["indicatorValue", "indicatorType", "action", "title", "description"];
const OPTIONAL: [&str; 8] = [
    "application",
    "severity",
    "expirationTime",
    "generateAlert",
    "recommendedActions",
    "rbacGroupNames",
    "educateUrl",
    "externalId",
];
const TYPES: [&str; 7] =
    ["FileSha1", "FileSha256", "FileMd5", "CertificateThumbprint", "IpAddress", "DomainName", "Url"];
const ACTIONS: [&str; 7] = ["Allowed", "Audit", "Warn", "Block", "BlockAndRemediate", "Alert", "AlertAndBlock"];
const SEVERITIES: [&str; 4] = ["Informational", "Low", "Medium", "High"];

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Why the service would refuse a row.
fn check(row: &Value) -> Result<(), Refusal> {
    let Some(members) = row.as_object() else { return Err(refusal("InvalidRequestBody", "Request body is incorrect")) };
    if let Some(name) =
        members.keys().find(|name| !REQUIRED.contains(&name.as_str()) && !OPTIONAL.contains(&name.as_str()))
    {
        return Err(refusal(
            "InvalidRequestBody",
            format!("Request body is incorrect: property {name} can't be written"),
        ));
    }
    if let Some(name) = REQUIRED.iter().find(|name| text(row, name).is_empty()) {
        return Err(refusal("MissingRequiredParameter", format!("Required parameter {name} is missing")));
    }
    let value = text(row, "indicatorValue");
    let one_of = |name: &str, known: &[&str]| {
        let found = text(row, name);
        if found.is_empty() || known.contains(&found) {
            Ok(())
        } else {
            Err(refusal("InvalidInput", format!("Invalid value '{found}' for {name}")))
        }
    };
    one_of("indicatorType", &TYPES)?;
    one_of("action", &ACTIONS)?;
    one_of("severity", &SEVERITIES)?;
    let is_hash = |length: usize| value.len() == length && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (is_valid, code) = match text(row, "indicatorType") {
        "FileSha1" | "CertificateThumbprint" => (is_hash(40), "InvalidHashValue"),
        "FileSha256" => (is_hash(64), "InvalidHashValue"),
        "FileMd5" => (is_hash(32), "InvalidHashValue"),
        "IpAddress" => (value.parse::<std::net::IpAddr>().is_ok(), "InvalidIpAddress"),
        "DomainName" => (value.contains('.') && !value.contains(['/', ':', ' ', '*']), "InvalidDomainName"),
        _ => (url::Url::parse(value).is_ok(), "InvalidUrl"),
    };
    if !is_valid {
        return Err(refusal(code, format!("Indicator value '{value}' is invalid")));
    }
    if text(row, "action") == "Audit" && row.get("generateAlert") != Some(&Value::Bool(true)) {
        return Err(refusal("InvalidInput", "generateAlert must be set to true for the action Audit"));
    }
    if let Some(time) = row.get("expirationTime").filter(|time| !time.is_null()) {
        let parsed = time.as_str().and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
        let Some(time) = parsed else { return Err(refusal("InvalidRequestBody", "expirationTime is no time")) };
        if time <= OffsetDateTime::now_utc() {
            return Err(refusal(
                "BadRequest",
                format!("Indicator {value} is inactive. (Expiration time should be set to a future date time)"),
            ));
        }
    }
    if row.get("rbacGroupNames").is_some_and(|groups| !groups.is_array()) {
        return Err(refusal("InvalidRequestBody", "rbacGroupNames is no array"));
    }
    Ok(())
}

/// Which record a row is for.
#[derive(Default)]
struct Index {
    by_external_id: HashMap<String, usize>,
    by_value: HashMap<(String, String, String), usize>,
}

impl Index {
    fn of(records: &[Arc<Value>]) -> Self {
        let mut index = Self::default();
        for (position, record) in records.iter().enumerate().rev() {
            index.add(record, position);
        }
        index
    }

    fn key(row: &Value) -> (String, String, String) {
        let value = text(row, "indicatorValue").to_ascii_lowercase();
        (text(row, "indicatorType").to_owned(), value, text(row, "action").to_owned())
    }

    fn add(&mut self, record: &Value, position: usize) {
        self.by_external_id.insert(text(record, "externalId").to_owned(), position);
        self.by_value.insert(Self::key(record), position);
    }

    fn find(&self, row: &Value) -> Option<usize> {
        let external_id = Some(text(row, "externalId")).filter(|id| !id.is_empty());
        let known = external_id.and_then(|id| self.by_external_id.get(id));
        known.or_else(|| self.by_value.get(&Self::key(row))).copied()
    }
}

/// Creates the row's indicator, or updates the one that it is for.
fn write(
    records: &mut Vec<Arc<Value>>,
    index: &mut Index,
    next_id: &mut u64,
    caller: &Caller,
    row: &Value,
    capacity: usize,
) -> Result<Arc<Value>, Refusal> {
    check(row)?;
    let known = index.find(row);
    let now = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
    if let Some(position) = known {
        let record = Arc::make_mut(&mut records[position]);
        for name in REQUIRED.iter().chain(&OPTIONAL) {
            // The application is set when an indicator is made, and not later.
            if let Some(value) = row.get(name).filter(|_| *name != "application") {
                record[*name] = value.clone();
            }
        }
        record["lastUpdateTime"] = now.into();
        record["lastUpdatedBy"] = caller.application.as_str().into();
        index.add(record, position);
        return Ok(Arc::clone(&records[position]));
    }
    if records.len() >= capacity {
        let current = records.len();
        return Err(refusal(
            "InvalidInput",
            format!(
                "Max capacity exceeded. Current Total: {current}, Limit: {capacity} (Parameter 'Capacity: {current}/{capacity}')"
            ),
        ));
    }
    let mut record = Map::new();
    record.insert("id".into(), next_id.to_string().into());
    *next_id += 1;
    for name in REQUIRED.iter().chain(&OPTIONAL) {
        let default = if *name == "rbacGroupNames" { json!([]) } else { Value::Null };
        record.insert((*name).into(), row.get(name).filter(|value| !value.is_null()).cloned().unwrap_or(default));
    }
    if record["severity"].is_null() {
        record.insert("severity".into(), "Informational".into());
    }
    if record["generateAlert"].is_null() {
        record.insert("generateAlert".into(), false.into());
    }
    for (name, value) in [
        ("rbacGroupIds", json!([])),
        ("createdBy", caller.application.as_str().into()),
        ("createdByDisplayName", "Litware Defender Automation".into()),
        ("createdBySource", "PublicApi".into()),
        ("lastUpdatedBy", Value::Null),
        ("creationTimeDateTimeUtc", now.as_str().into()),
        ("lastUpdateTime", now.as_str().into()),
    ] {
        record.insert(name.into(), value);
    }
    let record = Arc::new(Value::Object(record));
    index.add(&record, records.len());
    records.push(Arc::clone(&record));
    Ok(record)
}
