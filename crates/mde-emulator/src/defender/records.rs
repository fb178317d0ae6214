//! The made-up records of the lists, as on the wire.

use serde_json::{Value, json};

const SEVERITIES: [&str; 4] = ["Low", "Medium", "High", "Critical"];
const PRODUCTS: [(&str, &str); 4] =
    [("microsoft", "edge_chromium-based"), ("google", "chrome"), ("oracle", "jre"), ("7-zip", "7-zip")];

fn cve(number: usize) -> String {
    format!("CVE-2026-{:04}", 1_000 + number % 500)
}

pub(super) fn machine_id(number: usize) -> String {
    format!("{:040x}", 0x1e5b_c9d7_u64 * (number as u64 + 1))
}

pub(super) fn machine(number: usize) -> Value {
    let health = ["Active", "Inactive", "ImpairedCommunication", "NoSensorData"][number % 4];
    let mut record = json!({
        "id": machine_id(number),
        "mergedIntoMachineId": null,
        "isPotentialDuplication": number % 9 == 8,
        "isExcluded": false,
        "computerDnsName": format!("pc-{number:04}.contoso.com"),
        "firstSeen": "2026-01-15T08:12:30.1234567Z",
        "lastSeen": format!("2026-11-{:02}T06:30:01.5Z", 1 + number % 22),
        "osPlatform": (["Windows11", "Windows10", "WindowsServer2022", "Linux"][number % 4]),
        "osVersion": null,
        "osProcessor": "x64",
        "version": "24H2",
        "lastIpAddress": format!("10.0.{}.{}", number / 250, number % 250 + 1),
        "lastExternalIpAddress": "203.0.113.7",
        "agentVersion": "10.8760.26100.1",
        "osBuild": 26_100,
        "healthStatus": health,
        "deviceValue": "Normal",
        // Documented as a text, sent as a number.
        "rbacGroupId": 75,
        "rbacGroupName": "Workstations",
        "riskScore": (["None", "Low", "Medium", "High"][number % 4]),
        "exposureLevel": (["Low", "Medium", "High"][number % 3]),
        "onboardingStatus": "Onboarded",
        "isAadJoined": true,
        "aadDeviceId": "1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d",
        "machineTags": if number.is_multiple_of(5) { json!(["Server", "Tier 0"]) } else { json!([]) },
        "defenderAvStatus": "Updated",
        "osArchitecture": "64-bit",
        "managedBy": "Intune",
        "ipAddresses": [{"ipAddress": "10.0.0.1", "macAddress": "00155D000001", "type": "Ethernet", "operationalStatus": "Up"}],
        "vmMetadata": null,
    });
    if number == 3 {
        record["healthStatus"] = "StateOfTheFuture".into();
        record["brandNew"] = json!({"deep": [1, 2]});
        if let Some(members) = record.as_object_mut() {
            members.remove("deviceValue");
        }
    }
    record
}

pub(super) fn vulnerability(number: usize) -> Value {
    json!({
        "id": cve(number),
        "name": cve(number),
        "description": "A flaw in a component allows code execution.",
        "severity": SEVERITIES[number % 4],
        "cvssV3": ([4.3, 5.5, 7.8, 9.8][number % 4]),
        "cvssVector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H",
        "exposedMachines": number % 17,
        "publishedOn": "2026-03-10T08:00:00Z",
        "updatedOn": "2026-04-01T08:00:00.123Z",
        "publicExploit": number.is_multiple_of(3),
        "exploitVerified": false,
        "exploitInKit": false,
        "exploitTypes": if number.is_multiple_of(3) { json!(["Remote"]) } else { json!([]) },
        "exploitUris": [],
        "CveSupportability": "Supported",
        "EPSS": 0.42,
    })
}

pub(super) fn machine_vulnerability(number: usize) -> Value {
    let (vendor, product) = PRODUCTS[number % 4];
    let machine = machine_id(number % 25);
    json!({
        "id": format!("{machine}-_-{}-_-{vendor}-_-{product}-_-1.{number}-_-", cve(number)),
        "cveId": cve(number),
        "machineId": machine,
        "fixingKbId": if number.is_multiple_of(2) { json!("5031356") } else { Value::Null },
        "productName": product,
        "productVendor": vendor,
        "productVersion": format!("1.{number}"),
        "severity": SEVERITIES[number % 4],
    })
}

