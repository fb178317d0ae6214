//! Every code of the error table is produced by the real client, and a code without a scenario fails the test.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use mde_client::ListQuery;
use mde_core::{Code, Report, Reportable};
use mde_emulator::{
    Config, DefenderState, Fault, FaultKind, Host, ManagedIdentity, RetryAfter, Target, Tenant, TokenSettings,
};
use mde_identity::Selector;
use scenarios::{House, Setup, Stub};

const GUID: &str = "00000000-0000-4000-8000-00000000dead";

/// Codes that another test shows, or that need a machine that no test has.
const ELSEWHERE: &[(Code, &str)] = &[
    (Code::TokenFileUnusable, "cases: Kubernetes"),
    (Code::AssertionUnusable, "identity_sources: an_assertion_that_is_handed_in_is_exchanged_and_never_mixed_up"),
    (Code::ArcChallengeRefused, "cases: AzureArc"),
    (Code::JobTokenRejected, "cases: GitHubActions, AzurePipelines"),
    (Code::ArcKeyUnreadable, "cases: AzureArc"),
    (Code::TrustStoreUnusable, "needs a machine without root certificates"),
    (Code::SettingMissing, "tests/powershell: ContextTests"),
    (Code::OutcomeUnknown, "tests/powershell: ApiTests"),
    (Code::IndicatorsRefused, "tests/powershell: IndicatorWriteTests"),
    (Code::CapacityExceeded, "tests/powershell: IndicatorWriteTests"),
    (Code::IndicatorNotFound, "tests/powershell: IndicatorWriteTests"),
    (Code::IndicatorFileUnusable, "tests/powershell: IndicatorWriteTests"),
    (Code::IndicatorInvalid, "tests/powershell: SyncTests"),
    (Code::PathInvalid, "mde-client: api_call"),
    (Code::ParametersConflict, "tests/powershell: DeviceVulnerabilityTests"),
    (Code::Panicked, "mde-ffi: guard"),
    (Code::RuntimeUnavailable, "needs a machine without threads"),
    (Code::PlatformNotShipped, "tests/interop: a module folder without its library"),
    (Code::LibraryMismatch, "tests/interop: a library of another version"),
];

/// AADSTS numbers, one at least for each code of the exchange.
const ENTRA: &[(u32, Code)] = &[
    (700_211, Code::FederatedIssuerMismatch),
    (7_002_138, Code::FederatedSubjectMismatch),
    (7_002_131, Code::FederatedSubjectMismatch),
    (700_212, Code::FederatedAudienceMismatch),
    (70_021, Code::NoFederatedCredential),
    (70_025, Code::NoFederatedCredential),
    (700_222, Code::AssertionKindRefused),
    (7_002_206, Code::AssertionKindRefused),
    (500_133, Code::AssertionExpired),
    (700_024, Code::AssertionExpired),
    (700_027, Code::AssertionSignatureInvalid),
    (700_016, Code::ApplicationNotFound),
    (7_000_229, Code::ConsentMissing),
    (7_000_112, Code::ApplicationDisabled),
    (90_002, Code::TenantNotFound),
    (500_011, Code::ResourceNotInTenant),
    (1_002_012, Code::ScopeRefused),
    (90_023, Code::ExchangeMalformed),
    (53_003, Code::PolicyBlocked),
    (90_055, Code::EntraThrottled),
    (900_382, Code::CrossCloud),
    (700_236, Code::HomeTenantMismatch),
    (7_002_381, Code::FederationRestricted),
    (501_051, Code::AssignmentRequired),
    (7_000_215, Code::SecretRefused),
    (90_061, Code::IssuerUnreachable),
    (424_242, Code::EntraRefused),
];

struct Seen(Vec<(Code, Report)>);

impl Seen {
    fn note(&mut self, expected: Code, report: Report) {
        assert_eq!(report.code, expected, "{report:?}");
        assert!(!report.remedy().contains('{'), "{}", report.remedy());
        self.0.push((expected, report));
    }
}

async fn failed_list(house: &House, setup: &Setup, query: &ListQuery) -> Report {
    house.indicators(setup, &house.tenant(0), query).await.end.expect("the scenario should fail")
}

