// What a part of a page shows while, or because, it has nothing to show.

import type { ComponentChildren } from 'preact';
import type { Failure } from '../api/problem';
import { Problem } from '../api/problem';
import { explain } from '../words/error';

export function Loading({ what }: { what: string }) {
  return (
    <p class="state" role="status">
      <span class="spinner" aria-hidden="true" /> Loading {what.charAt(0).toLowerCase() + what.slice(1)}…
    </p>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="state empty">{children}</div>;
}

interface FailureProps {
  failure: Failure;
  retry?: () => void;
  /** There is older data beside it, which is still shown. */
  stale?: boolean;
}

export function FailureNote({ failure, retry, stale = false }: FailureProps) {
  // That nothing is reached, the banner above every page says once for all of them.
  if (stale && !(failure instanceof Problem)) return null;
  const said = explain(failure);
  return (
    <div class="note tone-bad" role="alert">
      <strong>{said.title}</strong>
      <p>
        {said.detail}
        {stale && ' What is shown is from before.'}
      </p>
      {failure instanceof Problem && failure.errors.length > 0 && (
        <ul>
          {failure.errors.map(({ field, reason }) => (
            <li key={field}>
              <code>{field}</code>: {reason}
            </li>
          ))}
        </ul>
      )}
      {failure instanceof Problem && failure.requestId && <p class="faint">Request {failure.requestId}</p>}
      {said.again && retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
