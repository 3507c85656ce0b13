// What the API says that a draft's schedule would do, asked again a moment after each change of it.

import { useEffect, useState } from 'preact/hooks';
import { post, type Schemas } from '../../api/call';
import { type Polled, usePolling } from '../../state/polling';
import { type Draft, pruned, times } from './draft';
import { scheduleRequest } from './schedule';

type Preview = Schemas['Preview'];

const SETTLES_AFTER_MS = 350;

export function usePreview(draft: Draft, jobId: string | undefined): Polled<Preview> {
  const schedule = scheduleRequest(draft.schedule);
  const wanted = schedule === undefined ? '' : JSON.stringify(pruned({ schedule, ...times(draft), job_id: jobId, count: 10 }));
  const [asked, ask] = useState(wanted);
  useEffect(() => {
    if (wanted === asked) return undefined;
    const timer = setTimeout(() => ask(wanted), SETTLES_AFTER_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  return usePolling(asked, (signal) => post('/v1/schedules/preview', { body: JSON.parse(asked), signal }), {
    everySeconds: 60,
    enabled: asked !== '',
  });
}
