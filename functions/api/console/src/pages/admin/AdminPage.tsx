import type { Params } from '../../app/router';
import { Page } from '../../parts/Page';

export function AdminPage(_: { params: Params }) {
  return <Page title="Admin">Not built yet.</Page>;
}
