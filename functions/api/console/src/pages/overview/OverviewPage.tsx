// What is happening, and what is about to. Operators see the whole service; everybody else what is their own.

import type { Params } from '../../app/router';
import { may, session } from '../../state/session';
import { useStore } from '../../state/store';
import { OwnOverview } from './OwnOverview';
import { ServiceOverview } from './ServiceOverview';

export function OverviewPage(_: { params: Params }) {
  return may(useStore(session), 'keepers') ? <ServiceOverview /> : <OwnOverview />;
}
