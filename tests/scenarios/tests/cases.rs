//! Every case of every assertion source. `cases/README.md` says how to add one.
#![allow(clippy::unwrap_used, reason = "a test")]

use futures_util::StreamExt;
use mde_identity::sources::SOURCES;
use scenarios::all_cases;

/// Cases wait for each other's retries no more than they have to.
const AT_ONCE: usize = 24;

#[tokio::test(flavor = "multi_thread")]
async fn every_case_ends_as_it_expects() {
    let cases = all_cases();
    let outcomes = futures_util::stream::iter(&cases).map(scenarios::Case::run).buffer_unordered(AT_ONCE);
    let failures: Vec<_> = outcomes.filter_map(async |outcome| outcome.err()).collect().await;
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn every_source_has_cases_and_every_case_a_source() {
    let cases = all_cases();
    for source in SOURCES {
        let prefix = format!("{}/", source.name());
        let count = cases.iter().filter(|case| case.name.starts_with(&prefix)).count();
        assert!(count >= 3, "{} has {count} cases", source.name());
    }
    let is_known = |name: &str| SOURCES.iter().any(|source| source.name() == name);
    for case in &cases {
        assert!(is_known(case.name.split('/').next().unwrap()), "{} belongs to no source", case.name);
    }
}
