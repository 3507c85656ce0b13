// Says that nothing is coming from the API, for as long as that is so. What is shown stays; pages ask again by themselves.

import { reachable } from '../api/call';
import { useStore } from '../state/store';

export function OfflineBanner() {
  const reached = useStore(reachable);
  return (
    <div role="status">
      {!reached && (
        <p class="banner">
          <span aria-hidden="true">⚠ </span>The API cannot be reached. What you see is from before; it is tried again by itself.
        </p>
      )}
    </div>
  );
}