pub(super) fn recommendation(number: usize) -> Value {
    let (vendor, product) = PRODUCTS[number % 4];
    json!({
        "id": format!("va-_-{vendor}-_-{product}-_-{number}"),
        "productName": product,
        "recommendationName": format!("Update {product}"),
        "weaknesses": 3 + number,
        "vendor": vendor,
        "recommendedVersion": "130.0",
        "recommendedProgram": "",
        "recommendedVendor": "",
        "recommendationCategory": "Application",
        "subCategory": "",
        "severityScore": 7.5,
        "publicExploit": number.is_multiple_of(2),
        "activeAlert": false,
        "associatedThreats": ["3098b8ef-23b1-46b3-aed4-499e1928f9ed"],
        "remediationType": "Update",
        "status": "Active",
        "configScoreImpact": 0,
        "exposureImpact": 1.25,
        "totalMachineCount": 25,
        "exposedMachinesCount": 12,
        "nonProductivityImpactedAssets": 0,
        "relatedComponent": "Edge Chromium",
        "exposedCriticalDevices": 1,
        "hasUnpatchableCve": false,
        "tags": ["internetFacing"],
    })
}

pub(super) fn software(number: usize) -> Value {
    let (vendor, product) = PRODUCTS[number % 4];
    json!({
        "id": format!("{vendor}-_-{product}-_-{number}"),
        "name": product,
        "vendor": vendor,
        "weaknesses": number,
        "publicExploit": number.is_multiple_of(2),
        "activeAlert": false,
        "exposedMachines": number + 1,
        "installedMachines": number + 3,
        "impactScore": 0.39,
        "isNormalized": true,
        "category": "Browser",
        "distributions": [],
    })
}

pub(super) fn alert(number: usize) -> Value {
    json!({
        "id": format!("da63{number:04}"),
        "incidentId": 1_126_093 + number,
        "investigationId": null,
        "assignedTo": null,
        "severity": (["Informational", "Low", "Medium", "High"][number % 4]),
        "status": (["New", "InProgress", "Resolved"][number % 3]),
        "classification": null,
        "determination": null,
        "investigationState": "Queued",
        "detectionSource": "WindowsDefenderAtp",
        "detectorId": "e67e9b1b-d0e2-4a3f-9b54-1f5a2f3e6c7d",
        "category": "Execution",
        "threatFamilyName": null,
        "title": "Suspicious PowerShell command line",
        "description": "A suspicious PowerShell activity was observed.",
        "alertCreationTime": "2026-11-20T20:31:57.5522833Z",
        "firstEventTime": "2026-11-20T20:30:00Z",
        "lastEventTime": "2026-11-20T20:31:00.12Z",
        "lastUpdateTime": "2026-11-20T20:40:00Z",
        "resolvedTime": null,
        "machineId": machine_id(number % 25),
        "computerDnsName": format!("pc-{:04}.contoso.com", number % 25),
        "rbacGroupName": "Workstations",
        "aadTenantId": "a839b112-1253-6432-9bf6-94542403f21c",
        "threatName": null,
        "mitreTechniques": ["T1059.001"],
        "relatedUser": {"userName": "temp123", "domainName": "CONTOSO"},
        "comments": [{"comment": "looked at", "createdBy": "analyst@contoso.com", "createdTime": "2026-11-21T00:00:00Z"}],
        "evidence": [],
    })
}

pub(super) fn evidence(number: usize) -> Value {
    json!([{"entityType": "Process", "evidenceCreationTime": "2026-11-20T20:32:00Z", "fileName": "powershell.exe", "processId": 4_000 + number}])
}

/// A row of the exports. Every seventh software has no vulnerability.
pub(super) fn software_vulnerability(number: usize) -> Value {
    let (vendor, product) = PRODUCTS[number % 4];
    let machine = machine_id(number % 25);
    let cve_id = if number % 7 == 6 { Value::Null } else { cve(number).into() };
    json!({
        "id": format!("{machine}_{vendor}_{product}_1.{number}_{}", cve_id.as_str().unwrap_or_default()),
        "deviceId": machine,
        "rbacGroupName": "Workstations",
        "deviceName": format!("pc-{:04}.contoso.com", number % 25),
        "osPlatform": "Windows11",
        "osVersion": "10.0.26100.1",
        "osArchitecture": "x64",
        "softwareVendor": vendor,
        "softwareName": product,
        "softwareVersion": format!("1.{number}"),
        "cveId": cve_id,
        "vulnerabilitySeverityLevel": if cve_id.is_null() { Value::Null } else { SEVERITIES[number % 4].into() },
        "recommendedSecurityUpdate": "November 2026 Security Updates",
        "recommendedSecurityUpdateId": "5031356",
        "recommendedSecurityUpdateUrl": "https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB5031356",
        "diskPaths": ["C:\\Program Files\\x\\x.exe"],
        "registryPaths": [],
        // Without a zone, as the page shows them.
        "lastSeenTimestamp": "2026-11-20 11:16:05.2264400",
        "firstSeenTimestamp": "2026-10-02 09:12:53",
        "exploitabilityLevel": "NoExploit",
        "recommendationReference": format!("va-_-{vendor}-_-{product}"),
        "securityUpdateAvailable": true,
    })
}
