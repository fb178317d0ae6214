//! The clouds: where tokens are issued, what an assertion's audience is, where Defender answers. One row a cloud.
//!
//! Sources: learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
//! (audiences), Microsoft Authentication Library `KnownMetadataProvider` (authority hosts),
//! learn.microsoft.com/defender-endpoint/api/exposed-apis-list and learn.microsoft.com/defender-endpoint/gov (hosts),
//! learn.microsoft.com/graph/deployments (Microsoft Graph) and the clouds that
//! learn.microsoft.com/graph/api/security-security-runhuntingquery names.

use url::{Host, Url};

use crate::Environment;
use crate::errors::InputError;
use crate::ids::shown;

/// One national cloud.
#[derive(Debug, PartialEq, Eq)]
pub struct Cloud {
    /// Its name as a person types it.
    pub name: &'static str,
    /// Where tokens are issued; the first is the preferred host, the others are aliases.
    pub authority_hosts: &'static [&'static str],
    /// The audience that an assertion needs to be exchanged here.
    pub exchange_audience: &'static str,
    /// The base URL of the Defender API, where Microsoft documents one.
    pub api_base_url: Option<&'static str>,
    /// The scope of a token for the Defender API.
    pub scope: Option<&'static str>,
    /// Further hosts of the same API that take the same token.
    pub api_hosts: &'static [&'static str],
    /// The base URL of Microsoft Graph where it hunts, which is also the resource of its tokens.
    pub graph_base_url: Option<&'static str>,
    /// The regions whose data can be asked for at a host of their own; tokens are for [`Self::scope`] there as well.
    pub regions: &'static [&'static str],
}

impl Cloud {
    /// The cloud of this name; upper and lower case are the same.
    ///
    /// # Errors
    /// [`InputError::Cloud`] for a name that no row has.
    pub fn named(name: &str) -> Result<&'static Self, InputError> {
        CLOUDS.iter().find(|cloud| cloud.name.eq_ignore_ascii_case(name)).ok_or_else(|| InputError::Cloud(shown(name)))
    }

    /// The sign-in host to use.
    pub fn authority(&self) -> &'static str {
        self.authority_hosts[0]
    }

    /// The base URL of the Defender API, of a region if one is named.
    ///
    /// # Errors
    /// [`InputError::Region`] for a region that the cloud doesn't have, [`InputError::CloudWithoutDefender`] where
    /// Microsoft documents no Defender API.
    pub fn api_url(&self, region: Option<&str>) -> Result<Url, InputError> {
        let base = match region {
            None => self.api_base_url.ok_or(InputError::CloudWithoutDefender(self.name))?.to_owned(),
            Some(region) => {
                let region = region.to_ascii_lowercase();
                if !self.regions.contains(&region.as_str()) {
                    return Err(InputError::Region { region: shown(&region), cloud: self.name });
                }
                format!("https://{region}.api.security.microsoft.com")
            }
        };
        service_url("-ApiBaseUrl", &base)
    }

    /// Whether the address is one of this cloud's hosts of the Defender API, so that its token may go there.
    pub fn is_api_host(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let is_own = self.api_base_url.and_then(|base| base.strip_prefix("https://")) == Some(host);
        let is_region = || {
            let region = host.strip_suffix(".api.security.microsoft.com");
            region.is_some_and(|region| self.regions.contains(&region))
        };
        url.scheme() == "https" && url.port().is_none() && (is_own || self.api_hosts.contains(&host) || is_region())
    }
}

