// Who is told of what becomes of it.

import type { Schemas } from '../../api/call';
import { Group, NumberField } from './controls';
import type { ChannelDraft, NotifyOn } from './draft';
import type { Form } from './form';

const EVENTS: readonly (readonly [NotifyOn, string])[] = [
  ['failed', 'it fails'],
  ['dead', 'it is given up'],
  ['succeeded', 'it succeeds'],
  ['late', 'it starts late'],
  ['paused', 'it is paused for its failures'],
];

const WAYS: Record<Schemas['Channel']['kind'], { name: string; says: string }> = {
  webhook: { name: 'Webhook', says: 'https://… or secret:NAME' },
  slack: { name: 'Slack', says: 'secret:NAME of the webhook' },
  email: { name: 'Mail', says: 'addresses, with commas between them' },
  sns: { name: 'SNS', says: 'arn:aws:sns:…' },
};

export function NotifyFields({ form }: { form: Form }) {
  const { channels, notifyOn } = form.draft;
  const set = (index: number, changes: Partial<ChannelDraft>) =>
    form.change({ channels: channels.map((channel, at) => (at === index ? { ...channel, ...changes } : channel)) });
  return (
    <Group title="Notify" says={channels.length === 0 ? 'Nobody is told' : ''}>
      <div class="whole-row channels">
        {channels.map((channel, index) => (
          <div key={index} class="channel">
            <select aria-label={`How, ${index + 1}`} value={channel.kind} onChange={(event) => set(index, { kind: event.currentTarget.value as ChannelDraft['kind'], rest: {} })}>
              {Object.entries(WAYS).map(([kind, way]) => (
                <option key={kind} value={kind}>
                  {way.name}
                </option>
              ))}
            </select>
            <input
              type="text"
              aria-label={`Whom, ${index + 1}`}
              class="mono"
              spellcheck={false}
              placeholder={WAYS[channel.kind].says}
              value={channel.to}
              onInput={(event) => set(index, { to: event.currentTarget.value })}
            />
            <button type="button" class="bare" aria-label={`Remove way ${index + 1}`} onClick={() => form.change({ channels: channels.filter((_, at) => at !== index) })}>
              ×
            </button>
          </div>
        ))}
        {form.problem('notify.channels') && <p class="problem">{form.problem('notify.channels')}</p>}
        {form.problem('notify') && <p class="problem">{form.problem('notify')}</p>}
        {channels.length < 5 && (
          <button type="button" class="small" onClick={() => form.change({ channels: [...channels, { kind: 'webhook', to: '', rest: {} }] })}>
            Add a way to be told
          </button>
        )}
      </div>
      {channels.length > 0 && (
        <>
          <fieldset class="choices">
            <legend>When</legend>
            {EVENTS.map(([event, words]) => (
              <label key={event} class="check">
                <input
                  type="checkbox"
                  checked={notifyOn.includes(event)}
                  onChange={(change) => form.change({ notifyOn: change.currentTarget.checked ? [...notifyOn, event] : notifyOn.filter((one) => one !== event) })}
                />
                {words}
              </label>
            ))}
            {form.problem('notify.on') && <p class="problem">{form.problem('notify.on')}</p>}
          </fieldset>
          {notifyOn.includes('late') && (
            <NumberField form={form} path="notify.late_after_seconds" field="lateAfter" label="Late is later than, in seconds" placeholder="60" />
          )}
        </>
      )}
    </Group>
  );
}
