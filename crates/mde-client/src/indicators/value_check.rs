//! Whether a value is one of its type, as far as that can be told without asking Defender.
//!
//! Sources: learn.microsoft.com/defender-endpoint/indicators-overview (no ranges, no wildcards, IPv6 with eight segments),
//! …/indicator-certificates. Whether a thumbprint is SHA-1 is not documented; it is what is in use.

use std::net::IpAddr;

use url::Url;

use super::value::full_address;

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueFault {
    /// A hash of another length.
    #[error("it has {found} characters; a {indicator_type} has {expected}")]
    Length {
        /// The type.
        indicator_type: &'static str,
        /// How many hexadecimal digits the type has.
        expected: usize,
        /// How many characters it has.
        found: usize,
        /// The file hash that has this length, if one has.
        fits: Option<&'static str>,
    },
    /// Something in a hash that is no hexadecimal digit.
    #[error("'{}' is not a hexadecimal digit", .0.escape_debug())]
    NotHexadecimal(char),
    /// A range of addresses.
    #[error("ranges of addresses are not supported")]
    AddressRange,
    /// No address.
    #[error("it is not an IP address")]
    NotAnAddress,
    /// An address where a domain should be.
    #[error("it is an IP address")]
    AddressAsDomain,
    /// A scheme, a path or a port where only a domain should be.
    #[error("a domain name has no {0}")]
    MoreThanADomain(&'static str),
    /// A wildcard.
    #[error("wildcards are not supported")]
    Wildcard,
    /// No domain name.
    #[error("it is not a domain name")]
    NotADomain,
    /// A scheme that Defender does not watch.
    #[error("it is neither an http nor an https URL")]
    OtherScheme,
    /// No URL.
    #[error("it is not a URL")]
    NotAUrl,
}

impl ValueFault {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Length { fits: Some(fits), .. } => format!("set indicatorType to {fits}, or give the whole hash"),
            Self::Length { .. } => "give the whole hash, without spaces or colons".to_owned(),
            Self::NotHexadecimal(_) => "give the hash in hexadecimal digits, without spaces or colons".to_owned(),
            Self::AddressRange => "write one indicator for each address".to_owned(),
            Self::NotAnAddress => "give one IPv4 or IPv6 address, without port or zone".to_owned(),
            Self::AddressAsDomain => "set indicatorType to IpAddress".to_owned(),
            Self::MoreThanADomain(_) => "give the domain name alone, or set indicatorType to Url".to_owned(),
            Self::Wildcard => {
                "leave the wildcard out, or write one indicator for each name that it stands for".to_owned()
            }
            Self::NotADomain => "give a name like example.com".to_owned(),
            Self::OtherScheme | Self::NotAUrl => "give a URL like https://example.com/path".to_owned(),
        }
    }
}

/// Checks the value and gives it in the form to send.
pub(super) fn checked(indicator_type: &str, value: &str) -> Result<String, ValueFault> {
    let value = value.trim();
    match indicator_type {
        "FileSha1" => hash("FileSha1", value, 40),
        "FileSha256" => hash("FileSha256", value, 64),
        "FileMd5" => hash("FileMd5", value, 32),
        "CertificateThumbprint" => hash("CertificateThumbprint", value, 40),
        "IpAddress" => address(value),
        "DomainName" => domain(value),
        "Url" => url(value),
        // Another type is refused for itself.
        _ => Ok(value.to_owned()),
    }
}

fn hash(indicator_type: &'static str, value: &str, expected: usize) -> Result<String, ValueFault> {
    if let Some(other) = value.chars().find(|character| !character.is_ascii_hexdigit()) {
        return Err(ValueFault::NotHexadecimal(other));
    }
    if value.len() == expected {
        return Ok(value.to_owned());
    }
    let fits = match value.len() {
        32 => Some("FileMd5"),
        40 => Some("FileSha1"),
        64 => Some("FileSha256"),
        _ => None,
    };
    Err(ValueFault::Length { indicator_type, expected, found: value.len(), fits })
}

fn address(value: &str) -> Result<String, ValueFault> {
    let is_range = value.split_once('/').is_some_and(|(address, _)| address.trim().parse::<IpAddr>().is_ok());
    if is_range {
        return Err(ValueFault::AddressRange);
    }
    if value.contains('*') {
        return Err(ValueFault::Wildcard);
    }
    full_address(value).ok_or(ValueFault::NotAnAddress)
}

