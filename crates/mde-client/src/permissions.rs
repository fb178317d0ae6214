//! Which application permissions each cmdlet needs. One row a cmdlet; the endpoints themselves carry the same lists.

use crate::endpoints::{Endpoint, INDICATORS};

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

/// Every cmdlet that calls the Defender API.
pub const CMDLET_NEEDS: &[CmdletNeeds] = &[CmdletNeeds { cmdlet: "Get-MdeIndicator", endpoint: &INDICATORS }];
