//! The main job: a workload's identity becomes a token in a foreign tenant, and its indicators come out.

use mde_client::ListQuery;
use mde_core::Code;
use mde_emulator::{
    CANARY_BASE64, Compression, Config, DefenderSettings, ExpiresOnForm, Fault, FaultKind, Host, Target,
};
use mde_identity::Selector;
use scenarios::{House, SCOPE, Setup};

#[tokio::test]
async fn every_host_gives_a_token_of_the_tenant() {
    let house = House::new().await;
    for host in [Host::AppService, Host::AppServiceLegacy, Host::Automation, Host::Imds] {
        let token = house.token(&house.selected(host), &house.tenant(0)).await.unwrap();
        assert_eq!(token.claims.tid.as_deref(), Some(house.tenant(0).as_str()));
        assert_eq!(token.claims.roles.first().map(String::as_str), Some("Ti.ReadWrite.All"));
        assert!(token.token.expose().contains(CANARY_BASE64));
    }
}

#[tokio::test]
async fn every_kind_of_id_selects_the_identity() {
    let house = House::new().await;
    let identity = house.emulator.config().identity.user_assigned[0].clone();
    let selectors = [
        Selector::ClientId(identity.client_id),
        Selector::ObjectId(identity.object_id),
        Selector::ResourceId(identity.resource_id),
    ];
    for host in [Host::AppService, Host::Imds] {
        for selector in selectors.clone() {
            let setup = Setup { selector, ..Setup::on(host) };
            house.token(&setup, &house.tenant(1)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn the_exchange_is_sent_as_entra_wants_it() {
    let house = House::new().await;
    house.token(&house.selected(Host::AppService), &house.tenant(0)).await.unwrap();
    let journal = house.emulator.journal();
    let exchange = journal.iter().find(|record| record.listener.starts_with("authority")).unwrap();
    assert_eq!(exchange.content_type.as_deref(), Some("application/x-www-form-urlencoded"));
    assert_eq!(exchange.path, format!("/{}/oauth2/v2.0/token", house.tenant(0)));
    // The wrong text here is what AADSTS90023 answers.
    let expected = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    assert_eq!(exchange.form("client_assertion_type"), Some(expected));
    assert_eq!(exchange.form("grant_type"), Some("client_credentials"));
    assert_eq!(exchange.form("scope"), Some(SCOPE));
    let mut names: Vec<_> = exchange.form.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["client_assertion", "client_assertion_type", "client_id", "grant_type", "scope"]);
}

#[tokio::test]
async fn one_assertion_serves_all_tenants() {
    let house = House::new().await;
    let setup = house.selected(Host::AppService);
    for tenant in 0..3 {
        house.token(&setup, &house.tenant(tenant)).await.unwrap();
        house.token(&setup, &house.tenant(tenant)).await.unwrap();
    }
    assert_eq!((house.requests("identity"), house.requests("authority")), (1, 3));
}

#[tokio::test]
async fn a_hundred_callers_wait_for_one_exchange() {
    let house = House::with(Config { latency_milliseconds: 50, ..Config::default() }).await;
    let (setup, tenant) = (house.selected(Host::AppService), house.tenant(0));
    let all = futures_util::future::join_all((0..100).map(|_| house.token(&setup, &tenant))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!((house.requests("identity"), house.requests("authority")), (1, 1));
}

#[tokio::test]
async fn a_rotated_header_is_used_at_once() {
    let house = House::new().await;
    let setup = house.selected(Host::AppService);
    house.token(&setup, &house.tenant(0)).await.unwrap();
    house.emulator.rotate_identity_header();
    // Entra wants a new assertion; with the old header the endpoint would answer 401.
    house.emulator.faults().add(Fault::new(Target::Token, FaultKind::EntraError { code: 700_024 }));
    house.token(&setup, &house.tenant(1)).await.unwrap();
    assert_eq!(house.requests("identity"), 2);
}

#[tokio::test]
async fn every_form_of_expiry_gives_a_token() {
    use ExpiresOnForm::{Absent, EpochNumber, EpochString, HybridWorker, Linux, RelativeSeconds, RoundTrip, Windows};
    for form in [Absent, EpochNumber, EpochString, HybridWorker, Linux, RelativeSeconds, RoundTrip, Windows] {
        let mut config = Config::default();
        config.identity.expires_on = Some(form);
        let house = House::with(config).await;
        house.token(&house.selected(Host::AppServiceLegacy), &house.tenant(0)).await.unwrap();
        house.token(&house.selected(Host::AppServiceLegacy), &house.tenant(1)).await.unwrap();
        // Every form is understood: the assertion is served from memory. The token's own exp stands in for a missing one.
        assert_eq!(house.requests("identity"), 1, "{form:?}");
    }
}

#[tokio::test]
async fn every_indicator_of_every_tenant_comes_once_over_all_pages() {
    let house = House::new().await;
    let setup = house.selected(Host::Automation);
    for (index, (count, pages)) in [(12_500, 2), (40, 1), (0, 1)].into_iter().enumerate() {
        let listed = house.indicators(&setup, &house.tenant(index), &ListQuery::default()).await;
        assert_eq!(listed.end, None);
        assert_eq!((listed.records.len(), listed.summary.records, listed.summary.pages), (count, count as u64, pages));
        let mut ids: Vec<_> = listed.records.iter().map(|indicator| indicator.id.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}

#[tokio::test]
async fn compressed_pages_are_read() {
    for compression in [Compression::Gzip, Compression::Deflate] {
        let defender = DefenderSettings { compression, ..DefenderSettings::default() };
        let house = House::with(Config { defender, ..Config::default() }).await;
        let listed = house.indicators(&house.selected(Host::AppService), &house.tenant(1), &ListQuery::default()).await;
        assert_eq!((listed.records.len(), listed.end), (40, None), "{compression:?}");
    }
}

#[tokio::test]
async fn first_and_skip_and_filter_ask_for_no_more_than_they_need() {
    let house = House::new().await;
    let (setup, tenant) = (house.selected(Host::AppService), house.tenant(0));
    let query = |first, skip, filter: Option<&str>| ListQuery {
        first,
        skip,
        filter: filter.map(str::to_owned),
        ..ListQuery::default()
    };
    let ten = house.indicators(&setup, &tenant, &query(Some(10), 0, None)).await;
    assert_eq!(ten.records.len(), 10);
    let next = house.indicators(&setup, &tenant, &query(Some(5), 7, None)).await;
    assert_eq!(next.records[..3], ten.records[7..]);
    let all_but = house.indicators(&setup, &tenant, &query(None, 12_490, None)).await;
    assert_eq!(all_but.records.len(), 10);
    let most = house.indicators(&setup, &tenant, &query(Some(11_000), 0, None)).await;
    assert_eq!(most.records.len(), 11_000);
    let none = house.indicators(&setup, &tenant, &query(Some(0), 0, None)).await;
    assert_eq!((none.records.len(), none.summary.pages), (0, 0));
    let urls = house.indicators(&setup, &house.tenant(1), &query(None, 0, Some("indicatorType eq 'Url'"))).await;
    assert!(!urls.records.is_empty() && urls.records.iter().all(|indicator| indicator.indicator_type == "Url"));
    let lists: Vec<_> = house.emulator.journal().into_iter().filter(|r| r.listener.starts_with("defender")).collect();
    assert_eq!(lists[0].query("$top"), Some("10"));
    assert!(lists[0].bytes < 40_000, "{}", lists[0].bytes);
}

#[tokio::test]
async fn a_reader_that_has_enough_stops_the_download() {
    let house = House::new().await;
    let mut listed = scenarios::Listed { room: 10, ..Default::default() };
    house.list_into(&house.selected(Host::AppService), &house.tenant(0), &ListQuery::default(), &mut listed).await;
    assert!(listed.end.is_none() && (10..2_000).contains(&listed.records.len()), "{}", listed.records.len());
    assert_eq!(house.requests("defender"), 1);
}

#[tokio::test]
async fn an_expired_token_in_the_middle_of_a_list_is_exchanged_once() {
    let house = House::new().await;
    house.emulator.faults().add(Fault::new(Target::Indicators, FaultKind::Expired).skip(1));
    let listed = house.indicators(&house.selected(Host::AppService), &house.tenant(0), &ListQuery::default()).await;
    assert_eq!((listed.records.len(), listed.end), (12_500, None));
    assert_eq!((house.requests("authority"), house.requests("defender")), (2, 3));
}

#[tokio::test]
async fn a_token_without_roles_is_noticed_before_the_first_call() {
    let (house, tenant) = House::of_one(5, |tenant| tenant.roles.clear()).await;
    let listed = house.indicators(&house.selected(Host::AppService), &tenant, &ListQuery::default()).await;
    let report = listed.end.unwrap();
    assert_eq!(report.code, Code::RolesMissing);
    assert!(report.remedy().contains(&format!("/{tenant}/adminconsent?client_id=")), "{}", report.remedy());
    assert_eq!(house.requests("defender"), 0);
}

#[tokio::test]
async fn tenants_may_be_named_by_their_domain() {
    let (house, _) = House::of_one(3, |tenant| tenant.domains = vec!["only.onmicrosoft.com".to_owned()]).await;
    let setup = house.selected(Host::AppService);
    let listed = house.indicators(&setup, "Only.onmicrosoft.com", &ListQuery::default()).await;
    assert_eq!((listed.records.len(), listed.end), (3, None));
}
