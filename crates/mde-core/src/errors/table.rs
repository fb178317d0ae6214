//! The table of error codes: append only, one row a code, the single source of `docs/errors.md`, of the help topic
//! and of every `FullyQualifiedErrorId`.

use std::fmt;

/// The PowerShell error category of a code (`System.Management.Automation.ErrorCategory`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// The identity or its proof was refused.
    AuthenticationError,
    /// The identity is known but may not do this.
    PermissionDenied,
    /// A parameter or setting is wrong.
    InvalidArgument,
    /// A reply made no sense.
    InvalidData,
    /// Something named does not exist.
    ObjectNotFound,
    /// A service is there but can't answer now.
    ResourceUnavailable,
    /// No connection.
    ConnectionError,
    /// A deadline passed.
    OperationTimeout,
    /// Too many calls.
    LimitsExceeded,
    /// A secret would have gone where it must not go.
    SecurityError,
    /// A defect of ours.
    InvalidOperation,
}

impl Category {
    /// The name as .NET spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthenticationError => "AuthenticationError",
            Self::PermissionDenied => "PermissionDenied",
            Self::InvalidArgument => "InvalidArgument",
            Self::InvalidData => "InvalidData",
            Self::ObjectNotFound => "ObjectNotFound",
            Self::ResourceUnavailable => "ResourceUnavailable",
            Self::ConnectionError => "ConnectionError",
            Self::OperationTimeout => "OperationTimeout",
            Self::LimitsExceeded => "LimitsExceeded",
            Self::SecurityError => "SecurityError",
            Self::InvalidOperation => "InvalidOperation",
        }
    }
}

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The number behind `MDE`.
    pub number: u16,
    /// The name, as in `MDE2002.FederatedSubjectMismatch`.
    pub name: &'static str,
    /// The PowerShell category.
    pub category: Category,
    /// Whether the same call may succeed later without a change.
    pub transient: bool,
    /// What the code means.
    pub meaning: &'static str,
    /// What to do, with `{names}` for the ids of the case.
    pub remedy: &'static str,
}

macro_rules! table {
    ($($number:literal $name:ident $category:ident $lasting:ident $meaning:literal $remedy:literal)*) => {
        /// A row of the error table, by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $name,)*
        }

        impl Code {
            /// Every code, in the table's order.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// The row.
            pub fn entry(self) -> &'static Entry {
                match self {
                    $(Code::$name => &Entry {
                        number: $number,
                        name: stringify!($name),
                        category: Category::$category,
                        transient: table!(@ $lasting),
                        meaning: $meaning,
                        remedy: $remedy,
                    },)*
                }
            }
        }
    };
    (@ transient) => { true };
    (@ lasting) => { false };
}

