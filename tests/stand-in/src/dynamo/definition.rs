//! CreateTable, DescribeTable, DeleteTable, ListTables and the two calls about expiry.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value as Json, json};

use super::Dynamo;
use super::key::{KeyAttribute, KeySchema, KeyType};
use super::rows::Rows;
use super::table::{Index, Projected, Table};
use super::value::size_of;
use crate::refusal::Refusal;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AttributeDefinition {
    attribute_name: String,
    attribute_type: KeyType,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct KeySchemaElement {
    attribute_name: String,
    key_type: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ProjectionRequest {
    #[serde(default)]
    projection_type: Option<String>,
    #[serde(default)]
    non_key_attributes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct IndexRequest {
    index_name: String,
    key_schema: Vec<KeySchemaElement>,
    #[serde(default)]
    projection: ProjectionRequest,
    #[serde(default, rename = "ProvisionedThroughput")]
    _provisioned: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CreateTable {
    table_name: String,
    attribute_definitions: Vec<AttributeDefinition>,
    key_schema: Vec<KeySchemaElement>,
    #[serde(default)]
    global_secondary_indexes: Vec<IndexRequest>,
    // Capacity is not limited here, and nothing is tagged.
    #[serde(default, rename = "BillingMode")]
    _billing: Option<IgnoredAny>,
    #[serde(default, rename = "ProvisionedThroughput")]
    _provisioned: Option<IgnoredAny>,
    #[serde(default, rename = "Tags")]
    _tags: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct NamedTable {
    table_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TimeToLive {
    attribute_name: String,
    enabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct UpdateTimeToLive {
    table_name: String,
    time_to_live_specification: TimeToLive,
}

fn schema(
    elements: &[KeySchemaElement],
    definitions: &[AttributeDefinition],
) -> Result<KeySchema, Refusal> {
    let attribute = |wanted: &str| {
        let mut found = elements.iter().filter(|element| element.key_type == wanted);
        let first = found.next().map(|element| {
            let name = &element.attribute_name;
            let definition = definitions.iter().find(|definition| definition.attribute_name == *name);
            let definition = definition.ok_or_else(|| {
                Refusal::validation(format!(
                    "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [{name}]"
                ))
            })?;
            Ok(KeyAttribute {
                name: name.clone(),
                key_type: definition.attribute_type,
            })
        });
        first.transpose()
    };
    let hash = attribute("HASH")?;
    Ok(KeySchema {
        hash: hash.ok_or_else(|| Refusal::validation("No Hash Key specified in schema."))?,
        range: attribute("RANGE")?,
    })
}

fn key_schema(schema: &KeySchema) -> Json {
    let types = ["HASH", "RANGE"];
    let attributes = schema.attributes().zip(types);
    attributes
        .map(
            |(attribute, key_type)| json!({ "AttributeName": attribute.name, "KeyType": key_type }),
        )
        .collect()
}

fn describe(table: &Table) -> Json {
    let of_indexes = table.indexes.iter().map(|index| &index.rows.schema);
    let schemas = std::iter::once(table.schema()).chain(of_indexes);
    let mut definitions: Vec<(&str, &str)> = schemas
        .flat_map(KeySchema::attributes)
        .map(|attribute| (attribute.name.as_str(), attribute.type_name()))
        .collect();
    definitions.sort_unstable();
    definitions.dedup();
    let definitions: Vec<_> = definitions
        .into_iter()
        .map(|(name, of)| json!({ "AttributeName": name, "AttributeType": of }))
        .collect();
    let (mut count, mut bytes) = (0_u64, 0);
    for (_, _, item) in table.rows.iter() {
        count += 1;
        bytes += size_of(item);
    }
    let mut described = json!({
        "TableName": table.name,
        "TableStatus": "ACTIVE",
        "TableArn": format!("arn:aws:dynamodb:us-east-1:000000000000:table/{}", table.name),
        "CreationDateTime": table.created_at.timestamp(),
        "KeySchema": key_schema(table.schema()),
        "AttributeDefinitions": definitions,
        "BillingModeSummary": { "BillingMode": "PAY_PER_REQUEST" },
        "ItemCount": count,
        "TableSizeBytes": bytes,
    });
    if !table.indexes.is_empty() {
        let indexes = table.indexes.iter().map(|index| {
            let projection = match &index.projected {
                Projected::KeysOnly => json!({ "ProjectionType": "KEYS_ONLY" }),
                Projected::All => json!({ "ProjectionType": "ALL" }),
                Projected::Include(included) => {
                    json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": included })
                }
            };
            json!({
                "IndexName": index.name,
                "IndexStatus": "ACTIVE",
                "KeySchema": key_schema(&index.rows.schema),
                "Projection": projection,
            })
        });
        described["GlobalSecondaryIndexes"] = indexes.collect();
    }
    described
}

impl Dynamo {
    pub(super) fn create_table(
        &mut self,
        now: DateTime<Utc>,
        request: CreateTable,
    ) -> Result<Json, Refusal> {
        let name = request.table_name;
        if self.tables.contains_key(&name) {
            return Err(Refusal::new(
                "ResourceInUseException",
                format!("Table already exists: {name}"),
            ));
        }
        let definitions = &request.attribute_definitions;
        let indexes = request.global_secondary_indexes.into_iter().map(|index| {
            let projection = index.projection;
            let projected = match projection.projection_type.as_deref() {
                Some("KEYS_ONLY") => Projected::KeysOnly,
                Some("INCLUDE") => Projected::Include(projection.non_key_attributes),
                Some("ALL") => Projected::All,
                other => {
                    return Err(Refusal::validation(format!(
                        "One or more parameter values were invalid: Unknown ProjectionType: {}",
                        other.unwrap_or("null")
                    )));
                }
            };
            Ok(Index {
                name: index.index_name,
                projected,
                rows: Rows::new(schema(&index.key_schema, definitions)?),
            })
        });
        let indexes = indexes.collect::<Result<_, _>>()?;
        let schema = schema(&request.key_schema, definitions)?;
        let table = Table::new(name.clone(), schema, indexes, now);
        let described = describe(&table);
        self.tables.insert(name, table);
        self.changed();
        Ok(json!({ "TableDescription": described }))
    }

    pub(super) fn describe_table(&self, request: &NamedTable) -> Result<Json, Refusal> {
        Ok(json!({ "Table": describe(self.table(&request.table_name)?) }))
    }

    pub(super) fn delete_table(&mut self, request: &NamedTable) -> Result<Json, Refusal> {
        let table = self.tables.remove(&request.table_name);
        let table = table.ok_or_else(Refusal::no_table)?;
        self.changed();
        Ok(json!({ "TableDescription": describe(&table) }))
    }

    pub(super) fn list_tables(&self) -> Json {
        json!({ "TableNames": self.tables.keys().collect::<Vec<_>>() })
    }

    pub(super) fn update_time_to_live(
        &mut self,
        request: UpdateTimeToLive,
    ) -> Result<Json, Refusal> {
        let asked = request.time_to_live_specification;
        let table = self.table_mut(&request.table_name)?;
        table.ttl_attribute = asked.enabled.then(|| asked.attribute_name.clone());
        self.changed();
        Ok(json!({
            "TimeToLiveSpecification": { "AttributeName": asked.attribute_name, "Enabled": asked.enabled }
        }))
    }

    pub(super) fn describe_time_to_live(&self, request: &NamedTable) -> Result<Json, Refusal> {
        let described = match &self.table(&request.table_name)?.ttl_attribute {
            Some(name) => json!({ "TimeToLiveStatus": "ENABLED", "AttributeName": name }),
            None => json!({ "TimeToLiveStatus": "DISABLED" }),
        };
        Ok(json!({ "TimeToLiveDescription": described }))
    }
}
