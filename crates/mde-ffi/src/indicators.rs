//! Indicators across the boundary.

use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use interoptopus::ffi;
use mde_client::{Connection, ConnectionSettings, INDICATORS, Indicator, ListQuery, RecordSink, Timestamp, list};
use mde_core::{Observer, Report, Reportable, TenantId};
use mde_identity::TokenRequest;

use crate::operation::{Batch, Outlet, TenantEnd, for_each_tenant};
use crate::requests::IndicatorsRequest;
use crate::session::Session;
use crate::tokens::{ended, prepare};

/// A property that this version does not know.
#[ffi]
pub struct ExtraPropertyReply {
    /// Its name.
    pub name: String,
    /// Its value as JSON text.
    pub json: String,
}

/// Indicators of one tenant.
#[ffi]
pub struct IndicatorsReply {
    /// The tenant as it was asked for; empty when there was nothing to take.
    pub tenant_id: String,
    /// Some of its indicators.
    pub indicators: Vec<IndicatorReply>,
}

/// An indicator; times are .NET ticks in UTC.
#[ffi]
#[allow(missing_docs, reason = "the fields are Defender's own, described where the client reads them")]
pub struct IndicatorReply {
    pub id: String,
    pub indicator_value: String,
    pub indicator_type: String,
    pub action: String,
    pub title: Option<String>,
    pub description: Option<String>,
    pub severity: Option<String>,
    pub application: Option<String>,
    pub expiration_time: Option<i64>,
    pub generate_alert: Option<bool>,
    pub recommended_actions: Option<String>,
    pub rbac_group_names: Vec<String>,
    pub rbac_group_ids: Vec<String>,
    pub educate_url: Option<String>,
    pub external_id: Option<String>,
    pub category: Option<String>,
    pub mitre_techniques: Vec<String>,
    pub historical_detection: Option<bool>,
    pub bypass_duration_hours: Option<i64>,
    pub created_by: Option<String>,
    pub created_by_display_name: Option<String>,
    pub created_by_source: Option<String>,
    pub source: Option<String>,
    pub source_type: Option<String>,
    pub last_updated_by: Option<String>,
    pub creation_time: Option<i64>,
    pub last_update_time: Option<i64>,
    pub additional_properties: Vec<ExtraPropertyReply>,
}

fn reply(indicator: Indicator) -> IndicatorReply {
    let ticks = |time: Option<Timestamp>| time.map(|Timestamp(ticks)| ticks);
    let extra = indicator.additional_properties.into_iter();
    IndicatorReply {
        id: indicator.id,
        indicator_value: indicator.indicator_value,
        indicator_type: indicator.indicator_type,
        action: indicator.action,
        title: indicator.title,
        description: indicator.description,
        severity: indicator.severity,
        application: indicator.application,
        expiration_time: ticks(indicator.expiration_time),
        generate_alert: indicator.generate_alert,
        recommended_actions: indicator.recommended_actions,
        rbac_group_names: indicator.rbac_group_names,
        rbac_group_ids: indicator.rbac_group_ids,
        educate_url: indicator.educate_url,
        external_id: indicator.external_id,
        category: indicator.category,
        mitre_techniques: indicator.mitre_techniques,
        historical_detection: indicator.historical_detection,
        bypass_duration_hours: indicator.bypass_duration_hours,
        created_by: indicator.created_by,
        created_by_display_name: indicator.created_by_display_name,
        created_by_source: indicator.created_by_source,
        source: indicator.source,
        source_type: indicator.source_type,
        last_updated_by: indicator.last_updated_by,
        creation_time: ticks(indicator.creation_time),
        last_update_time: ticks(indicator.last_update_time),
        additional_properties: extra.map(|extra| ExtraPropertyReply { name: extra.name, json: extra.json }).collect(),
    }
}

struct Sink<'a> {
    outlet: &'a Outlet,
    tenant: &'a TenantId,
}

#[async_trait]
impl RecordSink<Indicator> for Sink<'_> {
    async fn records(&mut self, records: Vec<Indicator>) -> ControlFlow<()> {
        let indicators = records.into_iter().map(reply).collect();
        let reply = IndicatorsReply { tenant_id: self.tenant.to_string(), indicators };
        match self.outlet.batch(Batch::Indicators(reply)).await {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    async fn failed(&mut self, report: Report) -> ControlFlow<()> {
        match self.outlet.failed(&report, false).await {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}

/// Lists the indicators of every tenant as they come.
pub(crate) async fn list_indicators(session: &'static Session, outlet: Outlet, request: IndicatorsRequest) {
    let prepared = prepare(session, &request.connection).and_then(|(checked, transport)| {
        let identity = &checked.identity;
        let base = request.connection.api_base_url.as_deref();
        let settings = ConnectionSettings::of(base, &identity.environment, identity).map_err(|error| error.report())?;
        Ok((checked, transport, settings))
    });
    let (checked, transport, settings) = match prepared {
        Ok(prepared) => prepared,
        Err(report) => return drop(outlet.failed(&report, true).await),
    };
    if let Some(warning) = &checked.warning {
        outlet.warning(warning.clone());
    }
    let observer: Arc<dyn Observer> = Arc::new(outlet.clone());
    let query = ListQuery { filter: request.filter, skip: request.skip, first: request.first };
    let connection = request.connection;
    for_each_tenant(&outlet, connection.tenant_ids, connection.throttle_limit, |tenant| {
        let connection = Connection {
            settings: settings.clone(),
            token_request: TokenRequest {
                settings: Arc::clone(&checked.identity),
                tenant: tenant.clone(),
                client: checked.client.clone(),
                scope: checked.scope.clone(),
            },
            tokens: Arc::clone(&session.tokens),
            transport: Arc::clone(&transport),
            observer: Arc::clone(&observer),
        };
        let (outlet, query) = (&outlet, &query);
        async move {
            match list(&connection, &INDICATORS, query, &mut Sink { outlet, tenant: &tenant }).await {
                Ok(_) => TenantEnd::Done,
                Err(failure) => {
                    let is_final = failure.concerns_all_tenants;
                    let sent = outlet.failed(&failure.report, is_final).await;
                    ended(sent, if is_final { TenantEnd::Stop } else { TenantEnd::Failed })
                }
            }
        }
    })
    .await;
}
