//! Which application permissions each cmdlet needs. One row a cmdlet; the endpoints themselves carry the same lists.

use crate::endpoints::{
    ALERTS, DELETE_INDICATORS, Endpoint, IMPORT_INDICATORS, INDICATORS, MACHINE_VULNERABILITIES, MACHINES,
    RECOMMENDATIONS, SOFTWARE,
};

/// A cmdlet and what it calls.
#[derive(Debug)]
pub struct CmdletNeeds {
    /// The cmdlet.
    pub cmdlet: &'static str,
    /// What it calls; one of the endpoint's roles has to be in the token.
    pub endpoint: &'static Endpoint,
}

impl CmdletNeeds {
    /// Whether one of these roles is enough.
    pub fn are_met_by(&self, roles: &[String]) -> bool {
        roles.iter().any(|role| self.endpoint.roles.contains(&role.as_str()))
    }
}

const fn needs(cmdlet: &'static str, endpoint: &'static Endpoint) -> CmdletNeeds {
    CmdletNeeds { cmdlet, endpoint }
}

/// Every cmdlet that calls an endpoint of the Defender API. The first is the one that everybody starts with.
pub const CMDLET_NEEDS: &[CmdletNeeds] = &[
    needs("Get-MdeIndicator", &INDICATORS),
    needs("Get-MdeDevice", &MACHINES),
    needs("Get-MdeDeviceVulnerability", &MACHINE_VULNERABILITIES),
    needs("Get-MdeSoftware", &SOFTWARE),
    needs("Get-MdeRecommendation", &RECOMMENDATIONS),
    needs("Get-MdeAlert", &ALERTS),
    needs("Import-MdeIndicator", &IMPORT_INDICATORS),
    needs("Remove-MdeIndicator", &DELETE_INDICATORS),
];
