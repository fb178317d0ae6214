//! Indicators made up from a tenant and a number: always the same, varied, and as on the wire.
//!
//! Fields and their order follow real replies (2022 and 2023, in the documentation of two connectors); types, actions per
//! type and severities follow learn.microsoft.com/defender-endpoint/api/ti-indicator and /indicators-overview.

use std::fmt::Write;

use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;

/// An indicator with every field that was seen on the wire.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_field_names, reason = "the names are those on the wire")]
pub(super) struct Indicator<'a> {
    id: String,
    indicator_value: String,
    indicator_type: &'static str,
    action: &'static str,
    created_by: String,
    severity: &'static str,
    category: u8,
    application: Option<String>,
    educate_url: Option<&'static str>,
    bypass_duration_hours: Option<u32>,
    title: String,
    description: &'static str,
    recommended_actions: Option<&'static str>,
    creation_time_date_time_utc: String,
    expiration_time: Option<String>,
    last_update_time: String,
    last_updated_by: Option<String>,
    rbac_group_names: &'static [&'static str],
    rbac_group_ids: Vec<Value>,
    notification_id: Option<()>,
    notification_body: Option<()>,
    version: Option<()>,
    mitre_techniques: &'static [&'static str],
    historical_detection: bool,
    look_back_period: Option<()>,
    generate_alert: bool,
    additional_info: Option<()>,
    created_by_display_name: &'a str,
    external_id: Option<String>,
    created_by_source: &'static str,
    certificate_info: Option<()>,
}

const FILE_ACTIONS: &[&str] = &["Allowed", "Audit", "Warn", "Block", "BlockAndRemediate"];
const NETWORK_ACTIONS: &[&str] = &["Allowed", "Audit", "Warn", "Block"];
const CERTIFICATE_ACTIONS: &[&str] = &["Allowed", "BlockAndRemediate"];
/// In the documented list until January 2022, and still in what tenants have.
const RETIRED_ACTIONS: &[&str] = &["Alert", "AlertAndBlock"];
const SEVERITIES: &[&str] = &["Informational", "Low", "Medium", "High"];
const TECHNIQUES: &[&[&str]] = &[&[], &[], &["T1566.002"], &["T1204", "T1059.001"], &["T1071.001", "T1105", "T1027"]];
const GROUPS: &[&[&str]] = &[&[], &[], &[], &["Servers"], &["Workstations", "Québec \"Lab\""]];
const FAMILIES: &[&str] = &["Emotet", "QakBot", "LockBit", "Raspberry Robin", "AsyncRAT", "Formbook"];
const DESCRIPTIONS: &[&str] = &[
    "Reported by the sharing community; seen in a phishing wave against finance departments.",
    "Command and control of a loader. See the ticket for the timeline.",
    "False positive of a line-of-business installer, allowed after review.",
    "Von der Zentrale gemeldet – prüfen und bei Bedarf verlängern.",
];

/// 2023-01-01T00:00:00Z. Times count from here and not from now, so that a tenant is the same on every day.
const FIRST_CREATION: i64 = 1_672_531_200;
/// 2031-01-01T00:00:00Z: an indicator that has expired is not in a list.
const FIRST_EXPIRATION: i64 = 1_924_992_000;

/// A small generator whose sequence is part of the data: replacing it would change every tenant.
struct Random(u64);

impl Random {
    /// splitmix64 seeded by the tenant's name (FNV-1a) and the number.
    fn new(tenant: &str, index: usize) -> Self {
        let seed = tenant
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Self(seed ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap_or_default()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            let _ = write!(text, "{:016x}", self.next());
        }
        text.truncate(digits);
        text
    }
}

