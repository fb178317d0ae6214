//! Which of a host's managed identities is meant.

use std::fmt;

use mde_core::errors::InputError;
use mde_core::ids::{parse_guid, shown};

/// The identity to ask for. Entra accepts only user-assigned identities as federated credentials, but what a host's
/// default identity is, only the host knows: so none is a choice as well.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Selector {
    /// Whatever the host takes for its default, mostly the system-assigned identity.
    #[default]
    Default,
    /// By client id (a GUID): the only one that every host understands.
    ClientId(String),
    /// By object (principal) id, a GUID.
    ObjectId(String),
    /// By Azure resource id, `/subscriptions/…/userAssignedIdentities/…`.
    ResourceId(String),
}

impl Selector {
    /// Makes a selector of at most one id.
    ///
    /// # Errors
    /// [`InputError::SelectorConflict`] for more than one, [`InputError::ManagedIdentityId`] for a wrong form.
    pub fn parse(
        client_id: Option<&str>,
        object_id: Option<&str>,
        resource_id: Option<&str>,
    ) -> Result<Self, InputError> {
        let guid = |kind: &'static str, text: &str| {
            let text = text.trim();
            parse_guid(text)
                .ok_or_else(|| InputError::ManagedIdentityId { kind, text: text.chars().take(40).collect() })
        };
        match (client_id, object_id, resource_id) {
            (None, None, None) => Ok(Self::Default),
            (Some(id), None, None) => Ok(Self::ClientId(guid("client id", id)?)),
            (None, Some(id), None) => Ok(Self::ObjectId(guid("object id", id)?)),
            (None, None, Some(id)) => {
                let id = id.trim();
                let lower = id.to_ascii_lowercase();
                let is_identity = lower.starts_with("/subscriptions/")
                    && lower.contains("/providers/microsoft.managedidentity/userassignedidentities/")
                    && !id.contains(char::is_whitespace);
                if is_identity {
                    Ok(Self::ResourceId(id.to_owned()))
                } else {
                    Err(InputError::ManagedIdentityId { kind: "resource id", text: shown(id) })
                }
            }
            _ => Err(InputError::SelectorConflict),
        }
    }

    /// What kind of id it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Default => "no id",
            Self::ClientId(_) => "client id",
            Self::ObjectId(_) => "object id",
            Self::ResourceId(_) => "resource id",
        }
    }

    /// The id itself.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Default => None,
            Self::ClientId(id) | Self::ObjectId(id) | Self::ResourceId(id) => Some(id),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id() {
            Some(id) => write!(formatter, "{} {id}", self.kind()),
            None => formatter.write_str("no id, so the host chose, mostly its system-assigned identity"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_one_id_of_the_right_form() {
        let guid = "0a1b2c3d-0000-4000-8000-000000000001";
        let resource = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/n";
        assert_eq!(Selector::parse(None, None, None), Ok(Selector::Default));
        assert_eq!(Selector::parse(Some(guid), None, None), Ok(Selector::ClientId(guid.into())));
        assert_eq!(Selector::parse(None, None, Some(resource)), Ok(Selector::ResourceId(resource.into())));
        assert_eq!(Selector::parse(Some(guid), Some(guid), None), Err(InputError::SelectorConflict));
        assert!(Selector::parse(None, Some("name"), None).is_err());
        assert!(Selector::parse(None, None, Some("/subscriptions/x")).is_err());
    }
}
