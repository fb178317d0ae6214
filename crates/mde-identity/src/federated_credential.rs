//! What the application's federated credential has to say, as ready text for each tool that can create it.
//!
//! Sources: learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity,
//! learn.microsoft.com/graph/api/application-post-federatedidentitycredentials,
//! learn.microsoft.com/graph/templates/reference/federatedidentitycredentials (Bicep)

use mde_core::ClientId;
use serde_json::json;

/// A federated credential that accepts one workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FederatedCredential {
    /// The application that carries it.
    pub client: ClientId,
    /// The assertion's issuer, exactly.
    pub issuer: String,
    /// The assertion's subject, exactly: of a managed identity, its principal (object) id.
    pub subject: String,
    /// The exchange audience of the cloud.
    pub audience: String,
}

/// How to create the credential with one tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// The tool: `Portal`, `AzureCli`, `Graph`, `Bicep`.
    pub tool: &'static str,
    /// What to do or to run there.
    pub text: String,
}

impl FederatedCredential {
    /// A name of 3 to 120 characters that tells one workload from another.
    fn name(&self) -> String {
        let distinct: String = self.subject.chars().filter(char::is_ascii_alphanumeric).collect();
        let start = distinct.len().saturating_sub(24);
        format!("mdefic-{}", &distinct[start..])
    }

    fn json(&self) -> String {
        json!({
            "name": self.name(),
            "issuer": self.issuer,
            "subject": self.subject,
            "audiences": [self.audience],
        })
        .to_string()
    }

    /// How to create it, tool by tool.
    pub fn instructions(&self) -> Vec<Instruction> {
        let Self { client, issuer, subject, audience } = self;
        let (name, json) = (self.name(), self.json());
        let portal = format!(
            "Entra admin center > App registrations > All applications > {client} > Certificates & secrets > Federated \
             credentials > Add credential > Other issuer. Issuer: {issuer}  Value (subject): {subject}  Name: {name}  \
             Audience: {audience}"
        );
        // In single quotes, both a POSIX shell and PowerShell pass JSON on as it stands.
        let azure_cli = format!(
            "az ad app federated-credential create --id {client} --parameters '{}'",
            json.replace('\'', "\\u0027")
        );
        let graph = format!(
            "POST https://graph.microsoft.com/v1.0/applications(appId='{client}')/federatedIdentityCredentials\n\
             Content-Type: application/json\n\n{json}"
        );
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('\'', "\\'").replace("${", "\\${");
        let bicep = format!(
            "extension microsoftGraphV1\n\nresource application 'Microsoft.Graph/applications@v1.0' existing = {{\n  \
             uniqueName: '<unique name of application {client}>'\n}}\n\nresource credential \
             'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0' = {{\n  name: \
             '${{application.uniqueName}}/{name}'\n  issuer: '{}'\n  subject: '{}'\n  audiences: ['{}']\n}}",
            quoted(issuer),
            quoted(subject),
            quoted(audience)
        );
        [("Portal", portal), ("AzureCli", azure_cli), ("Graph", graph), ("Bicep", bicep)]
            .map(|(tool, text)| Instruction { tool, text })
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instructions(subject: &str) -> Vec<Instruction> {
        FederatedCredential {
            client: ClientId::parse("d0c1b2a3-4e5f-4a6b-8c7d-9e0f1a2b3c20").unwrap(),
            issuer: "https://login.microsoftonline.com/2b7e9d14-6c0a-4f58-b3e1-9a4d5c8f7e00/v2.0".into(),
            subject: subject.into(),
            audience: "api://AzureADTokenExchange".into(),
        }
        .instructions()
    }

    #[test]
    fn every_tool_gets_all_four_values() {
        for Instruction { tool, text } in instructions("c9f8e7d6-1a2b-4c3d-9e8f-6a5b4c3d2e11") {
            for value in ["d0c1b2a3", "/2b7e9d14-6c0a-4f58-b3e1-9a4d5c8f7e00/v2.0", "c9f8e7d6", "api://AzureAD"] {
                assert!(text.contains(value), "{tool} lacks {value}: {text}");
            }
            assert!(text.contains("mdefic-1a2b4c3d9e8f6a5b4c3d2e11"), "{tool}: {text}");
        }
    }

    #[test]
    fn a_subject_cannot_break_out_of_its_quotes() {
        for Instruction { tool, text } in instructions("repo:o'rg/x:${evil}") {
            match tool {
                "AzureCli" => assert_eq!(text.matches('\'').count(), 2, "{text}"),
                "Bicep" => assert!(text.contains(r"'repo:o\'rg/x:\${evil}'"), "{text}"),
                _ => {}
            }
        }
    }

    #[test]
    fn the_body_for_graph_is_json() {
        let graph = &instructions("s")[2].text;
        let body: serde_json::Value = serde_json::from_str(graph.split("\n\n").nth(1).unwrap()).unwrap();
        assert_eq!(body["audiences"][0], "api://AzureADTokenExchange");
        assert!(body["name"].as_str().is_some_and(|name| (3..=120).contains(&name.len())));
    }
}
