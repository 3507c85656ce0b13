// A request over HTTP: method, address, headers and body. Whatever else the payload has is kept, and named.

import { useState } from 'preact/hooks';
import { Field } from '../../parts/Field';
import type { Form } from './form';
import { jsonFault } from './json';

type Json = Record<string, unknown>;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const SHOWN = new Set(['method', 'url', 'headers', 'body']);

export function HttpPayload({ form, payload, change }: { form: Form; payload: Json; change: (next: Json) => void }) {
  const others = Object.keys(payload).filter((name) => !SHOWN.has(name));
  const set = (name: string, value: unknown) => {
    const { [name]: _, ...rest } = payload;
    change(value === undefined ? rest : { ...payload, [name]: value });
  };
  return (
    <div class="fields">
      <Field name="payload.method" label="Method" problem={form.problem('payload.method')}>
        {(control) => (
          <select {...control} value={String(payload['method'] ?? 'POST')} onChange={(event) => set('method', event.currentTarget.value)}>
            {METHODS.map((method) => (
              <option key={method}>{method}</option>
            ))}
          </select>
        )}
      </Field>
      <Field name="payload.url" label="Address" wide problem={form.problem('payload.url')}>
        {(control) => (
          <input {...control} type="url" class="mono" spellcheck={false} value={String(payload['url'] ?? '')} onInput={(event) => set('url', event.currentTarget.value)} />
        )}
      </Field>
      <Headers form={form} headers={payload['headers']} change={(headers) => set('headers', headers)} />
      <Body form={form} body={payload['body']} change={(body) => set('body', body)} />
      {form.problem('payload') && <p class="problem whole-row">{form.problem('payload')}</p>}
      {others.length > 0 && (
        <p class="hint whole-row">
          Kept as it is, and to be edited as JSON: <code>{others.join(', ')}</code>
        </p>
      )}
    </div>
  );
}

/** One header a line; `Authorization: secret:report-key` names a secret. */
function Headers({ form, headers, change }: { form: Form; headers: unknown; change: (headers: Json | undefined) => void }) {
  const [text, setText] = useState(() => headerLines(headers));
  return (
    <Field
      name="payload.headers"
      wide
      label="Headers"
      problem={form.problem('payload.headers')}
      hint={
        <>
          One a line: <code>X-Report: daily</code>. A secret by its name: <code>Authorization: secret:report-key</code>
        </>
      }
    >
      {(control) => (
        <textarea
          {...control}
          class="mono"
          rows={3}
          spellcheck={false}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            change(readHeaders(event.currentTarget.value));
          }}
        />
      )}
    </Field>
  );
}

export function headerLines(headers: unknown): string {
  if (typeof headers !== 'object' || headers === null) return '';
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${typeof value === 'object' && value !== null && 'secret' in value ? `secret:${String(value.secret)}` : String(value)}`)
    .join('\n');
}

export function readHeaders(text: string): Json | undefined {
  const entries = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): [string, unknown] => {
      const at = line.indexOf(':');
      const name = (at < 0 ? line : line.slice(0, at)).trim();
      const value = at < 0 ? '' : line.slice(at + 1).trim();
      return [name, value.startsWith('secret:') ? { secret: value.slice('secret:'.length) } : value];
    });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** A text is sent as it is, anything else as JSON: which of the two is chosen, not guessed from what was typed. */
function Body({ form, body, change }: { form: Form; body: unknown; change: (body: unknown) => void }) {
  const [kind, setKind] = useState(body === undefined ? 'none' : typeof body === 'string' ? 'text' : 'json');
  const [text, setText] = useState(() => (typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body, null, 2)));
  const fault = kind === 'json' ? jsonFault(text) : undefined;

  function update(nextKind: string, nextText: string) {
    setKind(nextKind);
    setText(nextText);
    if (nextKind === 'none') change(undefined);
    else if (nextKind === 'text') change(nextText);
    else if (!jsonFault(nextText)) change(JSON.parse(nextText));
  }

  return (
    <>
      <Field name="payload.body_kind" label="Body">
        {(control) => (
          <select {...control} value={kind} onChange={(event) => update(event.currentTarget.value, text)}>
            <option value="none">none</option>
            <option value="json">JSON</option>
            <option value="text">text, as it is</option>
          </select>
        )}
      </Field>
      {kind !== 'none' && (
        <Field
          name="payload.body"
          wide
          label={kind === 'json' ? 'Body, as JSON' : 'Body'}
          problem={fault ? `Line ${fault.line}, column ${fault.column}: ${fault.message}; not taken over yet` : form.problem('payload.body')}
        >
          {(control) => <textarea {...control} class="mono" rows={5} spellcheck={false} value={text} onInput={(event) => update(kind, event.currentTarget.value)} />}
        </Field>
      )}
    </>
  );
}
