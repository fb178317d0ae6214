//! The APIs of Defender for Endpoint: one row each. Adding one begins here.
//!
//! Source: the page of each endpoint below learn.microsoft.com/defender-endpoint/api: path, permission, page size and
//! limits. Where older and newer pages name different permissions, either is tried.

use crate::pace::Limits;

/// An API.
#[derive(Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name: what calls are counted by, and what a request names it by.
    pub name: &'static str,
    /// Its path; `{id}` stands for one id.
    pub path: &'static str,
    /// How many records a full page has, which is also the largest `$top`.
    pub page_size: u64,
    /// The application roles of which one is needed; empty where it isn't known.
    pub roles: &'static [&'static str],
    /// How often it may be called.
    pub limits: Limits,
    /// How one page leads to the next.
    pub pages: Pages,
}

/// How one page leads to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// By a link, or by counting with `$skip`. Records have ids of their own.
    Counted,
    /// The same; an empty list is answered with 404.
    CountedOrNotFound,
    /// By a link only. A record can come more than once and mean something each time.
    Linked,
    /// There may be pages, or one object that is no list.
    Unknown,
}

const fn limits(per_minute: usize, per_hour: usize) -> Limits {
    Limits { per_minute, per_hour }
}

const WRITES_INDICATORS: &[&str] = &["Ti.ReadWrite.All", "Ti.ReadWrite"];
const READS_VULNERABILITIES: &[&str] = &["Vulnerability.Read.All"];

/// The list of indicators.
pub const INDICATORS: Endpoint = Endpoint {
    name: "indicators",
    path: "/api/indicators",
    page_size: 10_000,
    roles: &["Ti.ReadWrite.All", "Ti.ReadWrite", "Ti.Read.All"],
    limits: limits(100, 1500),
    pages: Pages::Counted,
};

/// Creates or changes one indicator.
pub const SUBMIT_INDICATOR: Endpoint = Endpoint { name: "indicators-submit", roles: WRITES_INDICATORS, ..INDICATORS };

/// Creates or changes up to 500 indicators. No hourly limit is documented.
pub const IMPORT_INDICATORS: Endpoint = Endpoint {
    name: "indicators-import",
    path: "/api/indicators/import",
    page_size: 500,
    roles: WRITES_INDICATORS,
    limits: limits(30, 0),
    pages: Pages::Counted,
};

/// Removes one indicator.
pub const DELETE_INDICATOR: Endpoint =
    Endpoint { name: "indicator-delete", path: "/api/indicators/{id}", roles: WRITES_INDICATORS, ..INDICATORS };

/// Removes up to 500 indicators.
pub const DELETE_INDICATORS: Endpoint = Endpoint {
    name: "indicators-delete",
    path: "/api/indicators/BatchDelete",
    page_size: 500,
    roles: WRITES_INDICATORS,
    limits: limits(30, 1500),
    pages: Pages::Counted,
};

/// The devices that were active in the last 30 days.
pub const MACHINES: Endpoint = Endpoint {
    name: "machines",
    path: "/api/machines",
    page_size: 10_000,
    roles: &["Machine.Read.All", "Machine.ReadWrite.All"],
    limits: limits(100, 1500),
    pages: Pages::CountedOrNotFound,
};

/// The catalogue of vulnerabilities.
pub const VULNERABILITIES: Endpoint = Endpoint {
    name: "vulnerabilities",
    path: "/api/vulnerabilities",
    page_size: 8_000,
    roles: READS_VULNERABILITIES,
    limits: limits(100, 1500),
    pages: Pages::Counted,
};

/// Which device has which vulnerability by which software.
pub const MACHINE_VULNERABILITIES: Endpoint = Endpoint {
    name: "machinesVulnerabilities",
    path: "/api/vulnerabilities/machinesVulnerabilities",
    page_size: 10_000,
    roles: READS_VULNERABILITIES,
    limits: limits(100, 1500),
    pages: Pages::Counted,
};

/// The vulnerabilities of one device.
pub const VULNERABILITIES_OF_MACHINE: Endpoint = Endpoint {
    name: "machine-vulnerabilities",
    path: "/api/machines/{id}/vulnerabilities",
    page_size: 10_000,
    roles: READS_VULNERABILITIES,
    limits: limits(50, 1500),
    pages: Pages::Counted,
};

/// The snapshot of all software vulnerabilities, by device.
pub const VULNERABILITY_EXPORT: Endpoint = Endpoint {
    name: "vulnerability-export",
    path: "/api/machines/SoftwareVulnerabilitiesByMachine",
    page_size: 200_000,
    roles: READS_VULNERABILITIES,
    limits: limits(30, 1000),
    pages: Pages::Linked,
};

/// What has changed in that snapshot since a time.
pub const VULNERABILITY_CHANGES: Endpoint = Endpoint {
    name: "vulnerability-changes",
    path: "/api/machines/SoftwareVulnerabilityChangesByMachine",
    page_size: 200_000,
    roles: READS_VULNERABILITIES,
    limits: limits(30, 1000),
    pages: Pages::Linked,
};

/// The same snapshot as files.
pub const VULNERABILITY_FILES: Endpoint = Endpoint {
    name: "vulnerability-files",
    path: "/api/machines/SoftwareVulnerabilitiesExport",
    page_size: 1,
    roles: READS_VULNERABILITIES,
    limits: limits(5, 20),
    pages: Pages::Counted,
};

/// What Defender recommends.
pub const RECOMMENDATIONS: Endpoint = Endpoint {
    name: "recommendations",
    path: "/api/recommendations",
    page_size: 10_000,
    roles: &["SecurityRecommendation.Read.All"],
    limits: limits(100, 1500),
    pages: Pages::Counted,
};

/// The software of the organisation.
pub const SOFTWARE: Endpoint = Endpoint {
    name: "software",
    path: "/api/Software",
    page_size: 10_000,
    roles: &["Software.Read.All"],
    limits: limits(100, 1500),
    pages: Pages::Counted,
};

/// Alerts.
pub const ALERTS: Endpoint = Endpoint {
    name: "alerts",
    path: "/api/alerts",
    page_size: 10_000,
    roles: &["Alert.Read.All", "Alert.ReadWrite.All"],
    limits: limits(100, 1500),
    pages: Pages::Counted,
};

/// Advanced hunting, by Microsoft Graph: Defender's own endpoints for it return nothing after 2027-02-01.
///
/// Source: learn.microsoft.com/graph/api/security-security-runhuntingquery
pub const HUNTING: Endpoint = Endpoint {
    name: "hunting",
    path: "/v1.0/security/runHuntingQuery",
    page_size: 100_000,
    roles: &["ThreatHunting.Read.All"],
    limits: limits(45, 1500),
    pages: Pages::Linked,
};

/// Any path that has no row of its own. Its limits aren't known; the service tells when there are too many calls.
pub const ANY: Endpoint =
    Endpoint { name: "any", path: "/", page_size: 10_000, roles: &[], limits: limits(0, 0), pages: Pages::Unknown };

/// The lists that can be asked for by name.
pub const LISTS: &[&Endpoint] = &[
    &MACHINES,
    &VULNERABILITIES,
    &MACHINE_VULNERABILITIES,
    &VULNERABILITIES_OF_MACHINE,
    &VULNERABILITY_EXPORT,
    &VULNERABILITY_CHANGES,
    &VULNERABILITY_FILES,
    &RECOMMENDATIONS,
    &SOFTWARE,
    &ALERTS,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = LISTS.iter().map(|endpoint| endpoint.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), LISTS.len());
    }
}
