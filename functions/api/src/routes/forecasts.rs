//! The load before it happens. Forecasts are of one's own jobs; those who keep the service running see everybody's.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use punctual::usecase::{World, forecast_load, forecast_minute};
use utoipa::IntoParams;

use crate::Api;
use crate::openapi::NoSuchUser;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{AheadParameter, ForecastParameters, Parameters};
use crate::view::{ForecastMinuteView, ForecastView};

/// Forecast the load
///
/// How many executions start in each minute of the time ahead, at which seconds the most do, and whose they are. It follows
/// from the jobs' timetables as they are now: what runs after others, is retried or asked for at once is not in it.
#[utoipa::path(
    get, path = "/v1/forecast", operation_id = "show_forecast", tag = "forecast",
    params(AheadParameter, ForecastParameters),
    responses((status = 200, description = "What is to be expected", body = ForecastView), NoSuchUser),
)]
pub async fn show<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    mut parameters: Parameters,
) -> Result<Json<ForecastView>, Problem> {
    let ahead = parameters.ahead()?;
    let filter = parameters.forecast()?;
    parameters.no_others()?;
    let found = forecast_load(&api.world, &api.agenda, &caller, filter, ahead).await;
    Ok(Json(found.map_err(Problem::of_the_query)?.into()))
}

/// What [`minute`] takes beside, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its shape is used")]
pub struct MinuteParameter {
    /// An instant in the minute, within 31 days from now; now, if absent.
    at: Option<DateTime<Utc>>,
}

/// Forecast one minute
///
/// How many executions start at each of its seconds, and whose they are.
#[utoipa::path(
    get, path = "/v1/forecast/minute", operation_id = "show_forecast_minute", tag = "forecast",
    params(MinuteParameter, ForecastParameters),
    responses((status = 200, description = "The minute, second by second", body = ForecastMinuteView), NoSuchUser),
)]
pub async fn minute<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    mut parameters: Parameters,
) -> Result<Json<ForecastMinuteView>, Problem> {
    let at = parameters.instant("at")?;
    let filter = parameters.forecast()?;
    parameters.no_others()?;
    let found = forecast_minute(&api.world, &api.agenda, &caller, filter, at).await;
    Ok(Json(found.map_err(Problem::of_the_query)?.into()))
}