table! {
    1001 NoIdentitySource ObjectNotFound lasting
        "No identity endpoint was found on this host."
        "Run this on a host with a managed identity (Azure Automation, Functions, App Service, Container Apps, a VM), or name the host's endpoint with -IdentitySource. Looked for: {looked_for}."
    1002 IdentityEndpointUnreachable ConnectionError transient
        "The host's identity endpoint can't be reached."
        "Check that the managed identity is enabled on this host and that nothing (proxy, firewall, container network) stands between the process and {host}. In a container on a VM, the instance metadata service needs a route to 169.254.169.254."
    1003 IdentityNotAssigned AuthenticationError lasting
        "The managed identity is not assigned to this host, or several are and none was selected."
        "Assign the user-assigned managed identity to this host and pass its client id with -ManagedIdentityClientId (given: {identity}). A new assignment can take some minutes to be seen by the host."
    1004 IdentityEndpointRefused AuthenticationError lasting
        "The host's identity endpoint refused the request."
        "Read the endpoint's own text above. Federated credentials need a user-assigned managed identity that is assigned to this host: pass its client id with -ManagedIdentityClientId (given: {identity})."
    1005 IdentityEndpointFailed ResourceUnavailable transient
        "The host's identity endpoint failed, also when asked again."
        "App Service and Functions also answer 500 when the identity is not assigned to the app or the client id is wrong: check both (given: {identity}). Otherwise try again in some minutes; the correlation id helps Azure support."
    1006 IdentityReplyInvalid InvalidData lasting
        "The host's identity endpoint answered, but not with a token."
        "Check that {host} is the host's identity endpoint and that no proxy or other program answers in its place."
    1007 IdentityHeaderRejected AuthenticationError lasting
        "The host's identity endpoint rejected the identity header."
        "The platform rotates IDENTITY_HEADER: start the call from a process that has the current environment, and don't copy these variables to another host or process."
    1008 IdentityBehindProxy SecurityError lasting
        "The instance metadata service refused a request that came through a proxy."
        "Let requests to 169.254.169.254 leave this machine directly: metadata requests may not pass a proxy or a container's address translation."
    1009 IdentityResourceRefused InvalidArgument lasting
        "The host's identity endpoint does not know the audience of federated credentials."
        "Use the exchange audience of the cloud in which this host runs (asked for: {audience})."
    1010 MetadataHeaderMissing SecurityError lasting
        "The request reached the instance metadata service without its Metadata header."
        "Something between this process and {host} removes headers: take the proxy out of the way."
    1011 AutomationIdentityNotEnabled AuthenticationError lasting
        "The Automation account has no managed identity."
        "Enable the system-assigned identity on the Automation account, add the user-assigned one beside it, and pass the latter's client id with -ManagedIdentityClientId (given: {identity})."
    1012 HybridWorkerIdentityUnsupported AuthenticationError lasting
        "A hybrid runbook worker only gets the Automation account's system-assigned identity."
        "Run the job in the cloud sandbox, or on an Azure VM with a user-assigned identity while the Automation account has no identity: Entra accepts only user-assigned identities as federated credentials."
    1013 TokenFileUnusable InvalidData lasting
        "The file that should hold the workload's token can't be used."
        "Check AZURE_FEDERATED_TOKEN_FILE: in Kubernetes the pod needs the label azure.workload.identity/use: \"true\" and a service account with the client id's annotation."
    1014 AssertionUnusable InvalidData lasting
        "What was given as an assertion is not a usable token."
        "Pass the issuer's signed JSON web token itself, not a file name or an object around it, and a fresh one."
    1015 ArcChallengeRefused SecurityError lasting
        "The challenge at the Azure Arc endpoint is not the agent's."
        "Nothing was read. Check that the Azure Connected Machine agent, and no other program, answers at its endpoint."
    1016 ArcKeyUnreadable PermissionDenied lasting
        "The key of the Azure Arc agent can't be read."
        "Run as a member of the group himds (Linux) or as an administrator or member of Hybrid Agent Extension Applications (Windows)."
    1017 JobTokenRejected AuthenticationError lasting
        "The pipeline's token endpoint rejected the job's own token."
        "In GitHub Actions, give the job 'permissions: id-token: write'. In Azure Pipelines, map SYSTEM_ACCESSTOKEN: $(System.AccessToken) into the step's environment, and let this pipeline use the service connection of -ServiceConnectionId."

    2001 FederatedIssuerMismatch AuthenticationError lasting
        "No federated credential of the application has the assertion's issuer."
        "Set the issuer of the federated credential of application {client} to {issuer} exactly, as it stands in the assertion."
    2002 FederatedSubjectMismatch AuthenticationError lasting
        "No federated credential of the application has the assertion's subject."
        "Add a federated credential to application {client} with subject {subject} (issuer {issuer}, audience {audience}). The subject is the managed identity's principal (object) id, not its client id, in exactly this case. Entra accepts user-assigned identities only: without -ManagedIdentityClientId the host may have given its system-assigned one (given: {identity})."
    2003 FederatedAudienceMismatch AuthenticationError lasting
        "No federated credential of the application has the assertion's audience."
        "Set the audience of the federated credential of application {client} to {audience}."
    2004 NoFederatedCredential AuthenticationError lasting
        "The application has no matching federated credential."
        "Add a federated credential to application {client}: issuer {issuer}, subject {subject}, audience {audience}. One that was just created takes some minutes to work."
    2005 AssertionKindRefused AuthenticationError lasting
        "Entra does not accept this kind of token as an assertion."
        "Use a user-assigned managed identity's token for {audience}: user tokens, application tokens and tokens for another audience can't be exchanged (given: {identity})."
    2006 AssertionExpired AuthenticationError transient
        "The assertion is not within its time range."
        "Check this machine's clock against Entra's time in the text above."
    2007 AssertionSignatureInvalid AuthenticationError lasting
        "Entra could not verify the assertion's signature."
        "Check that the issuer {issuer} publishes the key that signed the assertion, and that nothing changes the token on its way."
    2008 ApplicationNotFound ObjectNotFound lasting
        "The application is not known in this tenant."
        "Check the client id {client}, the tenant {tenant} and the cloud. If both are right, the tenant's administrator has yet to consent: {consent_url}"
    2009 ConsentMissing PermissionDenied lasting
        "The application has no service principal in this tenant."
        "Have an administrator of tenant {tenant} open {consent_url} and consent."
    2010 ApplicationDisabled PermissionDenied lasting
        "The application is disabled."
        "Have an administrator enable sign-in for application {client} under Enterprise applications."
    2011 TenantNotFound ObjectNotFound lasting
        "Entra knows no such tenant."
        "Check the tenant id {tenant}, and that {authority} is the sign-in host of its cloud."
    2012 ResourceNotInTenant ObjectNotFound lasting
        "The API that the token is for does not exist in this tenant."
        "Tenant {tenant} has no Defender for Endpoint, or the scope {scope} belongs to another cloud. Your federated credential works: the assertion was accepted."
    2013 ScopeRefused InvalidArgument lasting
        "Entra refused the scope."
        "Use https://api.securitycenter.microsoft.com/.default for the Defender for Endpoint API; other APIs need their own resource followed by /.default (given: {scope})."
    2014 ExchangeMalformed InvalidOperation lasting
        "Entra could not read the token request."
        "Check tenant {tenant} and client {client}. If both are right, please report this with the correlation id: the module built the request."
    2015 PolicyBlocked PermissionDenied lasting
        "A policy of the tenant blocks the application."
        "Ask the administrator of tenant {tenant} about Conditional Access for workload identities and risk policies that touch application {client}."
    2016 EntraUnavailable ResourceUnavailable transient
        "Entra could not answer, also when asked again."
        "Try again in some minutes; the correlation id helps Microsoft support."
    2017 EntraThrottled LimitsExceeded transient
        "Entra asks for fewer token requests."
        "Wait as long as the text above says, then try again. Tokens are cached for the life of the process: avoid -ForceRefresh and one process per call."
    2018 RolesMissing PermissionDenied lasting
        "The token carries no permission for the Defender API."
        "Grant application {client} an application permission (for indicators: Ti.ReadWrite.All of WindowsDefenderATP; for hunting: ThreatHunting.Read.All of Microsoft Graph) and have an administrator of tenant {tenant} consent: {consent_url} For the Defender API the scope must be https://api.securitycenter.microsoft.com/.default (given: {scope}): a token for https://api.security.microsoft.com is for another API."
    2019 TenantMismatch SecurityError lasting
        "Entra issued a token of another tenant than the one asked for."
        "The token was dropped. Check the authority {authority}: nothing but Microsoft's own sign-in host may answer there."
    2020 ExchangeReplyInvalid InvalidData lasting
        "The sign-in host answered, but not with a token."
        "Check that {authority} is Microsoft's sign-in host and that no proxy answers in its place."
    2021 CrossCloud InvalidArgument lasting
        "Identity, application and tenant are not in the same cloud."
        "Use an application and a managed identity of the cloud in which tenant {tenant} lives; an exchange can't cross clouds."
    2022 HomeTenantMismatch AuthenticationError lasting
        "The managed identity and the application are registered in different tenants."
        "Move the managed identity or the application registration {client} so that both are in the same tenant."
    2023 FederationRestricted PermissionDenied lasting
        "A policy of the application's home tenant restricts federated credentials."
        "Read Entra's own text above and have an administrator of the home tenant allow this issuer."
    2024 AssignmentRequired PermissionDenied lasting
        "The application is not assigned to a role of the API."
        "Have an administrator of tenant {tenant} grant application {client} a role of the API: {consent_url}"
    2025 SecretRefused InvalidArgument lasting
        "Entra refused a client secret."
        "This module sends none. Check whether something between this machine and {authority} rewrites requests."
    2026 IssuerUnreachable ResourceUnavailable transient
        "Entra could not read the external issuer's keys."
        "Check that {issuer} can be reached from the internet, then try again."
    2099 EntraRefused AuthenticationError lasting
        "Entra refused the request with a code that this version has no advice for."
        "Read Entra's own text above; https://login.microsoftonline.com/error?code={entra_code} explains its codes."

    3001 DefenderUnauthorized AuthenticationError lasting
        "Defender did not accept the token."
        "The token must be for the Defender for Endpoint API: use the scope https://api.securitycenter.microsoft.com/.default. A token for https://api.security.microsoft.com is for another API (given: {scope})."
    3002 DefenderForbidden PermissionDenied lasting
        "The application lacks a permission for this call."
        "Grant application {client} one of the roles that Defender names ({roles}) and have an administrator of tenant {tenant} consent: {consent_url}"
    3003 TenantNotProvisioned PermissionDenied lasting
        "The tenant has no Defender for Endpoint."
        "Check that tenant {tenant} has a Defender for Endpoint licence and has been set up in the Defender portal."
    3004 DefenderNotFound ObjectNotFound lasting
        "Defender knows no such path or object."
        "Check -ApiBaseUrl ({host}) and the id that was asked for."
    3005 DefenderBadRequest InvalidArgument lasting
        "Defender could not read the request."
        "Check -Filter against the fields that Defender's list of indicators can filter by; names and enumeration values are case-sensitive."
    3006 DefenderThrottled LimitsExceeded transient
        "Defender asks for fewer calls."
        "Wait as long as the text above says. Calls are counted for each tenant and application: 100 a minute and 1,500 an hour for indicators."
    3007 DefenderUnavailable ResourceUnavailable transient
        "Defender could not answer, also when asked again."
        "Try again in some minutes; the request id helps Microsoft support. What was received before is in the output."
    3008 DefenderReplyInvalid InvalidData lasting
        "Defender's host answered, but not with the list that was asked for."
        "Check -ApiBaseUrl ({host}), and that no proxy answers in its place. What was received before is in the output."
    3009 DefenderReplyTruncated ConnectionError transient
        "The reply broke off before its end."
        "Run the command again, with -Skip {received} to go on where it stopped. What was received before is in the output."
    3010 PagingStopped InvalidData lasting
        "The next page could not be asked for safely."
        "Defender's link to the next page leads elsewhere or in a circle: {link}. What was received before is in the output; -Skip {received} asks for what follows."
    3011 DefenderRefused InvalidArgument lasting
        "Defender refused the call."
        "Read Defender's own text above; the request id helps Microsoft support."
    3012 OutcomeUnknown ConnectionError lasting
        "A call that changes something was sent, and no answer says whether it took effect."
        "Look at what is there before you repeat the call: it was sent once and not again."
    3013 IndicatorsRefused InvalidData lasting
        "Some indicators were not written."
        "They are in the output, each with its reason: correct them and pipe them in again."
    3014 CapacityExceeded LimitsExceeded lasting
        "A tenant holds at most 15,000 indicators, and there would be more."
        "Remove indicators that are not needed any more, or want fewer. Microsoft does not raise this limit."
    3015 IndicatorNotFound ObjectNotFound lasting
        "The tenant has no indicator of that id."
        "It may have expired or been removed: list the indicators again with Get-MdeIndicator."

    4001 TenantIdInvalid InvalidArgument lasting
        "The tenant id is neither a GUID nor a domain name."
        "Pass the directory (tenant) id from the Entra portal's overview page, or a verified domain such as contoso.onmicrosoft.com."
    4002 ClientIdInvalid InvalidArgument lasting
        "The client id is not a GUID."
        "Pass the application (client) id of the app registration, not its name."
    4003 ManagedIdentityIdInvalid InvalidArgument lasting
        "The managed identity's id has the wrong form."
        "Client id and object id are GUIDs; a resource id starts with /subscriptions/ and ends with the identity's name."
    4004 SelectorConflict InvalidArgument lasting
        "More than one id selects the managed identity."
        "Pass one of -ManagedIdentityClientId, -ManagedIdentityObjectId and -ManagedIdentityResourceId."
    4005 SelectorUnsupported InvalidArgument lasting
        "This host's identity endpoint can't select an identity by that id."
        "Pass the managed identity's client id with -ManagedIdentityClientId: every host understands it."
    4006 ScopeTextInvalid InvalidArgument lasting
        "The scope is not a resource followed by /.default."
        "Pass one resource such as https://api.securitycenter.microsoft.com/.default."
    4007 UrlInvalid InvalidArgument lasting
        "A setting that should be the base URL of a service is not one."
        "Pass scheme and host, such as https://api.securitycenter.microsoft.com, without user, query or fragment."
    4008 UrlInsecure SecurityError lasting
        "A token would have been sent in the clear."
        "Use https. Plain http is accepted for loopback addresses only."
    4009 IdentitySourceUnknown InvalidArgument lasting
        "There is no identity source of that name."
        "Use one of the names that -IdentitySource completes."
    4010 ProxyInvalid InvalidArgument lasting
        "The proxy setting is not a URL."
        "Set HTTPS_PROXY to a URL such as http://proxy.contoso.com:8080, or remove it."
    4011 CloudUnknown InvalidArgument lasting
        "There is no cloud of that name."
        "Use one of the names that -Cloud completes: Public, USGov (GCC High and DoD), China."
    4012 RegionUnknown InvalidArgument lasting
        "The cloud has no region of that name."
        "Leave -Region out, or use one of the public cloud's: us, eu, uk, au, swa, ina, aea."
    4013 CloudWithoutDefender InvalidArgument lasting
        "Microsoft documents no Defender for Endpoint API in this cloud."
        "Name the API's address with -ApiBaseUrl and its resource with -Scope, if you know them."
    4014 SettingMissing InvalidArgument lasting
        "A setting that a call can't be made without was neither given nor set by Connect-MdeFic."
        "Pass {setting}, or set it once for this session with Connect-MdeFic."
    4015 PathInvalid InvalidArgument lasting
        "The path does not belong to the API, so that the token must not go there."
        "Pass a path such as /api/machines, or an address on one of the cloud's own hosts of the API."
    4016 ParametersConflict InvalidArgument lasting
        "Two parameters exclude each other."
        "Leave out one of them; the message names both."
    4017 IndicatorFileUnusable InvalidData lasting
        "The file can't be read as a list of indicators."
        "To mend it: {advice}."
    4018 IndicatorInvalid InvalidArgument lasting
        "An indicator can't be sent as it is."
        "The message says what is wrong with it. Nothing was sent."

    5001 ConnectFailed ConnectionError transient
        "No connection could be made."
        "Check name resolution, firewall and proxy (HTTPS_PROXY) between this machine and {host}."
    5002 CertificateUntrusted SecurityError lasting
        "The server's certificate is not trusted."
        "Nothing was sent. If {host} is reached through a TLS-inspecting proxy, its root certificate must be in this machine's trust store."
    5003 TimedOut OperationTimeout transient
        "No answer came within the time allowed."
        "Check the connection to {host} and try again."
    5004 ConnectionLost ConnectionError transient
        "The connection was lost before the reply ended."
        "Try again; if it happens often, look at proxies and firewalls between this machine and {host}."
    5005 RedirectRefused SecurityError lasting
        "The server answered with a redirect, which is never followed with a token."
        "Check the address of {host}: Microsoft's endpoints don't redirect these calls."
    5006 ReplyTooLarge InvalidData lasting
        "The reply is larger than any right answer."
        "Check that {host} is the right server and that no proxy answers in its place."
    5007 TrustStoreUnusable ResourceUnavailable lasting
        "This machine's certificate store can't be read."
        "Install the operating system's root certificates (on Debian and Ubuntu the package ca-certificates), or point SSL_CERT_FILE at them."

    9001 Panicked InvalidOperation lasting
        "The native library met a defect of its own; your session goes on."
        "Please report this with the text above and the command that led to it."
    9002 RuntimeUnavailable ResourceUnavailable lasting
        "The native library could not start its worker threads."
        "Free memory or threads on this machine and try again."
    9003 PlatformNotShipped ResourceUnavailable lasting
        "The module has no native library for this operating system and processor."
        "Use one of the platforms that are shipped, or build the module for this one with 'cargo xtask build'. Shipped: {shipped}."
    9004 LibraryMismatch InvalidOperation lasting
        "The native library belongs to another version of the module."
        "Install the module again, and start a new PowerShell process: a loaded library can't be replaced."
}

impl Code {
    /// The stable text form, such as `MDE2002.FederatedSubjectMismatch`.
    pub fn id(self) -> String {
        let entry = self.entry();
        format!("MDE{}.{}", entry.number, entry.name)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_and_are_unique() {
        let numbers: Vec<u16> = Code::ALL.iter().map(|code| code.entry().number).collect();
        assert!(numbers.is_sorted_by(|left, right| left < right), "{numbers:?}");
    }

    #[test]
    fn every_row_says_what_to_do() {
        for code in Code::ALL {
            let entry = code.entry();
            assert!(entry.remedy.len() > 20 && entry.meaning.ends_with('.'), "{code}");
        }
    }
}
