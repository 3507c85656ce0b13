// What was asked for: the payload of the job's version that ran, before its placeholders were filled.

import { get, type Schemas } from '../../api/call';
import { href } from '../../app/router';
import { Json } from '../../parts/Json';
import { Section } from '../../parts/Page';
import { FailureNote, Loading } from '../../parts/States';
import { usePolling } from '../../state/polling';

export function Request({ execution }: { execution: Schemas['Execution'] }) {
  const { job_id: id, job_version: version } = execution;
  const { data, failure, refresh } = usePolling(
    `request/${id}/${version}`,
    (signal) => get('/v1/jobs/{id}/versions/{version}', { path: { id, version: version ?? 1 }, signal }),
    { everySeconds: 3_600, enabled: version !== null },
  );
  return (
    <Section title="Request" aside={version !== null && <a href={href(`/jobs/${id}?show=versions`)}>version {version} of the job</a>}>
      {version === null && <p class="soft">It has not been taken up, so no version of the job was run.</p>}
      {failure && !data && <FailureNote failure={failure} retry={refresh} />}
      {version !== null && !data && !failure && <Loading what="The request" />}
      {data && (
        <>
          <p class="target">
            <span class="badge tone-idle">{data.definition.job_type}</span> <code>{target(data.definition.payload)}</code>
          </p>
          <Json value={data.definition.payload ?? {}} label="The payload, as JSON" />
          <p class="hint">Placeholders are shown unfilled, and secrets by their names.</p>
        </>
      )}
    </Section>
  );
}

/** Where it goes, in a line, for payloads that say so. */
function target(payload: unknown): string {
  if (typeof payload !== 'object' || payload === null) return '';
  const given = payload as Record<string, unknown>;
  if (typeof given['url'] === 'string') return `${typeof given['method'] === 'string' ? given['method'] : 'POST'} ${given['url']}`;
  const named = ['queue', 'topic_arn', 'bus_arn', 'function', 'state_machine_arn', 'work', 'database'].map((name) => given[name]);
  return named.find((value) => typeof value === 'string') ?? '';
}
