// The payload: as JSON, which is always whole, or for requests over HTTP as a form of its commonest parts. Both are views of
// one text.

import { Field } from '../../parts/Field';
import type { Form } from './form';
import { HttpPayload } from './HttpPayload';
import { jsonFault } from './json';

export function Payload({ form, inJson, setInJson }: { form: Form; inJson: boolean; setInJson: (inJson: boolean) => void }) {
  const { jobType, payload } = form.draft;
  const fault = jsonFault(payload);
  const parsed: unknown = fault ? undefined : JSON.parse(payload);
  const hasForm = jobType === 'http';
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);

  return (
    <div class="whole-row">
      {hasForm && (
        <div class="switch" role="group" aria-label="How the payload is edited">
          <button type="button" class="small" aria-pressed={!inJson} disabled={!isObject} onClick={() => setInJson(false)}>
            Form
          </button>
          <button type="button" class="small" aria-pressed={inJson} onClick={() => setInJson(true)}>
            JSON
          </button>
        </div>
      )}
      {hasForm && !inJson && isObject ? (
        <HttpPayload form={form} payload={parsed as Record<string, unknown>} change={(next) => form.change({ payload: JSON.stringify(next, null, 2) })} />
      ) : (
        <JsonField form={form} fault={fault && `Line ${fault.line}, column ${fault.column}: ${fault.message}`} />
      )}
    </div>
  );
}

function JsonField({ form, fault }: { form: Form; fault: string | undefined }) {
  const { payload } = form.draft;
  return (
    <Field name="payload" label="Payload, as JSON" problem={fault ?? form.problem('payload')} hint="May have placeholders in its texts; credentials are named as secrets.">
      {(control) => (
        <textarea
          {...control}
          class="mono"
          rows={Math.min(24, Math.max(6, payload.split('\n').length + 1))}
          spellcheck={false}
          value={payload}
          onInput={(event) => form.change({ payload: event.currentTarget.value })}
        />
      )}
    </Field>
  );
}
