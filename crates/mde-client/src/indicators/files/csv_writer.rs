//! Writes the CSV that Defender's portal imports.
//!
//! Source: learn.microsoft.com/defender-endpoint/indicator-manage#import-a-list-of-iocs. The portal takes 500 rows a file;
//! who writes one file for it counts for himself.

use std::io::{self, Write};

use crate::indicators::draft::IndicatorDraft;
use crate::indicators::property::{Property, PropertyValue};

/// Which columns a file gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Columns {
    /// Those of the portal, in its order.
    #[default]
    Portal,
    /// And those of the API's other properties, so that nothing that can be written is lost.
    All,
}

const PORTAL: [&str; 12] = [
    "indicatorType",
    "indicatorValue",
    "action",
    "title",
    "description",
    "expirationTime",
    "severity",
    "recommendedActions",
    "rbacGroups",
    "category",
    "mitretechniques",
    "GenerateAlert",
];
const BEYOND_THE_PORTAL: [Property; 3] = [Property::Application, Property::EducateUrl, Property::ExternalId];

impl Columns {
    /// The set properties of a draft for which there is no column.
    pub fn left_out(self, draft: &IndicatorDraft) -> Vec<Property> {
        let is_lost = |property: &Property| self == Self::Portal && draft.get(*property).is_some();
        BEYOND_THE_PORTAL.into_iter().filter(is_lost).collect()
    }
}

/// Writes row after row. What the columns don't hold is left out: see [`Columns::left_out`].
pub struct CsvWriter<W> {
    writer: W,
    columns: Columns,
}

impl<W: Write> CsvWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn new(mut writer: W, columns: Columns) -> io::Result<Self> {
        let mut names = PORTAL.to_vec();
        if columns == Columns::All {
            names.extend(BEYOND_THE_PORTAL.map(Property::name));
        }
        write!(writer, "{}\r\n", names.join(","))?;
        Ok(Self { writer, columns })
    }

    /// Writes one row. Moments lose their fraction: the portal's form has none.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&mut self, draft: &IndicatorDraft) -> io::Result<()> {
        let mut fields: Vec<_> = PORTAL.into_iter().map(|name| field(draft, name)).collect();
        if self.columns == Columns::All {
            fields.extend(BEYOND_THE_PORTAL.map(|property| text(draft, property)));
        }
        let fields: Vec<_> = fields.iter().map(|field| quoted(field)).collect();
        write!(self.writer, "{}\r\n", fields.join(","))
    }

    /// Gives the writer back, everything written.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(mut self) -> io::Result<W> {
        self.writer.flush()?;
        Ok(self.writer)
    }
}

fn field(draft: &IndicatorDraft, column: &str) -> String {
    match column {
        "rbacGroups" => draft.rbac_group_names.join(","),
        "category" => additional(draft, "category"),
        "mitretechniques" => additional(draft, "mitreTechniques"),
        name => Property::from_name(name).map(|property| text(draft, property)).unwrap_or_default(),
    }
}

fn text(draft: &IndicatorDraft, property: Property) -> String {
    match draft.get(property) {
        Some(PropertyValue::Moment(moment)) => format!("{}.0Z", moment.date_and_clock()),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}

/// A property that can't be sent, where its form is the one that the portal takes: it knows categories by name only,
/// the API gives their number.
fn additional(draft: &IndicatorDraft, name: &str) -> String {
    let extra = draft.additional_properties.iter().find(|extra| extra.name == name);
    match extra.and_then(|extra| serde_json::from_str(&extra.json).ok()) {
        Some(serde_json::Value::String(text)) => text,
        Some(serde_json::Value::Array(values)) => {
            values.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join(",")
        }
        _ => String::new(),
    }
}

fn quoted(text: &str) -> String {
    let is_plain = !text.contains([',', '"', '\r', '\n']) && text.trim() == text;
    if is_plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::files::CsvReader;
    use crate::indicators::record::ExtraProperty;
    use crate::timestamp::Timestamp;

    fn draft() -> IndicatorDraft {
        IndicatorDraft {
            indicator_value: "example.com".into(),
            indicator_type: "DomainName".into(),
            action: "Block".into(),
            title: Some("say \"no\"".into()),
            description: Some("one,\r\ntwo".into()),
            severity: Some("High".into()),
            expiration_time: Timestamp::parse("2027-01-31T00:00:00.25Z"),
            generate_alert: Some(true),
            rbac_group_names: vec!["a".into(), "b c".into()],
            external_id: Some("feed:1".into()),
            additional_properties: vec![
                ExtraProperty { name: "category".into(), json: "\"Malware\"".into() },
                ExtraProperty { name: "mitreTechniques".into(), json: r#"["T1059","T1003"]"#.into() },
            ],
            ..IndicatorDraft::default()
        }
    }

    fn written(columns: Columns) -> String {
        let mut writer = CsvWriter::new(Vec::new(), columns).unwrap();
        writer.write(&draft()).unwrap();
        String::from_utf8(writer.finish().unwrap()).unwrap()
    }

    #[test]
    fn the_portal_gets_its_own_columns() {
        assert_eq!(
            written(Columns::Portal),
            "indicatorType,indicatorValue,action,title,description,expirationTime,severity,recommendedActions,\
             rbacGroups,category,mitretechniques,GenerateAlert\r\n\
             DomainName,example.com,Block,\"say \"\"no\"\"\",\"one,\r\ntwo\",2027-01-31T00:00:00.0Z,High,,\"a,b c\",\
             Malware,\"T1059,T1003\",true\r\n"
        );
        assert_eq!(Columns::Portal.left_out(&draft()), [Property::ExternalId]);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = written(Columns::All);
        let read: Vec<_> = CsvReader::new(text.as_bytes()).unwrap().map(Result::unwrap).collect();
        let whole_second = Timestamp::parse("2027-01-31T00:00:00Z");
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].draft, Ok(IndicatorDraft { expiration_time: whole_second, ..draft() }));
        assert_eq!(Columns::All.left_out(&draft()), []);
    }
}