fn domain(value: &str) -> Result<String, ValueFault> {
    let name = value.strip_suffix('.').unwrap_or(value);
    if name.parse::<IpAddr>().is_ok() {
        return Err(ValueFault::AddressAsDomain);
    }
    if name.contains("://") {
        return Err(ValueFault::MoreThanADomain("scheme"));
    }
    if name.contains('*') {
        return Err(ValueFault::Wildcard);
    }
    if name.contains(['/', '?', '#', '\\']) {
        return Err(ValueFault::MoreThanADomain("path"));
    }
    if name.contains(':') {
        return Err(ValueFault::MoreThanADomain("port"));
    }
    // Names beyond ASCII are left to Defender, which does not say in which form it wants them.
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|character| character.is_alphanumeric() || matches!(character, '-' | '_'))
    };
    if name.len() <= 253 && name.split('.').all(is_label) { Ok(name.to_owned()) } else { Err(ValueFault::NotADomain) }
}

fn url(value: &str) -> Result<String, ValueFault> {
    if value.contains(char::is_whitespace) || value.contains(char::is_control) {
        return Err(ValueFault::NotAUrl);
    }
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(ValueFault::OtherScheme);
    }
    // A star is a lawful character behind the host.
    if rest.split(['/', '?', '#']).next().is_some_and(|host| host.contains('*')) {
        return Err(ValueFault::Wildcard);
    }
    match Url::parse(&format!("{scheme}://{rest}")) {
        Ok(url) if url.has_host() && !rest.starts_with('/') => Ok(value.to_owned()),
        _ => Err(ValueFault::NotAUrl),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_have_their_length() {
        for (kind, length) in [("FileSha1", 40), ("FileSha256", 64), ("FileMd5", 32), ("CertificateThumbprint", 40)] {
            let right = "aB".repeat(length / 2);
            assert_eq!(checked(kind, &format!(" {right} ")), Ok(right.clone()), "{kind}");
            let fault = checked(kind, &right[1..]).unwrap_err();
            assert!(
                matches!(fault, ValueFault::Length { expected, found, fits: None, .. } if expected == length && found == length - 1)
            );
            assert_eq!(checked(kind, &format!("{}g", &right[1..])), Err(ValueFault::NotHexadecimal('g')));
        }
        let fault = checked("FileSha1", &"a".repeat(64)).unwrap_err();
        assert!(fault.remedy().contains("FileSha256"), "{}", fault.remedy());
    }

    #[test]
    fn addresses_are_single_and_full() {
        assert_eq!(checked("IpAddress", "2001:db8::1").as_deref(), Ok("2001:db8:0:0:0:0:0:1"));
        // Nothing documented speaks against a private address.
        assert_eq!(checked("IpAddress", "10.0.0.1").as_deref(), Ok("10.0.0.1"));
        assert_eq!(checked("IpAddress", "10.0.0.0/8"), Err(ValueFault::AddressRange));
        assert_eq!(checked("IpAddress", "2001:db8::/32"), Err(ValueFault::AddressRange));
        assert_eq!(checked("IpAddress", "10.0.0.*"), Err(ValueFault::Wildcard));
        for text in ["10.0.0.1:80", "example.com", "10.0.0.256", ""] {
            assert_eq!(checked("IpAddress", text), Err(ValueFault::NotAnAddress), "{text}");
        }
    }

    #[test]
    fn domains_are_names_alone() {
        for name in ["example.com", "a_b.example.com.", "bücher.example", "xn--bcher-kva.example", "localhost"] {
            assert!(checked("DomainName", name).is_ok(), "{name}");
        }
        for (name, fault) in [
            ("https://example.com", ValueFault::MoreThanADomain("scheme")),
            ("example.com/a", ValueFault::MoreThanADomain("path")),
            ("example.com:443", ValueFault::MoreThanADomain("port")),
            ("*.example.com", ValueFault::Wildcard),
            ("192.0.2.1", ValueFault::AddressAsDomain),
            ("2001:db8::1", ValueFault::AddressAsDomain),
            ("exa mple.com", ValueFault::NotADomain),
            ("example..com", ValueFault::NotADomain),
            ("-example.com", ValueFault::NotADomain),
            (".", ValueFault::NotADomain),
        ] {
            assert_eq!(checked("DomainName", name), Err(fault), "{name}");
        }
        assert_eq!(checked("DomainName", &"a".repeat(64)), Err(ValueFault::NotADomain));
    }

    #[test]
    fn urls_are_http_with_or_without_saying_so() {
        for text in ["https://example.com/A?b=*", "HTTP://example.com", "example.com/path", "example.com:8080"] {
            assert_eq!(checked("Url", text).as_deref(), Ok(text));
        }
        assert_eq!(checked("Url", "ftp://example.com"), Err(ValueFault::OtherScheme));
        assert_eq!(checked("Url", "https://*.example.com/"), Err(ValueFault::Wildcard));
        for text in ["https://", "https:///path", "https://exam ple.com", "javascript:alert(1)", "http://a\u{7f}b"] {
            assert_eq!(checked("Url", text), Err(ValueFault::NotAUrl), "{text}");
        }
    }
}