async fn identity(seen: &mut Seen) {
    let house = House::new().await;
    let tenant = house.tenant(0);
    let nowhere = Setup::on(Host::Imds)
        .variable("AZURE_POD_IDENTITY_AUTHORITY_HOST", "")
        .variable("AZUREPS_HOST_ENVIRONMENT", "AzureAutomation/7.4");
    seen.note(Code::NoIdentitySource, house.token(&nowhere, &tenant).await.unwrap_err());
    let closed = Setup::default().variable("IDENTITY_ENDPOINT", "http://127.0.0.1:9/msi/token");
    let unassigned = Setup { selector: Selector::ClientId(GUID.into()), ..Setup::on(Host::Imds) };
    let stranger = Setup { selector: Selector::ClientId(GUID.into()), ..Setup::default() };
    let wrong_header = Setup::default().variable("IDENTITY_HEADER", "wrong");
    let wrong_audience = Setup { audience: Some("api://Nothing".into()), ..Setup::on(Host::Imds) };
    let (closed, unassigned, stranger, wrong_header, wrong_audience) = tokio::join!(
        house.token(&closed, &tenant),
        house.token(&unassigned, &tenant),
        house.token(&stranger, &tenant),
        house.token(&wrong_header, &tenant),
        house.token(&wrong_audience, &tenant),
    );
    seen.note(Code::IdentityEndpointUnreachable, closed.unwrap_err());
    let unassigned = unassigned.unwrap_err();
    assert!(unassigned.remedy().contains(GUID), "{}", unassigned.remedy());
    seen.note(Code::IdentityNotAssigned, unassigned);
    seen.note(Code::IdentityEndpointFailed, stranger.unwrap_err());
    seen.note(Code::IdentityHeaderRejected, wrong_header.unwrap_err());
    seen.note(Code::IdentityResourceRefused, wrong_audience.unwrap_err());

    // Words quoted in facts of the identity endpoints: azure-powershell issue 23115, Microsoft's troubleshooting pages.
    for (host, status, body, code) in [
        (Host::AppService, 400, r#"{"Message":"Bad request"}"#, Code::IdentityEndpointRefused),
        (Host::AppService, 200, "<html>sign in</html>", Code::IdentityReplyInvalid),
        (Host::Imds, 403, r#"{"error":"forbidden"}"#, Code::IdentityBehindProxy),
        (
            Host::Imds,
            400,
            r#"{"error":"bad_request_102","error_description":"Required metadata header not specified"}"#,
            Code::MetadataHeaderMissing,
        ),
        (
            Host::Automation,
            400,
            r#"{"Message":"No managed identity was found for Automation account xxxx"}"#,
            Code::AutomationIdentityNotEnabled,
        ),
        (
            Host::Automation,
            400,
            r#"{"Message":"User assigned identity is currently not supported clientID must not be passed in request"}"#,
            Code::HybridWorkerIdentityUnsupported,
        ),
    ] {
        let stub = Stub::answering(status, "application/json", body).await;
        let variable = if host == Host::Imds { "AZURE_POD_IDENTITY_AUTHORITY_HOST" } else { "IDENTITY_ENDPOINT" };
        let setup = Setup::on(host).variable(variable, &stub.url);
        seen.note(code, house.token(&setup, &tenant).await.unwrap_err());
    }
}

async fn exchange(seen: &mut Seen) {
    for (number, code) in ENTRA {
        let (house, tenant) = House::of_one(1, |tenant| tenant.force_error = Some(*number)).await;
        let report = house.token(&house.selected(Host::AppService), &tenant).await.unwrap_err();
        assert_eq!(report.entra_code, Some(*number));
        assert!(report.correlation_id.is_some() && report.trace_id.is_some(), "{report:?}");
        seen.note(*code, report);
    }
    let (house, tenant) = House::of_one(1, |tenant| tenant.token_tenant = Some(GUID.to_owned())).await;
    seen.note(Code::TenantMismatch, house.token(&house.selected(Host::AppService), &tenant).await.unwrap_err());
    let (house, tenant) = House::of_one(1, |_| ()).await;
    house.emulator.faults().add(Fault::new(Target::Token, FaultKind::Html));
    seen.note(Code::ExchangeReplyInvalid, house.token(&house.selected(Host::AppService), &tenant).await.unwrap_err());
    let later = FaultKind::Status { status: 503, retry_after: Some(RetryAfter::Seconds(3600)) };
    house.emulator.faults().add(Fault::new(Target::Token, later));
    seen.note(Code::EntraUnavailable, house.token(&house.selected(Host::AppService), &tenant).await.unwrap_err());
}

async fn defender(seen: &mut Seen) {
    let all = ListQuery::default();
    let without_roles = House::of_one(1, |tenant| tenant.roles.clear()).await.0;
    let setup = without_roles.selected(Host::AppService);
    seen.note(Code::RolesMissing, failed_list(&without_roles, &setup, &all).await);

    // The trap of the two hosts: a token of the XDR application carries none of Defender for Endpoint's roles.
    let xdr = "https://api.security.microsoft.com";
    let tokens = TokenSettings { resources: vec![xdr.to_owned()], ..TokenSettings::default() };
    let house = House::with(Config { tokens, ..Config::default() }).await;
    let report = failed_list(&house, &Setup { scope: format!("{xdr}/.default"), ..setup.clone() }, &all).await;
    assert!(report.remedy().contains("another API"), "{}", report.remedy());
    seen.note(Code::RolesMissing, report);

    let other_role = House::of_one(1, |tenant| tenant.roles = vec!["Machine.Read.All".to_owned()]).await.0;
    let report = failed_list(&other_role, &setup, &all).await;
    assert!(report.remedy().contains("Ti.ReadWrite"), "{}", report.remedy());
    seen.note(Code::DefenderForbidden, report);

    let unlicensed = House::of_one(1, |tenant| tenant.defender = DefenderState::NotProvisioned).await.0;
    seen.note(Code::TenantNotProvisioned, failed_list(&unlicensed, &setup, &all).await);

    let stub = Stub::answering(401, "application/json", r#"{"error":{"code":"Unauthorized","message":"no"}}"#).await;
    let house = House::new().await;
    let strict = setup.clone().variable("MDEFIC_API_BASE_URL", &stub.url);
    let report = failed_list(&house, &strict, &all).await;
    assert_eq!(house.requests("authority"), 2, "one exchange more, then no other: {report:?}");
    seen.note(Code::DefenderUnauthorized, report);

    let house = House::new().await;
    let filter = ListQuery { filter: Some("nonsense".to_owned()), ..ListQuery::default() };
    seen.note(Code::DefenderBadRequest, failed_list(&house, &setup, &filter).await);
    let status = |status, wait: Option<u64>| FaultKind::Status { status, retry_after: wait.map(RetryAfter::Seconds) };
    for (kind, code) in [
        (status(404, None), Code::DefenderNotFound),
        (status(409, None), Code::DefenderRefused),
        (status(429, Some(3600)), Code::DefenderThrottled),
        (status(503, Some(3600)), Code::DefenderUnavailable),
        (FaultKind::Html, Code::DefenderReplyInvalid),
        (FaultKind::Garbage, Code::DefenderReplyInvalid),
        (FaultKind::Truncate, Code::DefenderReplyTruncated),
    ] {
        house.emulator.faults().add(Fault::new(Target::Indicators, kind).times(u32::MAX));
        seen.note(code, failed_list(&house, &setup, &all).await);
        house.emulator.faults().clear();
    }

    let page = r#"{"value":[{"id":"1"}],"@odata.nextLink":"https://elsewhere.example/api/indicators?$skip=1&sig=abc"}"#;
    let stub = Stub::answering(200, "application/json", page).await;
    let astray = setup.clone().variable("MDEFIC_API_BASE_URL", &stub.url);
    let report = failed_list(&house, &astray, &all).await;
    assert!(report.remedy().contains("elsewhere.example") && !report.remedy().contains("sig=abc"));
    seen.note(Code::PagingStopped, report);
}

async fn input(seen: &mut Seen) {
    let house = House::new().await;
    let (setup, tenant) = (house.selected(Host::AppService), house.tenant(0));
    seen.note(Code::TenantIdInvalid, house.token(&setup, "not a tenant").await.unwrap_err());
    let with = |change: &dyn Fn(&mut Setup)| {
        let mut setup = setup.clone();
        change(&mut setup);
        setup
    };
    let by_object = Selector::ObjectId(GUID.to_owned());
    for (setup, code) in [
        (with(&|setup| setup.client = Some("my-app".to_owned())), Code::ClientIdInvalid),
        (with(&|setup| setup.scope.push_str(" and another")), Code::ScopeTextInvalid),
        (with(&|setup| setup.source = "Vault"), Code::IdentitySourceUnknown),
        (with(&|setup| setup.cloud = Some("Moon")), Code::CloudUnknown),
        (Setup { selector: by_object, ..Setup::on(Host::Automation) }, Code::SelectorUnsupported),
        (setup.clone().variable("AZURE_AUTHORITY_HOST", "https://"), Code::UrlInvalid),
        (setup.clone().variable("AZURE_AUTHORITY_HOST", "http://login.microsoftonline.com"), Code::UrlInsecure),
        (setup.clone().variable("HTTPS_PROXY", "::"), Code::ProxyInvalid),
        (setup.clone().variable("IDENTITY_ENDPOINT", "http://10.0.0.1/msi"), Code::UrlInsecure),
    ] {
        seen.note(code, house.token(&setup, &tenant).await.unwrap_err());
    }
    let public = mde_core::cloud::public();
    seen.note(Code::RegionUnknown, public.api_url(Some("mars")).unwrap_err().report());
    let nowhere = with(&|setup| setup.cloud = Some("China")).variable("MDEFIC_API_BASE_URL", "");
    seen.note(Code::CloudWithoutDefender, failed_list(&house, &nowhere, &ListQuery::default()).await);
    let conflict = Selector::parse(Some(GUID), Some(GUID), None).unwrap_err();
    seen.note(Code::SelectorConflict, conflict.report());
    let malformed = Selector::parse(Some("name"), None, None).unwrap_err();
    seen.note(Code::ManagedIdentityIdInvalid, malformed.report());
    assert_eq!(house.emulator.journal().len(), 0, "something was sent before the input was refused");
}

async fn transport(seen: &mut Seen) {
    let house = House::new().await;
    let (setup, tenant) = (house.selected(Host::AppService), house.tenant(0));
    let closed = setup.clone().variable("AZURE_AUTHORITY_HOST", "http://127.0.0.1:9");
    seen.note(Code::ConnectFailed, house.token(&closed, &tenant).await.unwrap_err());
    let stranger = Setup { tls: true, trusts_emulator: false, ..setup.clone() };
    seen.note(Code::CertificateUntrusted, house.token(&stranger, &tenant).await.unwrap_err());
    for (kind, code) in [
        (FaultKind::Reset, Code::ConnectionLost),
        (FaultKind::Redirect { location: "https://elsewhere.example/".to_owned() }, Code::RedirectRefused),
        (FaultKind::Huge { bytes: 3_000_000 }, Code::ReplyTooLarge),
        (FaultKind::Hang, Code::TimedOut),
    ] {
        house.emulator.faults().add(Fault::new(Target::Token, kind).times(u32::MAX));
        seen.note(code, house.token(&setup, &tenant).await.unwrap_err());
        house.emulator.faults().clear();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_code_has_a_scenario() {
    let (mut first, mut second, mut third, mut fourth, mut fifth) =
        (Seen(vec![]), Seen(vec![]), Seen(vec![]), Seen(vec![]), Seen(vec![]));
    tokio::join!(
        identity(&mut first),
        exchange(&mut second),
        defender(&mut third),
        input(&mut fourth),
        transport(&mut fifth)
    );
    let numbers =
        |codes: &mut dyn Iterator<Item = Code>| codes.map(|code| code.entry().number).collect::<BTreeSet<_>>();
    let seen = [first, second, third, fourth, fifth];
    let seen = numbers(&mut seen.iter().flat_map(|seen| seen.0.iter().map(|(code, _)| *code)));
    let elsewhere = numbers(&mut ELSEWHERE.iter().map(|(code, _)| *code));
    let all = numbers(&mut Code::ALL.iter().copied());
    let missing: Vec<_> = all.difference(&seen).filter(|number| !elsewhere.contains(number)).collect();
    assert!(missing.is_empty(), "no scenario for {missing:?}");
    assert!(seen.is_disjoint(&elsewhere), "a scenario exists, so it need not be excused");
}

#[tokio::test]
async fn an_identity_endpoint_that_hangs_is_given_up_within_its_budget() {
    let house = House::new().await;
    house.emulator.faults().add(Fault::new(Target::Identity, FaultKind::Hang).times(u32::MAX));
    let started = std::time::Instant::now();
    let report = house.token(&house.selected(Host::AppService), &house.tenant(0)).await.unwrap_err();
    assert_eq!(report.code, Code::IdentityEndpointUnreachable);
    assert!(started.elapsed().as_secs() <= 10, "{:?}", started.elapsed());
}

#[tokio::test]
async fn an_unassigned_identity_differs_from_an_unknown_host() {
    let mut config = Config::default();
    config.identity.user_assigned =
        vec![ManagedIdentity { assigned: false, ..config.identity.user_assigned[0].clone() }];
    let house = House::with(config).await;
    let report = house.token(&house.selected(Host::Imds), &house.tenant(0)).await.unwrap_err();
    assert_eq!(report.code, Code::IdentityNotAssigned);
    house.emulator.add_tenant(Tenant::new(GUID, "Late", 1));
    assert_eq!(house.token(&house.selected(Host::Imds), GUID).await.unwrap_err().code, Code::IdentityNotAssigned);
}
