//! The shape of an endpoint, and finding the one that a request is for.
//!
//! Unknown paths and unknown parameters are answered with 501 and the list of what is supported: a client that invents
//! something must not be told that it works.

use serde_json::{Value, json};

use crate::exchange::{Received, Reply};
use crate::faults::Target;
use crate::state::Shared;

/// One endpoint.
pub(crate) struct Route {
    /// Allowed methods.
    pub(crate) methods: &'static [&'static str],
    /// Path with `{name}` for a free segment; compared without regard to case, as IIS does.
    pub(crate) path: &'static str,
    /// What faults call it; none for admin routes.
    pub(crate) target: Option<Target>,
    /// Query parameters that it knows.
    pub(crate) query: &'static [&'static str],
    /// Form fields that it knows.
    pub(crate) form: &'static [&'static str],
    /// Answers a request.
    pub(crate) answer: fn(&Shared, &Received) -> Reply,
    /// The service's own body for a status, used by faults.
    pub(crate) failure: fn(&Shared, &Received, u16) -> Reply,
}

impl Route {
    fn describe(&self) -> Value {
        json!({"methods": self.methods, "path": self.path, "query": self.query, "form": self.form})
    }

    /// The values of the free segments, when the path fits.
    fn segments(&self, path: &str) -> Option<Vec<(&'static str, String)>> {
        let mut found = Vec::new();
        let mut actual = path.trim_matches('/').split('/');
        for expected in self.path.trim_matches('/').split('/') {
            let segment = actual.next()?;
            match expected.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) if !segment.is_empty() => found.push((name, decoded(segment))),
                None if expected.eq_ignore_ascii_case(segment) => {}
                _ => return None,
            }
        }
        actual.next().is_none().then_some(found)
    }
}

fn decoded(segment: &str) -> String {
    // A plus is a plus in a path, unlike in a query.
    url::form_urlencoded::parse(segment.replace('+', "%2B").as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}

/// The route of a request, with its segments filled in; else the 501.
pub(crate) fn find(routes: &[&'static Route], received: &mut Received) -> Result<&'static Route, Reply> {
    for route in routes {
        let Some(segments) = route.segments(&received.path) else { continue };
        if !route.methods.contains(&received.method.as_str()) {
            continue;
        }
        let unknown = |known: &[&str], pairs: &[(String, String)]| -> Vec<String> {
            pairs.iter().filter(|(name, _)| !known.contains(&name.as_str())).map(|(name, _)| name.clone()).collect()
        };
        let query = unknown(route.query, &received.query);
        let form = unknown(route.form, &received.form);
        if !query.is_empty() || !form.is_empty() {
            return Err(Reply::json(
                501,
                &json!({
                    "emulator": "unknown parameter",
                    "unknownQuery": query,
                    "unknownForm": form,
                    "supported": route.describe(),
                }),
            ));
        }
        received.segments = segments;
        return Ok(route);
    }
    Err(Reply::json(
        501,
        &json!({
            "emulator": "unknown route",
            "method": received.method,
            "path": received.path,
            "supported": routes.iter().map(|route| route.describe()).collect::<Vec<_>>(),
        }),
    ))
}
