//! Indicators across the boundary.

use std::sync::Arc;

use interoptopus::ffi;
use mde_client::indicators::{IndicatorSearch, SearchSink};
use mde_client::{INDICATORS, Indicator, Timestamp, list};
use mde_core::{Report, TenantId};

use crate::lists::{list_all, sink, with_each_connection};
use crate::operation::{Batch, Outlet};
use crate::prepared::Prepared;
use crate::requests::{IndicatorsRequest, SearchRequest, Service};
use crate::session::Session;
use crate::texts::Texts;

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
    /// The texts that the indicators refer to, the first one by number one. Number zero stands for no text.
    pub texts: Vec<String>,
    /// Some of the tenant's indicators.
    pub indicators: Vec<IndicatorReply>,
}

/// An indicator. Texts are numbers, times are .NET ticks in UTC.
#[ffi]
#[allow(missing_docs, reason = "the fields are Defender's own, described where the client reads them")]
pub struct IndicatorReply {
    pub id: u32,
    pub indicator_value: u32,
    pub indicator_type: u32,
    pub action: u32,
    pub title: u32,
    pub description: u32,
    pub severity: u32,
    pub application: u32,
    pub expiration_time: Option<i64>,
    pub generate_alert: Option<bool>,
    pub recommended_actions: u32,
    pub rbac_group_names: Vec<u32>,
    pub rbac_group_ids: Vec<u32>,
    pub educate_url: u32,
    pub external_id: u32,
    pub category: u32,
    pub mitre_techniques: Vec<u32>,
    pub historical_detection: Option<bool>,
    pub bypass_duration_hours: Option<i64>,
    pub created_by: u32,
    pub created_by_display_name: u32,
    pub created_by_source: u32,
    pub source: u32,
    pub source_type: u32,
    pub last_updated_by: u32,
    pub creation_time: Option<i64>,
    pub last_update_time: Option<i64>,
    pub additional_properties: Vec<ExtraPropertyReply>,
}

fn reply(texts: &mut Texts, indicator: Indicator) -> IndicatorReply {
    let ticks = |time: Option<Timestamp>| time.map(|Timestamp(ticks)| ticks);
    let extra = indicator.additional_properties.into_iter();
    IndicatorReply {
        id: texts.number(Some(indicator.id)),
        indicator_value: texts.number(Some(indicator.indicator_value)),
        indicator_type: texts.number(Some(indicator.indicator_type)),
        action: texts.number(Some(indicator.action)),
        title: texts.number(indicator.title),
        description: texts.number(indicator.description),
        severity: texts.number(indicator.severity),
        application: texts.number(indicator.application),
        expiration_time: ticks(indicator.expiration_time),
        generate_alert: indicator.generate_alert,
        recommended_actions: texts.number(indicator.recommended_actions),
        rbac_group_names: texts.numbers(indicator.rbac_group_names),
        rbac_group_ids: texts.numbers(indicator.rbac_group_ids),
        educate_url: texts.number(indicator.educate_url),
        external_id: texts.number(indicator.external_id),
        category: texts.number(indicator.category),
        mitre_techniques: texts.numbers(indicator.mitre_techniques),
        historical_detection: indicator.historical_detection,
        bypass_duration_hours: indicator.bypass_duration_hours,
        created_by: texts.number(indicator.created_by),
        created_by_display_name: texts.number(indicator.created_by_display_name),
        created_by_source: texts.number(indicator.created_by_source),
        source: texts.number(indicator.source),
        source_type: texts.number(indicator.source_type),
        last_updated_by: texts.number(indicator.last_updated_by),
        creation_time: ticks(indicator.creation_time),
        last_update_time: ticks(indicator.last_update_time),
        additional_properties: extra.map(|extra| ExtraPropertyReply { name: extra.name, json: extra.json }).collect(),
    }
}

fn batch(tenant: &TenantId, indicators: Vec<Indicator>) -> Batch {
    let mut texts = Texts::default();
    let indicators = indicators.into_iter().map(|indicator| reply(&mut texts, indicator)).collect();
    Batch::Indicators(IndicatorsReply { tenant_id: tenant.to_string(), texts: texts.into_texts(), indicators })
}

fn search(request: SearchRequest) -> IndicatorSearch {
    IndicatorSearch {
        ids: request.ids,
        values: request.values,
        types: request.types,
        actions: request.actions,
        severities: request.severities,
        titles: request.titles,
        created_by: request.created_by,
        external_ids: request.external_ids,
        expires_before: request.expires_before.map(Timestamp),
        expires_after: request.expires_after.map(Timestamp),
        never_expires: request.never_expires,
        has_duplicate: request.has_duplicate,
    }
}

/// Lists the indicators of every tenant as they come.
pub(crate) async fn list_indicators(
    session: &'static Session,
    outlet: Outlet,
    request: IndicatorsRequest,
) -> Result<(), Report> {
    let IndicatorsRequest { connection, filter, skip, first, search: wanted } = request;
    let search = search(wanted);
    let query = search.query(filter.as_deref(), skip, first);
    if !search.is_local() {
        return list_all(session, &outlet, connection, &INDICATORS, query, batch).await;
    }
    let (api, prepared) = Prepared::for_calls(session, &outlet, connection, Service::Defender)?;
    let shared = Arc::new((search, query));
    with_each_connection(&outlet, &prepared, &api, move |connection, outlet, tenant| {
        let shared = Arc::clone(&shared);
        async move {
            let (search, query) = &*shared;
            let mut sink = sink(&outlet, &tenant, batch);
            let mut searched = SearchSink::new(search, skip, first, &mut sink);
            let ended = list(&connection, &INDICATORS, query, &mut searched).await;
            searched.finish().await;
            ended
        }
    })
    .await;
    Ok(())
}
