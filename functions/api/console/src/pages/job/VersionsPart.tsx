// What the job was before: each version by what made it, with what it changed, and a way back to it.

import { get, put, type Schemas } from '../../api/call';
import { confirm } from '../../parts/Confirm';
import { FailureNote, Loading } from '../../parts/States';
import { Time } from '../../parts/Time';
import { toast } from '../../parts/Toasts';
import { usePaged } from '../../state/paged';
import { count, spaced } from '../../words/count';
import { ChangeList } from '../job-form/ChangeList';
import { changes } from '../job-form/mergePatch';
import { isDeleted, type Job } from '../jobs/actions';

type Version = Schemas['Version'];

const idOf = (version: Version) => String(version.version);
/** What makes a version, as it is said of it. */
const DONE: Partial<Record<Version['action'], string>> = {
  create: 'created',
  edit: 'edited',
  pause: 'paused',
  auto_pause: 'paused for its failures',
  resume: 'resumed',
  delete: 'deleted',
};

interface Props {
  job: Job;
  changed: () => void;
  writes: boolean;
}

export function VersionsPart({ job, changed, writes }: Props) {
  const list = usePaged(
    `versions/${job.id}/${job.version}`,
    (cursor, signal) => get('/v1/jobs/{id}/versions', { path: { id: job.id }, query: { cursor, limit: 20 }, signal }),
    idOf,
    { everySeconds: 60 },
  );
  if (list.loading) return <Loading what="Versions" />;
  if (list.failure && list.items.length === 0) return <FailureNote failure={list.failure} retry={list.refresh} />;
  const [current] = list.items;
  return (
    <>
      <ol class="versions">
        {list.items.map((version, index) => (
          <VersionLine
            key={version.version}
            version={version}
            before={list.items[index + 1]}
            restore={writes && current && version !== current && !isDeleted(job) ? () => restore(job, current, version, changed) : undefined}
          />
        ))}
      </ol>
      <div class="table-foot">
        <span role="status">{count(list.items.length, 'version')}</span>
        {list.more && (
          <button type="button" onClick={list.loadMore} disabled={list.loadingMore}>
            Load more
          </button>
        )}
      </div>
    </>
  );
}

function VersionLine({ version, before, restore }: { version: Version; before: Version | undefined; restore: (() => void) | undefined }) {
  const differs = before ? changes(before.definition, version.definition) : [];
  return (
    <li class="panel">
      <div class="panel-head">
        <span>
          <strong>Version {version.version}</strong> <span class="soft">{DONE[version.action] ?? spaced(version.action)} by {version.by}</span>
        </span>
        <span class="actions">
          <Time at={version.at} />
          {restore && (
            <button type="button" class="small" onClick={restore}>
              Restore…
            </button>
          )}
        </span>
      </div>
      {before ? differs.length > 0 ? <ChangeList changes={differs} /> : <p class="faint">The definition stayed as it was; the job was {version.status} then.</p> : null}
    </li>
  );
}

function restore(job: Job, current: Version, wanted: Version, changed: () => void): void {
  const path = { id: job.id };
  confirm({
    title: `Make “${job.name}” what it was in version ${wanted.version}?`,
    body: (
      <>
        <p>That makes one more version. Whether it is paused does not change. What changes:</p>
        <ChangeList changes={changes(current.definition, wanted.definition)} />
      </>
    ),
    verb: `Restore version ${wanted.version}`,
    run: async () => {
      const restored = await put('/v1/jobs/{id}', { path, body: wanted.definition, version: current.version });
      changed();
      toast(`“${job.name}” is as in version ${wanted.version} again.`, {
        label: 'Undo',
        run: () => put('/v1/jobs/{id}', { path, body: current.definition, version: restored.version }).then(changed),
      });
    },
  });
}
