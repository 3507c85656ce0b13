// What came of it. A long result is kept apart: the record has its beginning, and a link leads to the whole.

import { useState } from 'preact/hooks';
import { get, type Schemas } from '../../api/call';
import type { Failure } from '../../api/problem';
import { Json } from '../../parts/Json';
import { Section } from '../../parts/Page';
import { FailureNote } from '../../parts/States';
import { Relative } from '../../parts/Time';
import { asFailure } from '../../state/polling';
import { bytes } from '../../words/count';

export function Output({ execution }: { execution: Schemas['Execution'] }) {
  const { output, truncated, result } = execution;
  return (
    <Section title="Output">
      {output === null || output === undefined ? (
        <p class="soft">There is none.</p>
      ) : (
        <>
          {statusOf(output)}
          <Json value={output} label="The output, as JSON" />
        </>
      )}
      {truncated && <p class="hint">This is only the beginning.{execution.result_lost && ' The whole could not be stored.'}</p>}
      {result && <WholeResult id={execution.id} result={result} />}
    </Section>
  );
}

function statusOf(output: unknown) {
  const status = typeof output === 'object' && output !== null && 'status' in output ? output.status : undefined;
  if (typeof status !== 'number') return null;
  return (
    <p class="target">
      <span class={`badge ${status < 400 ? 'tone-good' : 'tone-bad'}`}>answered {status}</span>
    </p>
  );
}

function WholeResult({ id, result }: { id: string; result: Schemas['ExecutionResult'] }) {
  const [link, setLink] = useState<Schemas['ResultLink']>();
  const [failure, setFailure] = useState<Failure>();
  const ask = () =>
    get('/v1/executions/{id}/result', { path: { id } }).then(setLink, (error: unknown) => setFailure(asFailure(error)));
  return (
    <div class="actions spaced">
      {failure && <FailureNote failure={failure} />}
      {link ? (
        <>
          <a class="button" href={link.url} target="_blank" rel="noreferrer">
            Open the whole result
          </a>
          <span class="hint">
            The link ends <Relative at={link.expires_at} />
          </span>
        </>
      ) : (
        <button type="button" onClick={() => void ask()}>
          Get the whole result ({bytes(result.bytes)}
          {result.cut ? ', cut' : ''}, {result.content_type})
        </button>
      )}
    </div>
  );
}
