//! What goes wrong on the way and is mended, or is told without losing what was received.

use std::time::{Duration, Instant};

use mde_client::ListQuery;
use mde_core::Code;
use mde_emulator::{Fault, FaultKind, Host, NextLink, RetryAfter, Target, ThrottleForm};
use scenarios::{House, Setup, Stub};

#[tokio::test]
async fn transient_failures_are_mended_everywhere() {
    for target in [Target::Identity, Target::Token, Target::Indicators] {
        let house = House::new().await;
        let unavailable = FaultKind::Status { status: 503, retry_after: Some(RetryAfter::Seconds(0)) };
        house.emulator.faults().add(Fault::new(target, unavailable));
        house.emulator.faults().add(Fault::new(target, FaultKind::Reset));
        let listed = house.indicators(&house.selected(Host::AppService), &house.tenant(1), &ListQuery::default()).await;
        assert_eq!((listed.records.len(), listed.end), (40, None), "{target:?}");
    }
}

#[tokio::test]
async fn throttling_is_obeyed_in_every_form() {
    let forms = [
        FaultKind::Status { status: 429, retry_after: Some(RetryAfter::Seconds(1)) },
        FaultKind::Throttled { form: ThrottleForm::Observed, seconds: 1, header: false },
        FaultKind::Throttled { form: ThrottleForm::Documented, seconds: 1, header: true },
    ];
    for form in forms {
        let house = House::new().await;
        house.emulator.faults().add(Fault::new(Target::Indicators, form.clone()));
        let started = Instant::now();
        let listed = house.indicators(&house.selected(Host::AppService), &house.tenant(1), &ListQuery::default()).await;
        assert_eq!((listed.records.len(), listed.end), (40, None), "{form:?}");
        assert!((1.0..2.5).contains(&started.elapsed().as_secs_f64()), "{form:?} {:?}", started.elapsed());
        assert!(house.ears.heard().iter().any(|line| line.contains("try 2 follows in 1.0 s")), "{form:?}");
    }
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_told_at_once() {
    let house = House::new().await;
    let hourly = FaultKind::Status { status: 429, retry_after: Some(RetryAfter::Seconds(1800)) };
    house.emulator.faults().add(Fault::new(Target::Indicators, hourly));
    let started = Instant::now();
    let listed = house.indicators(&house.selected(Host::AppService), &house.tenant(1), &ListQuery::default()).await;
    let report = listed.end.unwrap();
    assert_eq!((report.code, report.retry_after), (Code::DefenderThrottled, Some(Duration::from_mins(30))));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_page_that_broke_off_is_completed_without_a_record_twice() {
    let house = House::new().await;
    house.emulator.faults().add(Fault::new(Target::Indicators, FaultKind::Truncate));
    let listed = house.indicators(&house.selected(Host::AppService), &house.tenant(0), &ListQuery::default()).await;
    assert_eq!((listed.records.len(), listed.end), (12_500, None));
}

#[tokio::test]
async fn what_was_received_before_a_lasting_failure_is_kept() {
    let house = House::new().await;
    house.emulator.faults().add(Fault::new(Target::Indicators, FaultKind::Truncate).times(u32::MAX));
    let listed = house.indicators(&house.selected(Host::AppService), &house.tenant(1), &ListQuery::default()).await;
    let report = listed.end.unwrap();
    assert_eq!(report.code, Code::DefenderReplyTruncated);
    assert!(!listed.records.is_empty() && listed.records.len() < 40);
    assert!(report.remedy().contains(&format!("-Skip {}", listed.records.len())), "{}", report.remedy());
}

#[tokio::test]
async fn the_second_page_may_fail_without_the_first_being_lost() {
    let house = House::new().await;
    house.emulator.faults().add(Fault::new(Target::Indicators, FaultKind::Html).skip(1).times(9));
    let listed = house.indicators(&house.selected(Host::AppService), &house.tenant(0), &ListQuery::default()).await;
    assert_eq!((listed.records.len(), listed.end.unwrap().code), (10_000, Code::DefenderReplyInvalid));
}

#[tokio::test]
async fn no_link_leads_astray_and_none_is_needed() {
    for next_link in [NextLink::Normal, NextLink::Loop, NextLink::ForeignHost, NextLink::Malformed] {
        let (house, tenant) = House::of_one(95, |tenant| {
            tenant.page_size = 10;
            tenant.next_link = next_link;
        })
        .await;
        let listed = house.indicators(&house.selected(Host::AppService), &tenant, &ListQuery::default()).await;
        assert_eq!((listed.records.len(), listed.end), (95, None), "{next_link:?}");
        assert_eq!(house.requests("identity"), 1, "the bearer went elsewhere: {next_link:?}");
    }
}

#[tokio::test]
async fn a_full_page_without_a_link_is_followed_by_counting() {
    let (house, tenant) = House::of_one(20_000, |tenant| tenant.next_link = NextLink::Never).await;
    let listed = house.indicators(&house.selected(Host::AppService), &tenant, &ListQuery::default()).await;
    assert_eq!((listed.records.len(), listed.summary.pages, listed.end), (20_000, 3, None));
}

#[tokio::test]
async fn one_unreadable_record_is_named_and_the_others_come() {
    let body = r#"{"value":[{"id":"1","action":"Audit"},{"id":{},"action":3},{"id":"2"},{"id":"3","x":nul}]}"#;
    let stub = Stub::answering(200, "application/json", body).await;
    let house = House::new().await;
    let setup = house.selected(Host::AppService).variable("MDEFIC_API_BASE_URL", &stub.url);
    let listed = house.indicators(&setup, &house.tenant(0), &ListQuery::default()).await;
    assert_eq!(listed.end, None);
    assert_eq!(listed.records.iter().map(|record| record.id.as_str()).collect::<Vec<_>>(), ["1", "", "2"]);
    assert_eq!(listed.failed.iter().map(|report| report.code).collect::<Vec<_>>(), [Code::DefenderReplyInvalid]);
}

#[tokio::test]
async fn a_stale_assertion_is_renewed_once() {
    let house = House::new().await;
    house.emulator.faults().add(Fault::new(Target::Token, FaultKind::EntraError { code: 700_024 }));
    house.token(&house.selected(Host::AppService), &house.tenant(0)).await.unwrap();
    assert_eq!((house.requests("identity"), house.requests("authority")), (2, 2));
}

#[tokio::test]
async fn an_expired_assertion_from_the_host_is_asked_for_again() {
    let house = House::new().await;
    house.emulator.faults().add(Fault::new(Target::Identity, FaultKind::Expired));
    house.token(&house.selected(Host::AppService), &house.tenant(0)).await.unwrap();
    assert_eq!(house.requests("identity"), 2);
}

#[tokio::test]
async fn a_failed_refresh_keeps_the_valid_token() {
    let house = House::new().await;
    let (setup, tenant) = (house.selected(Host::AppService), house.tenant(0));
    let first = house.token(&setup, &tenant).await.unwrap();
    house.emulator.faults().add(Fault::new(Target::Token, FaultKind::EntraError { code: 50_196 }).times(u32::MAX));
    house.clock.advance(3_400);
    for _ in 0..3 {
        let served = house.token(&setup, &tenant).await.unwrap();
        assert_eq!(served.token.expose(), first.token.expose());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(house.requests("authority"), 2);
}

#[tokio::test]
async fn tokens_never_cross_tenants_clients_or_identities() {
    // The peers' defect: a second tenant reuses the first one's credential.
    let house = House::new().await;
    let setup = house.selected(Host::AppService);
    let one = house.token(&setup, &house.tenant(0)).await.unwrap();
    let two = house.token(&setup, &house.tenant(1)).await.unwrap();
    assert_ne!(one.claims.tid, two.claims.tid);
    let other = Setup { client: Some("00000000-0000-4000-8000-00000000dead".to_owned()), ..setup.clone() };
    assert_eq!(house.token(&other, &house.tenant(0)).await.unwrap_err().code, Code::ApplicationNotFound);
    let system = house.token(&Setup::on(Host::AppService), &house.tenant(0)).await.unwrap_err();
    assert_eq!(system.code, Code::FederatedSubjectMismatch);
    assert!(system.remedy().contains("no id, so the host chose"), "{}", system.remedy());
}

#[tokio::test]
async fn automation_gets_metadata_and_is_never_asked_beyond_its_own_endpoint() {
    let house = House::new().await;
    house.token(&house.selected(Host::Automation), &house.tenant(0)).await.unwrap();
    let journal = house.emulator.journal();
    let identity = journal.iter().find(|record| record.listener == "identity").unwrap();
    assert_eq!(identity.header("metadata").map(str::to_ascii_lowercase).as_deref(), Some("true"));
    let without = house.selected(Host::Automation).variable("IDENTITY_ENDPOINT", "").variable("IDENTITY_HEADER", "");
    let started = Instant::now();
    let report = house.token(&without, &house.tenant(1)).await.unwrap_err();
    assert_eq!(report.code, Code::NoIdentitySource);
    assert!(started.elapsed() < Duration::from_millis(500));
}

#[tokio::test]
async fn a_redirect_takes_no_token_along() {
    let elsewhere = Stub::answering(200, "application/json", "{}").await;
    for target in [Target::Identity, Target::Token, Target::Indicators] {
        let house = House::new().await;
        house
            .emulator
            .faults()
            .add(Fault::new(target, FaultKind::Redirect { location: elsewhere.url.clone() }).times(9));
        let listed = house.indicators(&house.selected(Host::AppService), &house.tenant(1), &ListQuery::default()).await;
        assert_eq!(listed.end.unwrap().code, Code::RedirectRefused, "{target:?}");
    }
}

#[tokio::test]
async fn tls_is_real_and_an_untrusted_certificate_is_refused() {
    let house = House::new().await;
    let trusted = Setup { tls: true, ..house.selected(Host::AppService) };
    let listed = house.indicators(&trusted, &house.tenant(1), &ListQuery::default()).await;
    assert_eq!((listed.records.len(), listed.end), (40, None));
    let stranger = Setup { trusts_emulator: false, ..trusted };
    let exchanges = house.requests("authority");
    let report = house.token(&stranger, &house.tenant(2)).await.unwrap_err();
    assert_eq!(report.code, Code::CertificateUntrusted);
    assert_eq!(house.requests("authority"), exchanges, "a request was sent in spite of the certificate");
}

#[tokio::test]
async fn a_server_that_echoes_a_token_does_not_bring_it_into_an_error() {
    let house = House::new().await;
    let setup = house.selected(Host::AppService);
    let token = house.token(&setup, &house.tenant(0)).await.unwrap();
    let echo = format!(r#"{{"error":{{"code":"BadRequest","message":"Bearer {} is odd"}}}}"#, token.token.expose());
    let stub = Stub::answering(400, "application/json", echo).await;
    let setup = setup.variable("MDEFIC_API_BASE_URL", &stub.url);
    let report = house.indicators(&setup, &house.tenant(0), &ListQuery::default()).await.end.unwrap();
    assert!(report.message.ends_with("Bearer <redacted> is odd"), "{}", report.message);
}

#[tokio::test]
async fn a_claims_challenge_leads_to_one_exchange_with_those_claims_and_a_replay() {
    let (house, tenant) = House::of_one(30, |_| {}).await;
    let setup = house.selected(Host::AppService);
    house.emulator.faults().add(Fault::new(Target::Indicators, FaultKind::ClaimsChallenge));
    let listed = house.indicators(&setup, &tenant, &ListQuery::default()).await;
    assert_eq!((listed.records.len(), listed.end), (30, None));
    let claims_of = |index: usize| {
        let journal = house.emulator.journal();
        let exchange = journal.iter().filter(|entry| entry.listener.starts_with("authority")).nth(index).cloned()?;
        exchange.form.iter().find(|(name, _)| name == "claims").map(|(_, value)| value.clone())
    };
    assert_eq!(claims_of(0), None);
    // From learn.microsoft.com/entra/identity-platform/claims-challenge
    let demanded = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;
    assert_eq!(claims_of(1).as_deref(), Some(demanded));
    assert_eq!((house.requests("authority"), house.requests("identity"), house.requests("defender")), (2, 1, 2));
    // The token with the claims is the one that is kept.
    house.indicators(&setup, &tenant, &ListQuery::default()).await;
    assert_eq!((house.requests("authority"), house.requests("defender")), (2, 3));
}

#[tokio::test]
async fn a_challenge_that_is_never_content_ends_after_one_exchange() {
    let house = House::new().await;
    let stub = Stub::challenging(r#"Bearer error="insufficient_claims", claims="eyJhIjp7fX0=""#).await;
    let setup = house.selected(Host::AppService).variable("MDEFIC_API_BASE_URL", &stub.url);
    let listed = house.indicators(&setup, &house.tenant(1), &ListQuery::default()).await;
    assert_eq!(listed.end.map(|report| report.code), Some(Code::DefenderUnauthorized));
    assert_eq!((house.requests("authority"), stub.requests().len()), (2, 2));
}

#[tokio::test]
async fn a_clock_that_is_wrong_by_minutes_stops_nothing() {
    for seconds in [-600, 600] {
        let house = House::new().await;
        house.clock.advance(seconds);
        let listed = house.indicators(&house.selected(Host::Imds), &house.tenant(1), &ListQuery::default()).await;
        assert_eq!((listed.records.len(), listed.end), (40, None), "{seconds} s");
    }
}
