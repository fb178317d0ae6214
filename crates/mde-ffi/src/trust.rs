//! The doctor and the consent link across the boundary.

use interoptopus::ffi;
use mde_client::{Finding, Workload, examine_tenant, examine_workload};
use mde_core::{Clock, Report, SystemClock};

use crate::operation::{Batch, Outlet, TenantEnd, for_each_tenant};
use crate::prepared::Prepared;
use crate::requests::ConnectionRequest;
use crate::session::Session;

/// What came of one step of the examination.
#[ffi]
pub struct FindingReply {
    /// The tenant; empty for what is the same for all of them.
    pub tenant_id: String,
    /// The step's name.
    pub step: String,
    /// `Passed`, `Warning`, `Failed` or `Skipped`.
    pub status: String,
    /// What was found.
    pub detail: String,
    /// What to do; empty where there is nothing to do.
    pub remedy: String,
    /// The failure's code; empty where nothing failed.
    pub code: String,
    /// How long it took, in seconds.
    pub duration_seconds: f64,
    /// Ready text for the tools that can set it right.
    pub instructions: Vec<InstructionReply>,
}

/// Ready text for one tool.
#[ffi]
pub struct InstructionReply {
    /// The tool.
    pub tool: String,
    /// What to do or to run there.
    pub text: String,
}

fn reply(tenant: &str, finding: Finding) -> FindingReply {
    let instructions = finding.instructions.into_iter();
    FindingReply {
        tenant_id: tenant.to_owned(),
        step: finding.step.name().to_owned(),
        status: finding.status.name().to_owned(),
        detail: finding.detail,
        remedy: finding.remedy,
        code: finding.code.map(mde_core::Code::id).unwrap_or_default(),
        duration_seconds: finding.duration.as_secs_f64(),
        instructions: instructions
            .map(|instruction| InstructionReply { tool: instruction.tool.to_owned(), text: instruction.text })
            .collect(),
    }
}

/// Examines the workload, then every tenant.
pub(crate) async fn examine(
    session: &'static Session,
    outlet: Outlet,
    request: ConnectionRequest,
) -> Result<(), Report> {
    let prepared = Prepared::new(session, &outlet, request)?;
    let api = prepared.api()?;
    let findings = examine_workload(&Workload {
        settings: &prepared.checked.identity,
        client: &prepared.checked.client,
        tokens: &session.tokens,
        transport: &prepared.transport,
        observer: &prepared.observer,
        now: SystemClock.now(),
    })
    .await;
    let replies = findings.into_iter().map(|finding| reply("", finding)).collect();
    if outlet.batch(Batch::Findings(replies)).await.is_err() {
        return Ok(());
    }
    for_each_tenant(&outlet, &prepared, |tenant, turns| {
        let (outlet, connection) = (outlet.clone(), prepared.connection(&api, tenant.clone()));
        async move {
            let connection = match connection {
                Ok(connection) => connection,
                Err(report) => return outlet.tenant_failed(&report, true).await,
            };
            let Some(_turn) = turns.take().await else { return TenantEnd::Stop };
            let findings = examine_tenant(&connection).await;
            let replies = findings.into_iter().map(|finding| reply(tenant.as_str(), finding)).collect();
            TenantEnd::sent(outlet.batch(Batch::Findings(replies)).await)
        }
    })
    .await;
    Ok(())
}

/// Where a tenant's administrator consents.
#[ffi]
pub struct ConsentLinkReply {
    /// The tenant.
    pub tenant_id: String,
    /// The application's client id.
    pub client_id: String,
    /// The address.
    pub uri: String,
}

/// Makes the links. Nothing is asked of anybody.
pub(crate) async fn consent_links(
    session: &'static Session,
    outlet: Outlet,
    request: ConnectionRequest,
) -> Result<(), Report> {
    let prepared = Prepared::new(session, &outlet, request).and_then(Prepared::with_tenants)?;
    for_each_tenant(&outlet, &prepared, |tenant, _| {
        let (outlet, checked) = (outlet.clone(), &prepared.checked);
        let link = ConsentLinkReply {
            tenant_id: tenant.to_string(),
            client_id: checked.client.to_string(),
            uri: checked.identity.consent_url(&tenant, &checked.client),
        };
        async move { TenantEnd::sent(outlet.batch(Batch::ConsentLinks(vec![link])).await) }
    })
    .await;
    Ok(())
}
