//! Every host that the emulator can be, as it is: detected without a word, asked, its assertion exchanged or refused.
#![allow(clippy::unwrap_used, reason = "a test")]

use mde_core::http::{HttpTransports, TransportOptions};
use mde_core::observer::Silent;
use mde_core::{Code, Secret, SystemClock};
use mde_emulator::Host;
use mde_identity::sources::azure_arc::AzureArc;
use mde_identity::sources::{AssertionSource, SourceContext};
use scenarios::{House, Setup};

fn on(house: &House, host: Host) -> Setup {
    let selected = [Host::AppService, Host::AppServiceLegacy, Host::Automation, Host::Imds, Host::MachineLearning];
    let setup = if selected.contains(&host) { house.selected(host) } else { Setup::on(host) };
    let service_connection = (host == Host::AzurePipelines).then(|| house.emulator.service_connection_id().to_owned());
    Setup { service_connection, ..setup }
}

#[tokio::test]
async fn what_every_host_gives_is_exchanged() {
    for (host, source) in [
        (Host::AppService, "AppService"),
        (Host::AppServiceLegacy, "AppServiceLegacy"),
        (Host::Automation, "AzureAutomation"),
        (Host::Imds, "Imds"),
        (Host::MachineLearning, "AzureMachineLearning"),
        (Host::ServiceFabric, "ServiceFabric"),
        (Host::GitHubActions, "GitHubActions"),
        (Host::AzurePipelines, "AzurePipelines"),
        (Host::Kubernetes, "Kubernetes"),
    ] {
        let house = House::new().await;
        let token = house.token(&on(&house, host), &house.tenant(1)).await;
        assert_eq!(token.map(|token| token.source).map_err(|report| report.code), Ok(source), "{host:?}");
    }
}

#[tokio::test]
async fn a_persons_token_from_cloud_shell_is_refused_with_the_way_out() {
    let house = House::new().await;
    let report = house.token(&Setup::on(Host::CloudShell), &house.tenant(1)).await.unwrap_err();
    assert_eq!((report.code, report.entra_code), (Code::AssertionKindRefused, Some(700_229)));
    assert!(report.remedy().contains("Cloud Shell gives the signed-in person's token"), "{}", report.remedy());
}

#[tokio::test]
async fn the_agent_of_azure_arc_is_believed_and_entra_refuses_its_identity() {
    let house = House::new().await;
    let settings = house.settings(&Setup::on(Host::AzureArc)).unwrap();
    assert_eq!(settings.source.resolve(&settings).unwrap().0.name(), "AzureArc");
    let transports = std::sync::Arc::new(HttpTransports::new(TransportOptions::default()).unwrap());
    let transport = transports.for_environment(&settings.environment).unwrap();
    let context =
        SourceContext { settings: &settings, transport: transport.as_ref(), clock: &SystemClock, observer: &Silent };
    let source = AzureArc { key_directory: Some(house.emulator.arc_key_folder()) };
    let assertion = source.assertion(&context, false).await.unwrap();
    assert_eq!(house.requests("identity"), 2);
    let handed_in = Setup { assertion: Some(Secret::new(assertion.token.expose())), ..Setup::default() };
    let report = house.token(&handed_in, &house.tenant(1)).await.unwrap_err();
    assert_eq!(report.code, Code::FederatedSubjectMismatch);
    assert!(source.limitation().is_some_and(|text| text.contains("system-assigned")));
}

#[tokio::test]
async fn a_key_of_azure_arc_opens_one_request() {
    let house = House::new().await;
    let settings = house.settings(&Setup::on(Host::AzureArc)).unwrap();
    let transports = std::sync::Arc::new(HttpTransports::new(TransportOptions::default()).unwrap());
    let transport = transports.for_environment(&settings.environment).unwrap();
    let context =
        SourceContext { settings: &settings, transport: transport.as_ref(), clock: &SystemClock, observer: &Silent };
    let source = AzureArc { key_directory: Some(house.emulator.arc_key_folder()) };
    source.assertion(&context, false).await.unwrap();
    source.assertion(&context, false).await.unwrap();
    assert_eq!(house.requests("identity"), 4, "every request is challenged anew");
}

#[tokio::test]
async fn a_service_account_token_that_rotates_is_read_again() {
    let house = House::new().await;
    let setup = Setup::on(Host::Kubernetes);
    house.token(&setup, &house.tenant(0)).await.unwrap();
    house.emulator.rotate_service_account_token().unwrap();
    house.token(&setup, &house.tenant(1)).await.unwrap();
    let assertions: std::collections::HashSet<_> = house
        .emulator
        .journal()
        .iter()
        .flat_map(|record| record.form.clone())
        .filter(|(name, _)| name == "client_assertion")
        .collect();
    // The journal keeps no assertion.
    assert_eq!(assertions.len(), 1);
    assert!(assertions.iter().all(|(_, value)| value == "<redacted>"));
}

#[tokio::test]
async fn a_service_connection_that_is_another_ones_is_refused() {
    let house = House::new().await;
    let other = Some("11111111-0000-4000-8000-000000000000".to_owned());
    let setup = Setup { service_connection: other, ..Setup::on(Host::AzurePipelines) };
    let report = house.token(&setup, &house.tenant(1)).await.unwrap_err();
    assert_eq!((report.code, report.http_status), (Code::IdentityEndpointRefused, Some(404)));
}
