import type { Schemas } from '../api/call';
import { scheduleInShort } from '../words/schedule';

export function ScheduleInShort({ schedule, after }: { schedule: Schemas['Schedule']; after: readonly string[] }) {
  const { text, code, zone } = scheduleInShort(schedule, after);
  return (
    <span class="schedule">
      {code ? <code>{code}</code> : text}
      {zone && <span class="faint"> {zone}</span>}
    </span>
  );
}
