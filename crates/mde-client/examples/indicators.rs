//! Prints the indicators of some tenants, without PowerShell: what the demo runs where there is no .NET.
#![allow(clippy::print_stdout, reason = "a program that prints")]

use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use clap::Parser;
use mde_client::{Connection, ConnectionSettings, INDICATORS, Indicator, ListQuery, RecordSink, list};
use mde_core::cloud::choose;
use mde_core::http::{HttpTransports, TransportOptions};
use mde_core::observer::Silent;
use mde_core::{ClientId, Environment, Observer, Report, Reportable, SystemClock, TenantId};
use mde_identity::{IdentitySettings, Scope, Selector, SourceChoice, TokenProvider, TokenRequest};

#[derive(Parser)]
struct Arguments {
    /// A tenant; can be given more than once.
    #[arg(long, required = true)]
    tenant_id: Vec<String>,
    /// The application's client id.
    #[arg(long)]
    client_id: String,
    /// The managed identity's client id.
    #[arg(long)]
    managed_identity_client_id: Option<String>,
    /// How many indicators of each tenant to print.
    #[arg(long, default_value_t = 5)]
    show: usize,
}

struct Printer {
    left: usize,
}

#[async_trait]
impl RecordSink<Indicator> for Printer {
    async fn records(&mut self, records: Vec<Indicator>) -> ControlFlow<()> {
        for indicator in records.iter().take(self.left) {
            let title = indicator.title.as_deref().unwrap_or_default();
            println!(
                "  {:<22} {:<18} {:<50} {title}",
                indicator.indicator_type, indicator.action, indicator.indicator_value
            );
        }
        self.left = self.left.saturating_sub(records.len());
        ControlFlow::Continue(())
    }

    async fn failed(&mut self, report: Report) -> ControlFlow<()> {
        println!("  {}: {}", report.code, report.message);
        ControlFlow::Continue(())
    }
}

fn show(report: &Report) -> String {
    format!("{}: {}\n  {}", report.code, report.message, report.remedy())
}

#[tokio::main]
async fn main() -> Result<(), String> {
    let arguments = Arguments::parse();
    let input = |error: mde_core::errors::InputError| show(&error.report());
    let environment = Environment::of_process();
    let (cloud, authority) = choose(None, &environment).map_err(input)?;
    let settings = Arc::new(IdentitySettings {
        exchange_audience: cloud.exchange_audience.to_owned(),
        cloud,
        authority,
        source: SourceChoice::Auto,
        selector: Selector::parse(arguments.managed_identity_client_id.as_deref(), None, None).map_err(input)?,
        environment: environment.clone(),
        service_connection: None,
        assertion: None,
    });
    let transports = HttpTransports::new(TransportOptions::default()).map_err(|error| show(&error.report()))?;
    let transport = Arc::new(transports).for_environment(&environment).map_err(input)?;
    let tokens = Arc::new(TokenProvider::new(Arc::new(SystemClock)));
    let observer: Arc<dyn Observer> = Arc::new(Silent);
    let pacer = Arc::new(mde_client::Pacer::default());
    let (scope, _) = Scope::parse("https://api.securitycenter.microsoft.com/.default").map_err(input)?;
    for tenant in &arguments.tenant_id {
        let token_request = TokenRequest {
            settings: Arc::clone(&settings),
            tenant: TenantId::parse(tenant).map_err(input)?,
            client: ClientId::parse(&arguments.client_id).map_err(input)?,
            scope: scope.clone(),
        };
        let connection = Connection::new(
            ConnectionSettings::of(None, None, &settings).map_err(input)?,
            token_request,
            Arc::clone(&tokens),
            Arc::clone(&transport),
            Arc::clone(&pacer),
            Arc::clone(&observer),
        );
        println!("tenant {tenant}");
        match list(&connection, &INDICATORS, &ListQuery::default(), &mut Printer { left: arguments.show }).await {
            Ok(summary) => println!("  {} indicators in {} page(s)", summary.records, summary.pages),
            Err(failure) => println!("  {}", show(&failure.report)),
        }
    }
    Ok(())
}