/// Every cloud that is known. An exchange never crosses from one to another (AADSTS900382).
pub const CLOUDS: &[Cloud] = &[
    Cloud {
        name: "Public",
        authority_hosts: &["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"],
        exchange_audience: "api://AzureADTokenExchange",
        api_base_url: Some("https://api.securitycenter.microsoft.com"),
        scope: Some("https://api.securitycenter.microsoft.com/.default"),
        api_hosts: &["api.security.microsoft.com"],
        graph_base_url: Some("https://graph.microsoft.com"),
        regions: &["us", "eu", "uk", "au", "swa", "ina", "aea"],
    },
    Cloud {
        name: "USGov",
        authority_hosts: &["login.microsoftonline.us", "login.usgovcloudapi.net"],
        exchange_audience: "api://AzureADTokenExchangeUSGov",
        api_base_url: Some("https://api-gov.securitycenter.microsoft.us"),
        scope: Some("https://api-gov.securitycenter.microsoft.us/.default"),
        api_hosts: &[],
        graph_base_url: Some("https://graph.microsoft.us"),
        regions: &[],
    },
    Cloud {
        name: "China",
        authority_hosts: &["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
        exchange_audience: "api://AzureADTokenExchangeChina",
        api_base_url: None,
        scope: None,
        api_hosts: &[],
        graph_base_url: None,
        regions: &[],
    },
];

/// The public cloud.
pub fn public() -> &'static Cloud {
    &CLOUDS[0]
}

/// The cloud whose tokens this authority issues; an authority that no cloud names is taken for the public cloud's.
pub fn of_authority(authority: &Url) -> &'static Cloud {
    known_authority(authority).unwrap_or_else(public)
}

fn known_authority(authority: &Url) -> Option<&'static Cloud> {
    let host = authority.host_str().unwrap_or_default();
    CLOUDS.iter().find(|cloud| cloud.authority_hosts.contains(&host))
}

/// The cloud and its sign-in host: the cloud that is named, else the one of `AZURE_AUTHORITY_HOST`, else the public one.
/// That variable's host is used unless it belongs to another cloud than the one that is named.
///
/// # Errors
/// [`InputError`] for an unknown name or a variable that holds no address.
pub fn choose(name: Option<&str>, environment: &Environment) -> Result<(&'static Cloud, Url), InputError> {
    const VARIABLE: &str = "AZURE_AUTHORITY_HOST";
    let named = name.map(Cloud::named).transpose()?;
    let authority = environment.get(VARIABLE).map(|text| service_url(VARIABLE, text)).transpose()?;
    let cloud = named.or_else(|| authority.as_ref().and_then(known_authority)).unwrap_or_else(public);
    match authority {
        Some(authority) if known_authority(&authority).is_none_or(|known| known == cloud) => Ok((cloud, authority)),
        _ => Ok((cloud, service_url(VARIABLE, cloud.authority())?)),
    }
}

/// The base URL of a service, without a trailing slash in its path.
///
/// # Errors
/// [`InputError::Url`] when it is no URL; [`InputError::InsecureUrl`] when it would carry a token in the clear to
/// another machine: plain HTTP is for loopback only.
pub fn service_url(setting: &'static str, text: &str) -> Result<Url, InputError> {
    let trimmed = text.trim();
    let with_scheme = if trimmed.contains("://") { trimmed.to_owned() } else { format!("https://{trimmed}") };
    let url = Url::parse(&with_scheme).map_err(|_| InputError::Url { setting, text: shown(text) })?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(InputError::Url { setting, text: shown(url.host_str().unwrap_or_default()) });
    }
    match url.scheme() {
        "https" if url.has_host() => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(InputError::InsecureUrl { setting, host: url.host_str().unwrap_or_default().to_owned() }),
        _ => Err(InputError::Url { setting, text: shown(text) }),
    }
}

/// Whether the URL names this machine itself.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether the URL names this machine or its link (169.254.0.0/16), where a host's identity endpoint lives.
pub fn is_local(url: &Url) -> bool {
    is_loopback(url) || matches!(url.host(), Some(Host::Ipv4(address)) if address.is_link_local())
}

