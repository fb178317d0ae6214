//! All indicators that a tenant has now.

use std::ops::ControlFlow;

use async_trait::async_trait;
use mde_core::Report;

use crate::connection::Connection;
use crate::endpoints::INDICATORS;
use crate::indicators::Indicator;
use crate::listing::{ListFailure, ListQuery, RecordSink, list};

#[derive(Default)]
struct Inventory {
    indicators: Vec<Indicator>,
    unread: Option<Report>,
}

#[async_trait]
impl RecordSink<Indicator> for Inventory {
    async fn records(&mut self, records: Vec<Indicator>) -> ControlFlow<()> {
        self.indicators.extend(records);
        ControlFlow::Continue(())
    }

    async fn failed(&mut self, report: Report) -> ControlFlow<()> {
        self.unread = Some(report);
        ControlFlow::Break(())
    }
}

/// The tenant's indicators, all of them: what is decided by this list must not be decided by a part of it.
///
/// # Errors
/// [`ListFailure`] when the list can't be had to its end, or one record of it can't be read.
pub async fn inventory(connection: &Connection) -> Result<Vec<Indicator>, ListFailure> {
    let mut inventory = Inventory::default();
    list(connection, &INDICATORS, &ListQuery::default(), &mut inventory).await?;
    match inventory.unread {
        Some(report) => Err(ListFailure { report, concerns_all_tenants: false }),
        None => Ok(inventory.indicators),
    }
}
