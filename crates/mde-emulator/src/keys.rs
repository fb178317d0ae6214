//! Keys made at start: RS256 signing keys for tokens and a throw-away certificate authority for HTTPS.
//!
//! Which claims a token has is decided by its issuer (`identity`, `entra`), not here.

use std::fmt::Write;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::Serialize;
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::CANARY;
use crate::emulator::StartError;

/// The claims of a token.
pub type Claims = Map<String, Value>;

/// Why a token was not accepted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum TokenDefect {
    /// Not three base64url parts of JSON, or not RS256.
    Malformed,
    /// Signed by somebody else.
    Signature,
}

/// One RSA key of 2,048 bits and its id.
pub(crate) struct SigningKey {
    id: &'static str,
    pair: KeyPair,
    decoding: DecodingKey,
}

/// The keys of the issuers.
pub(crate) struct Keys {
    /// Signs managed-identity tokens, and any other assertion that a test asks for.
    pub(crate) home: SigningKey,
    /// Signs the tokens of pipelines and clusters.
    pub(crate) external: SigningKey,
    /// Signs access tokens for Defender.
    pub(crate) resource: SigningKey,
}

/// Serialises with the canary as the first claim, whatever the map's own order is.
#[derive(Serialize)]
struct Payload<'a> {
    canary: &'static str,
    #[serde(flatten)]
    claims: &'a Claims,
}

impl Keys {
    /// The keys of this process. Making them takes long enough that emulators started by one test program share them;
    /// what tells the emulators apart is in the claims.
    pub(crate) fn get() -> Result<&'static Self, StartError> {
        static KEYS: OnceLock<Keys> = OnceLock::new();
        if let Some(keys) = KEYS.get() {
            return Ok(keys);
        }
        let made = Self {
            home: SigningKey::generate("home")?,
            external: SigningKey::generate("external")?,
            resource: SigningKey::generate("resource")?,
        };
        Ok(KEYS.get_or_init(|| made))
    }
}

impl SigningKey {
    fn generate(id: &'static str) -> Result<Self, StartError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| StartError::Key)?;
        let public = aws_lc_rs::signature::KeyPair::public_key(&pair);
        let decoding = DecodingKey::from_rsa_raw_components(
            public.modulus().big_endian_without_leading_zero(),
            public.exponent().big_endian_without_leading_zero(),
        );
        Ok(Self { id, pair, decoding })
    }

    /// Signs `claims`, with the canary before them.
    ///
    /// Not with `jsonwebtoken::encode`, which reads and checks the key anew for every token: most of what a server of many
    /// tenants would do.
    pub(crate) fn sign(&self, claims: &Claims) -> String {
        let header = Header { kid: Some(self.id.into()), ..Header::new(Algorithm::RS256) };
        let mut token = format!("{}.{}", encoded(&header), encoded(&Payload { canary: CANARY, claims }));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .expect("the signature has the modulus's length");
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }

    /// Checks form and signature; times, issuer and audience are the caller's business.
    pub(crate) fn verify(&self, token: &str) -> Result<Claims, TokenDefect> {
        if claims_of(token).is_none() || jsonwebtoken::decode_header(token).is_err() {
            return Err(TokenDefect::Malformed);
        }
        let mut validation = Validation::new(Algorithm::RS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation)
            .map(|decoded| decoded.claims)
            .map_err(|_| TokenDefect::Signature)
    }
}

/// The claims of a token, unverified.
pub(crate) fn claims_of(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

fn encoded(part: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(part).expect("headers and claims are maps of JSON values"))
}

/// The TLS side: a certificate authority of one leaf for localhost, 127.0.0.1 and `::1`.
pub(crate) struct Tls {
    /// The authority's certificate, for the client's trust store.
    pub(crate) certificate_pem: String,
    /// SHA-1 of the leaf, in upper case.
    pub(crate) thumbprint: String,
    /// What the HTTPS listeners serve with.
    pub(crate) server: Arc<ServerConfig>,
}

impl Tls {
    /// Makes a new authority and leaf, valid from yesterday for 30 days (some platforms refuse long-lived leaves).
    pub(crate) fn generate() -> Result<Self, StartError> {
        use rcgen::{
            BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
            KeyUsagePurpose,
        };

        let now = OffsetDateTime::now_utc();
        let authority_key = KeyPair::generate()?;
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, "MdeFic emulator authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        authority.not_before = now - Duration::days(1);
        authority.not_after = now + Duration::days(30);
        let authority_certificate = authority.self_signed(&authority_key)?;

        let leaf_key = KeyPair::generate()?;
        let mut leaf = CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into(), "::1".into()])?;
        leaf.distinguished_name.push(DnType::CommonName, "localhost");
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.use_authority_key_identifier_extension = true;
        leaf.not_before = now - Duration::days(1);
        leaf.not_after = now + Duration::days(30);
        let leaf_certificate = leaf.signed_by(&leaf_key, &Issuer::new(authority, authority_key))?;

        // An explicit provider: the process default belongs to the program under test.
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let mut server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf_certificate.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der())),
            )?;
        server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, leaf_certificate.der());
        let thumbprint = digest.as_ref().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02X}");
            text
        });
        Ok(Self { certificate_pem: authority_certificate.pem(), thumbprint, server: Arc::new(server) })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::CANARY_BASE64;

    fn claims() -> Claims {
        json!({"aud": "a", "zebra": 1}).as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn every_payload_begins_with_the_canary() {
        let token = Keys::get().unwrap().home.sign(&claims());
        let payload = token.split('.').nth(1).unwrap();
        assert!(payload.starts_with(CANARY_BASE64));
        assert!(URL_SAFE_NO_PAD.decode(payload).unwrap().starts_with(br#"{"canary":"MDEFICCANARY","#));
    }

    #[test]
    fn only_the_own_signature_counts() {
        let keys = Keys::get().unwrap();
        let token = keys.home.sign(&claims());
        assert_eq!(keys.home.verify(&token).unwrap()["zebra"], 1);
        assert_eq!(keys.resource.verify(&token), Err(TokenDefect::Signature));
        assert_eq!(keys.home.verify("a.b.c"), Err(TokenDefect::Malformed));
        assert_eq!(keys.home.verify(&format!("{token}.x")), Err(TokenDefect::Malformed));
    }
}
