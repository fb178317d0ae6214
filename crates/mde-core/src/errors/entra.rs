//! Which row of the error table an AADSTS number belongs to.
//!
//! Sources: learn.microsoft.com/entra/identity-platform/reference-error-codes, and messages as found in public issues.
//! Entra also emits seven-digit variants (7002131, 7002138, …) of documented six-digit codes: those are matched by
//! their first six digits, but 70021 must never match 700211, which is a lasting fault.

use super::Code;

/// The row for `AADSTS{number}`; [`Code::EntraRefused`] keeps Entra's own text for numbers without advice.
pub fn code_of_entra_error(number: u32) -> Code {
    match number {
        70021 | 70025 => Code::NoFederatedCredential,
        70_011 | 1_002_012 | 901_002 => Code::ScopeRefused,
        700_016 => Code::ApplicationNotFound,
        500_011 | 650_052 | 650_057 => Code::ResourceNotInTenant,
        700_024 | 500_133 => Code::AssertionExpired,
        700_027 | 50_013 => Code::AssertionSignatureInvalid,
        7_000_229 | 65_001 => Code::ConsentMissing,
        7_000_112 => Code::ApplicationDisabled,
        7_000_215 | 7_000_222 => Code::SecretRefused,
        7_002_206 | 70_022_204 => Code::AssertionKindRefused,
        7_002_381 => Code::FederationRestricted,
        700_236 => Code::HomeTenantMismatch,
        90_002 | 900_023 | 5_000_224 => Code::TenantNotFound,
        90_023 | 9_002_313 | 900_144 | 7_000_218 | 100_007 => Code::ExchangeMalformed,
        90_038 | 900_382 | 900_432 => Code::CrossCloud,
        90_061 => Code::IssuerUnreachable,
        53_003 | 53_011 => Code::PolicyBlocked,
        501_051 => Code::AssignmentRequired,
        50_196 | 90_055 => Code::EntraThrottled,
        50_000 | 50_033 | 90_006 | 90_012 | 90_024 | 90_033 | 90_090 => Code::EntraUnavailable,
        _ => match six_digits(number) {
            700_211 => Code::FederatedIssuerMismatch,
            700_212 => Code::FederatedAudienceMismatch,
            700_213 => Code::FederatedSubjectMismatch,
            700_222 | 700_226 | 700_227 | 700_229 => Code::AssertionKindRefused,
            _ => Code::EntraRefused,
        },
    }
}

/// The first six digits of a six- or seven-digit code; other codes as they are.
fn six_digits(number: u32) -> u32 {
    if (1_000_000..10_000_000).contains(&number) { number / 10 } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_belong_to_their_family() {
        for (number, code) in [
            (700_213, Code::FederatedSubjectMismatch),
            (7_002_131, Code::FederatedSubjectMismatch),
            (7_002_138, Code::FederatedSubjectMismatch),
            (7_002_121, Code::FederatedAudienceMismatch),
            (700_211, Code::FederatedIssuerMismatch),
            (70_021, Code::NoFederatedCredential),
            (7_000_229, Code::ConsentMissing),
            (700_229, Code::AssertionKindRefused),
            (7_000_212, Code::EntraRefused),
            (123_456, Code::EntraRefused),
        ] {
            assert_eq!(code_of_entra_error(number), code, "{number}");
        }
    }
}
