//! As much of the RDS Data API as `sql` jobs use, before a PostgreSQL on this machine. Values are bound by the server's
//! own protocol; a statement's text reaches it as it is, but for its names.

mod statement;
mod value;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls};

use self::statement::numbered;
use self::value::{Bound, field};
use crate::HostError;

/// The door to one server.
#[derive(Clone, Debug)]
pub(crate) struct DataApi {
    server: Arc<Config>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecuteStatement {
    database: String,
    sql: String,
    #[serde(default)]
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameter {
    name: String,
    value: Value,
    type_hint: Option<String>,
}

/// What the Data API says when it does not do as asked.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    fn bad_request(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: "BadRequestException",
            message: message.into(),
        }
    }
}

impl From<tokio_postgres::Error> for Refusal {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(said) => Self::bad_request(format!(
                "{}: {}; SQLState: {}",
                said.severity(),
                said.message(),
                said.code().code()
            )),
            None if error.is_closed() || error.source_is_io() => Self {
                status: StatusCode::GATEWAY_TIMEOUT,
                code: "DatabaseUnavailableException",
                message: error.to_string(),
            },
            None => Self::bad_request(error.to_string()),
        }
    }
}

/// Tells trouble with the connection from everything else that is no answer of the server's.
trait SourceIsIo {
    fn source_is_io(&self) -> bool;
}

impl SourceIsIo for tokio_postgres::Error {
    fn source_is_io(&self) -> bool {
        let source = std::error::Error::source(self);
        source.is_some_and(<dyn std::error::Error + 'static>::is::<std::io::Error>)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let headers = [("x-amzn-errortype", self.code)];
        (
            self.status,
            headers,
            Json(json!({ "message": self.message })),
        )
            .into_response()
    }
}

impl DataApi {
    /// A door before the server at `url`, `postgres://user@host:port`.
    pub(crate) fn before(url: &str) -> Result<Self, HostError> {
        Ok(Self {
            server: Arc::new(url.parse()?),
        })
    }

    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/Execute", post(execute))
            .with_state(self)
    }
}

async fn execute(
    State(door): State<DataApi>,
    Json(asked): Json<ExecuteStatement>,
) -> Result<Json<Value>, Refusal> {
    let mut server = (*door.server).clone();
    let (client, connection) = server.dbname(&asked.database).connect(NoTls).await?;
    let driver = tokio::spawn(connection);

    let bound: Vec<(&str, Bound)> = asked
        .parameters
        .iter()
        .map(|parameter| {
            let bound = Bound::read(&parameter.value, parameter.type_hint.as_deref());
            bound
                .map(|bound| (parameter.name.as_str(), bound))
                .ok_or_else(|| Refusal::bad_request(format!("parameter {}", parameter.name)))
        })
        .collect::<Result<_, _>>()?;
    let casts: Vec<_> = bound
        .iter()
        .map(|(name, bound)| (*name, bound.cast()))
        .collect();
    let (sql, used) = numbered(&asked.sql, &casts)
        .map_err(|name| Refusal::bad_request(format!("no value for the parameter {name}")))?;
    let used: Vec<&Bound> = used.into_iter().map(|index| &bound[index].1).collect();
    let types: Vec<_> = used.iter().map(|bound| bound.sql_type()).collect();
    let statement = client.prepare_typed(&sql, &types).await?;
    let values: Vec<&(dyn ToSql + Sync)> = used
        .iter()
        .map(|bound| *bound as &(dyn ToSql + Sync))
        .collect();
    let answer = if statement.columns().is_empty() {
        let changed = client.execute(&statement, &values).await?;
        json!({ "numberOfRecordsUpdated": changed, "generatedFields": [] })
    } else {
        let rows = client.query(&statement, &values).await?;
        let columns = statement.columns().iter();
        let records = rows
            .iter()
            .map(|row| (0..row.len()).map(|index| field(row, index)).collect())
            .collect::<Result<Vec<Vec<Value>>, _>>()?;
        json!({
            "numberOfRecordsUpdated": 0,
            "columnMetadata": columns
                .map(|column| json!({ "label": column.name(), "typeName": column.type_().name() }))
                .collect::<Vec<_>>(),
            "records": records,
        })
    };
    drop(client);
    // The connection ends once nobody can use it any more; a server is not left with it.
    let _ = driver.await;
    Ok(Json(answer))
}
