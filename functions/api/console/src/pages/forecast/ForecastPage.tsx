import type { Params } from '../../app/router';
import { Page } from '../../parts/Page';

export function ForecastPage(_: { params: Params }) {
  return <Page title="Forecast">Not built yet.</Page>;
}
