//! Lists other than that of indicators: one row of a table each, with made-up records that are always the same.
//!
//! Sources: the page of each below learn.microsoft.com/defender-endpoint/api (machine, vulnerability, software,
//! recommendation, alerts, get-all-vulnerabilities-by-machines): names, permissions, page sizes, fields of `$filter`.
//! Some records have a property or a value that those pages do not name, as the real ones do.

use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

use super::{authorize, errors, filter, records};
use crate::config::ListCounts;
use crate::exchange::{Received, Reply};
use crate::faults::Target;
use crate::routes::Route;
use crate::state::Shared;

struct List {
    roles: &'static [&'static str],
    page_size: usize,
    fields: filter::Fields,
    count: fn(&ListCounts) -> usize,
    record: fn(usize) -> Value,
    /// Whether an empty list is answered with 404.
    not_found_when_empty: bool,
}

const fn fields(names: &'static [&'static str]) -> filter::Fields {
    filter::Fields { names, times: &["lastSeen", "publishedOn", "updatedOn"], booleans: &[] }
}

const READS_VULNERABILITIES: &[&str] = &["Vulnerability.Read.All"];

const MACHINES: List = List {
    roles: &["Machine.Read.All", "Machine.ReadWrite.All"],
    page_size: 10_000,
    fields: fields(&[
        "computerDnsName",
        "id",
        "version",
        "deviceValue",
        "aadDeviceId",
        "machineTags",
        "lastSeen",
        "exposureLevel",
        "onboardingStatus",
        "lastIpAddress",
        "healthStatus",
        "osPlatform",
        "riskScore",
        "rbacGroupId",
    ]),
    count: |counts| counts.machines,
    record: records::machine,
    not_found_when_empty: true,
};

const VULNERABILITIES: List = List {
    roles: READS_VULNERABILITIES,
    page_size: 8_000,
    fields: fields(&["id", "name", "description", "cvssV3", "publishedOn", "severity", "updatedOn"]),
    count: |counts| counts.vulnerabilities,
    record: records::vulnerability,
    not_found_when_empty: false,
};

const MACHINES_VULNERABILITIES: List = List {
    roles: READS_VULNERABILITIES,
    page_size: 10_000,
    fields: fields(&[
        "id",
        "cveId",
        "machineId",
        "fixingKbId",
        "productName",
        "productVersion",
        "severity",
        "productVendor",
    ]),
    count: |counts| counts.machines_vulnerabilities,
    record: records::machine_vulnerability,
    not_found_when_empty: false,
};

const OF_MACHINE: List = List { page_size: 10_000, count: |counts| counts.vulnerabilities.min(7), ..VULNERABILITIES };

const RECOMMENDATIONS: List = List {
    roles: &["SecurityRecommendation.Read.All"],
    page_size: 10_000,
    fields: fields(&["id", "productName", "vendor", "recommendationCategory", "severityScore", "status"]),
    count: |counts| counts.recommendations,
    record: records::recommendation,
    not_found_when_empty: false,
};

const SOFTWARE: List = List {
    roles: &["Software.Read.All"],
    page_size: 10_000,
    fields: fields(&["id", "name", "vendor"]),
    count: |counts| counts.software,
    record: records::software,
    not_found_when_empty: false,
};

const ALERTS: List = List {
    roles: &["Alert.Read.All", "Alert.ReadWrite.All"],
    page_size: 10_000,
    fields: fields(&["id", "status", "severity", "category"]),
    count: |counts| counts.alerts,
    record: records::alert,
    not_found_when_empty: false,
};

const fn route(path: &'static str, answer: fn(&Shared, &Received) -> Reply) -> Route {
    Route {
        methods: &["GET"],
        path,
        target: Some(Target::Lists),
        query: &["$top", "$skip", "$filter"],
        form: &[],
        answer,
        failure: errors::failure,
    }
}

pub(crate) const ROUTES: [Route; 7] = [
    route("/api/machines", |shared, received| answer(shared, received, &MACHINES)),
    route("/api/vulnerabilities", |shared, received| answer(shared, received, &VULNERABILITIES)),
    route("/api/vulnerabilities/machinesVulnerabilities", |shared, received| {
        answer(shared, received, &MACHINES_VULNERABILITIES)
    }),
    route("/api/machines/{id}/vulnerabilities", |shared, received| answer(shared, received, &OF_MACHINE)),
    route("/api/recommendations", |shared, received| answer(shared, received, &RECOMMENDATIONS)),
    route("/api/Software", |shared, received| answer(shared, received, &SOFTWARE)),
    Route {
        query: &["$top", "$skip", "$filter", "$expand"],
        ..route("/api/alerts", |shared, received| answer(shared, received, &ALERTS))
    },
];

fn answer(shared: &Shared, received: &Received, list: &'static List) -> Reply {
    match page(shared, received, list) {
        Ok(reply) | Err(reply) => reply,
    }
}

fn page(shared: &Shared, received: &Received, list: &'static List) -> Result<Reply, Reply> {
    let caller = authorize(shared, received, list.roles)?;
    let number = |name: &str| {
        let text = received.query(name);
        text.map(str::parse::<usize>).transpose().map_err(|_| errors::odata(received, &format!("Invalid {name}")))
    };
    let (top, skip) = (number("$top")?, number("$skip")?.unwrap_or_default());
    if top.is_some_and(|top| top > list.page_size) {
        let message = format!("The limit of '{}' for Top query has been exceeded.", list.page_size);
        return Err(errors::odata(received, &message));
    }
    let filter = received.query("$filter").map(|text| filter::parse(text, &list.fields)).transpose();
    let filter = filter.map_err(|message| errors::odata(received, &message))?;
    let count = (list.count)(&caller.tenant.settings.lists);
    let size = top.unwrap_or(list.page_size.min(caller.tenant.settings.page_size));
    // Without a filter only the page itself is made.
    let numbers: Vec<usize> = match &filter {
        None => (skip.min(count)..count.min(skip.saturating_add(size))).collect(),
        Some(filter) => {
            let passing = (0..count).filter(|number| filter.matches(&(list.record)(*number)));
            passing.skip(skip).take(size).collect()
        }
    };
    let total = if filter.is_none() {
        count
    } else {
        (0..count)
            .filter(|number| filter.as_ref().is_some_and(|filter| filter.matches(&(list.record)(*number))))
            .count()
    };
    if total == 0 && list.not_found_when_empty {
        return Err(errors::reply(received, 404));
    }
    let expands = received.query("$expand") == Some("evidence");
    let value: Vec<Value> = numbers
        .iter()
        .map(|number| {
            let mut record = (list.record)(*number);
            if expands {
                record["evidence"] = records::evidence(*number);
            }
            record
        })
        .collect();
    let mut body = json!({"@odata.context": format!("{}/api/$metadata", received.origin), "value": value});
    let next = skip + numbers.len();
    if top.is_none() && next < total {
        let filter = received.query("$filter");
        let filter = filter.map(|text| format!("$filter={}&", byte_serialize(text.as_bytes()).collect::<String>()));
        let link = format!("{}{}?{}$skip={next}", received.origin, received.path, filter.unwrap_or_default());
        body["@odata.nextLink"] = link.into();
    }
    Ok(Reply::json(200, &body))
}
