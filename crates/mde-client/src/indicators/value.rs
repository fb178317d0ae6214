//! What an indicator is about: its type and value, and when two of them mean the same.
//!
//! Source: learn.microsoft.com/defender-endpoint/indicators-overview (types, and IPv6 with all eight segments).

use std::net::{IpAddr, Ipv6Addr};

/// The types that can be written. Defender may hold others, which are texts here.
pub const TYPES: [&str; 7] =
    ["FileSha1", "FileSha256", "FileMd5", "CertificateThumbprint", "IpAddress", "DomainName", "Url"];

/// A type and a value in a form in which equal ones compare equal: letter case does not matter in hashes, thumbprints
/// and domain names, nor the way an address is written. It does matter in URLs. It is made for comparing, not for
/// sending.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndicatorKey {
    /// The type in small letters.
    pub indicator_type: String,
    /// The value in its comparable form.
    pub value: String,
}

impl IndicatorKey {
    /// The key of a type and a value, however they are written.
    pub fn new(indicator_type: &str, value: &str) -> Self {
        let indicator_type = indicator_type.trim().to_ascii_lowercase();
        let value = value.trim();
        let value = match indicator_type.as_str() {
            "ipaddress" => full_address(value).unwrap_or_else(|| value.to_lowercase()),
            "url" => value.to_owned(),
            "domainname" => value.strip_suffix('.').unwrap_or(value).to_lowercase(),
            _ => value.to_lowercase(),
        };
        Self { indicator_type, value }
    }
}

/// An address as Defender wants it: IPv6 with all eight segments. `None` when it is no address.
pub(super) fn full_address(text: &str) -> Option<String> {
    match text.parse().ok()? {
        IpAddr::V4(address) => Some(address.to_string()),
        IpAddr::V6(address) => Some(segments(address)),
    }
}

fn segments(address: Ipv6Addr) -> String {
    address.segments().map(|segment| format!("{segment:x}")).join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_in_full() {
        assert_eq!(full_address("2001:DB8::1").as_deref(), Some("2001:db8:0:0:0:0:0:1"));
        assert_eq!(full_address("::ffff:192.0.2.1").as_deref(), Some("0:0:0:0:0:ffff:c000:201"));
        assert_eq!(full_address("192.0.2.1").as_deref(), Some("192.0.2.1"));
        for text in ["192.0.2.0/24", "192.0.2", "fe80::1%eth0", "", "192.0.02.1"] {
            assert_eq!(full_address(text), None, "{text}");
        }
    }

    #[test]
    fn letter_case_matters_in_urls_only() {
        let same = |kind: &str, one: &str, other: &str| IndicatorKey::new(kind, one) == IndicatorKey::new(kind, other);
        assert!(same("FileSha1", "ABCD", " abcd"));
        assert!(same("DomainName", "Example.COM.", "example.com"));
        assert!(same("IpAddress", "2001:db8::1", "2001:0DB8:0:0:0:0:0:1"));
        assert!(!same("Url", "https://example.com/A", "https://example.com/a"));
        assert_ne!(IndicatorKey::new("FileSha1", "a"), IndicatorKey::new("FileMd5", "a"));
    }
}