/// The indicator number `index` of a tenant. `application` is the client id that a third of them was created by.
pub(super) fn indicator(tenant: &str, application: &str, index: usize) -> Indicator<'static> {
    let mut random = Random::new(tenant, index);
    // Every 97th repeats its predecessor's value with another action, as real tenants do.
    let repeats = index % 97 == 96;
    let mut of_value = if repeats { Random::new(tenant, index - 1) } else { Random::new(tenant, index) };
    let (indicator_type, indicator_value, actions) = value(&mut of_value, index - usize::from(repeats));
    for _ in 0..8 {
        random.next();
    }
    let action = if random.one_in(400) { random.pick(RETIRED_ACTIONS) } else { random.pick(actions) };
    let is_network = actions.len() == NETWORK_ACTIONS.len();
    let created = FIRST_CREATION + i64::try_from(index * 311 % 90_000_000).unwrap_or_default();
    let updated = created + i64::try_from(random.below(4_000_000)).unwrap_or_default();
    let family = random.pick(FAMILIES);
    let (created_by, created_by_display_name, created_by_source) = match random.below(3) {
        0 => (application.to_owned(), "Litware Defender Automation", "PublicApi"),
        1 => ("45097602-1234-5678-1234-9f453233e62c".to_owned(), "Threat Intelligence Feed", "PublicApi"),
        _ => ("anna.lidman@contoso.onmicrosoft.com".to_owned(), "Anna Lidman", "Portal"),
    };
    let group = random.below(GROUPS.len());
    Indicator {
        id: (index + 1_000).to_string(),
        indicator_value,
        indicator_type,
        action,
        severity: random.pick(SEVERITIES),
        category: u8::try_from(1 + random.below(15)).unwrap_or(1),
        application: random.one_in(3).then(|| format!("{family} tracker")),
        educate_url: (is_network && random.one_in(4)).then_some("https://intranet.contoso.com/security/why-blocked"),
        bypass_duration_hours: (action == "Warn").then(|| [1, 8, 24][random.below(3)]),
        title: format!("{family} {indicator_type} {}", random.hex(6)),
        description: random.pick(DESCRIPTIONS),
        recommended_actions: random.one_in(2).then_some("Isolate the device and collect an investigation package."),
        creation_time_date_time_utc: timestamp(created, random.below(8), &mut random),
        expiration_time: (!random.one_in(4)).then(|| {
            let digits = if random.one_in(2) { 0 } else { random.below(8) };
            let seconds = FIRST_EXPIRATION + i64::try_from(random.below(100_000_000)).unwrap_or_default();
            timestamp(seconds, digits, &mut random)
        }),
        last_update_time: timestamp(updated, 1 + random.below(7), &mut random),
        last_updated_by: random.one_in(2).then(|| created_by.clone()),
        rbac_group_names: GROUPS[group],
        // Whether these are strings or numbers isn't documented, so both occur.
        rbac_group_ids: (0..GROUPS[group].len())
            .map(|id| if index.is_multiple_of(2) { Value::from((id + 7).to_string()) } else { Value::from(id + 7) })
            .collect(),
        mitre_techniques: random.pick(TECHNIQUES),
        historical_detection: random.one_in(10),
        generate_alert: action == "Audit" || random.one_in(2),
        external_id: random.one_in(3).then(|| format!("misp:{}", random.hex(12))),
        created_by,
        created_by_display_name,
        created_by_source,
        notification_id: None,
        notification_body: None,
        version: None,
        look_back_period: None,
        additional_info: None,
        certificate_info: None,
    }
}

fn value(random: &mut Random, index: usize) -> (&'static str, String, &'static [&'static str]) {
    match index % 11 {
        0 | 5 => ("FileSha256", random.hex(64), FILE_ACTIONS),
        1 | 6 => ("FileSha1", random.hex(40), FILE_ACTIONS),
        2 => ("FileMd5", random.hex(32), FILE_ACTIONS),
        3 => ("CertificateThumbprint", random.hex(40), CERTIFICATE_ACTIONS),
        4 | 7 => {
            let address: [usize; 4] = std::array::from_fn(|_| 1 + random.below(254));
            ("IpAddress", format!("{}.{}.{}.{}", address[0], address[1], address[2], address[3]), NETWORK_ACTIONS)
        }
        8 => {
            // All eight segments are written out: the service takes no shortened form.
            let segments: Vec<String> = (0..8).map(|_| random.hex(4)).collect();
            ("IpAddress", segments.join(":"), NETWORK_ACTIONS)
        }
        9 => ("DomainName", format!("{}.example-{}.net", random.hex(8), random.below(100)), NETWORK_ACTIONS),
        _ => (
            "Url",
            format!("https://{}.example.com/{}?q={}&r=a%20b", random.hex(6), random.hex(10), random.below(1_000)),
            NETWORK_ACTIONS,
        ),
    }
}

/// With 0 to 7 fractional digits, the last of which isn't zero: .NET leaves those away.
fn timestamp(seconds: i64, digits: usize, random: &mut Random) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (year, month, day) = time.to_calendar_date();
    let (hour, minute, second) = time.to_hms();
    let mut text = format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}", u8::from(month));
    if digits > 0 {
        text.push('.');
        for _ in 1..digits {
            text.push(char::from(b'0' + u8::try_from(random.below(10)).unwrap_or_default()));
        }
        text.push(char::from(b'1' + u8::try_from(random.below(9)).unwrap_or_default()));
    }
    text.push('Z');
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn values(count: usize) -> Vec<Value> {
        (0..count).map(|index| serde_json::to_value(indicator("tenant", "app", index)).unwrap()).collect()
    }

    #[test]
    fn the_same_every_time_and_different_per_tenant() {
        assert_eq!(values(50), values(50));
        let other = serde_json::to_value(indicator("other", "app", 0)).unwrap();
        assert_ne!(values(1)[0], other);
    }

    #[test]
    fn varied_and_legal() {
        let values = values(3_000);
        let seen = |name: &str| values.iter().map(|value| value[name].to_string()).collect::<BTreeSet<_>>();
        assert_eq!(seen("indicatorType").len(), 7);
        assert_eq!(seen("severity").len(), 4);
        assert_eq!(seen("action").len(), 7);
        assert!(seen("expirationTime").contains("null"));
        assert_eq!(seen("id").len(), 3_000);
        assert!(seen("indicatorValue").len() < 3_000, "some values occur twice");
        for value in &values {
            let (kind, action) = (value["indicatorType"].as_str().unwrap(), value["action"].as_str().unwrap());
            if matches!(kind, "IpAddress" | "Url" | "DomainName") {
                assert_ne!(action, "BlockAndRemediate");
            }
            if action == "Audit" {
                assert_eq!(value["generateAlert"], true);
            }
        }
        let fractions: BTreeSet<usize> = values
            .iter()
            .map(|value| value["creationTimeDateTimeUtc"].as_str().unwrap().len() - "2023-01-01T00:00:00Z".len())
            .collect();
        assert_eq!(fractions, BTreeSet::from([0, 2, 3, 4, 5, 6, 7, 8]));
    }
}