/// Appends a path to a base URL, keeping the base's own path.
pub fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let joined = format!("{}/{}", base.path().trim_end_matches('/'), path.trim_start_matches('/'));
    url.set_path(&joined);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        assert!(service_url("-ApiBaseUrl", "http://127.0.0.1:8080").is_ok());
        assert!(service_url("-ApiBaseUrl", "http://localhost:8080/").is_ok());
        assert!(service_url("-ApiBaseUrl", "http://[::1]:8080/").is_ok());
        for refused in
            ["http://api.securitycenter.microsoft.com", "http://127.0.0.1.example.com", "http://169.254.169.254"]
        {
            assert!(matches!(service_url("-ApiBaseUrl", refused), Err(InputError::InsecureUrl { .. })), "{refused}");
        }
        for wrong in ["", "ftp://x", "https://", "https://user:pw@host", "https://host?x=1", "file:///etc/passwd"] {
            assert!(matches!(service_url("-ApiBaseUrl", wrong), Err(InputError::Url { .. })), "{wrong}");
        }
    }

    #[test]
    fn a_token_may_go_to_the_hosts_of_its_own_cloud() {
        let is_host = |url: &str| public().is_api_host(&url.parse().unwrap());
        for host in ["api.securitycenter.microsoft.com", "api.security.microsoft.com", "eu.api.security.microsoft.com"]
        {
            assert!(is_host(&format!("https://{host}/api/x")), "{host}");
        }
        for other in [
            "http://api.securitycenter.microsoft.com",
            "https://api.securitycenter.microsoft.com:444",
            "https://api-gov.securitycenter.microsoft.us",
            "https://evil.api.security.microsoft.com",
            "https://api.security.microsoft.com.example.com",
            "https://example.com/api.security.microsoft.com",
        ] {
            assert!(!is_host(other), "{other}");
        }
    }

    #[test]
    fn an_authority_decides_the_exchange_audience() {
        let authority = service_url("AZURE_AUTHORITY_HOST", "login.microsoftonline.us").unwrap();
        assert_eq!(of_authority(&authority).exchange_audience, "api://AzureADTokenExchangeUSGov");
        let loopback = service_url("AZURE_AUTHORITY_HOST", "http://127.0.0.1:9").unwrap();
        assert_eq!(of_authority(&loopback), public());
    }

    #[test]
    fn a_named_cloud_goes_before_the_variable_of_another() {
        let choose = |name, host: &str| {
            let (cloud, authority) = choose(name, &Environment::new([("AZURE_AUTHORITY_HOST", host)])).unwrap();
            (cloud.name, authority.host_str().unwrap_or_default().to_owned())
        };
        assert_eq!(choose(None, ""), ("Public", "login.microsoftonline.com".to_owned()));
        assert_eq!(choose(None, "https://login.microsoftonline.us/"), ("USGov", "login.microsoftonline.us".to_owned()));
        assert_eq!(choose(Some("usgov"), ""), ("USGov", "login.microsoftonline.us".to_owned()));
        assert_eq!(choose(Some("USGov"), "http://127.0.0.1:1"), ("USGov", "127.0.0.1".to_owned()));
        assert_eq!(choose(Some("China"), "login.microsoftonline.com").1, "login.partner.microsoftonline.cn");
        assert!(Cloud::named("Moon").is_err());
    }

    #[test]
    fn a_region_has_its_own_host_and_the_same_scope() {
        assert_eq!(public().api_url(Some("EU")).unwrap().as_str(), "https://eu.api.security.microsoft.com/");
        assert_eq!(public().api_url(None).unwrap().as_str(), "https://api.securitycenter.microsoft.com/");
        assert!(matches!(public().api_url(Some("mars")), Err(InputError::Region { .. })));
        let china = Cloud::named("China").unwrap();
        assert_eq!(china.api_url(None), Err(InputError::CloudWithoutDefender("China")));
    }

    #[test]
    fn a_base_keeps_its_own_path() {
        let base = service_url("-ApiBaseUrl", "https://gateway.example.com/mde/").unwrap();
        assert_eq!(join(&base, "/api/indicators").as_str(), "https://gateway.example.com/mde/api/indicators");
    }
}
