// A value as JSON: set out over lines, or as it came; long ones scroll by themselves.

import { useState } from 'preact/hooks';

export function Json({ value, label }: { value: unknown; label: string }) {
  const [plain, setPlain] = useState(false);
  const [copied, setCopied] = useState(false);
  const isText = typeof value === 'string';
  const text = isText ? value : JSON.stringify(value, null, plain ? 0 : 2);

  async function copy() {
    // Refused where the page is not trusted: it can still be selected by hand.
    await navigator.clipboard?.writeText(text).then(() => setCopied(true), () => undefined);
  }

  return (
    <div class="json">
      <div class="json-tools">
        {!isText && (
          <button type="button" class="bare small" aria-pressed={plain} onClick={() => setPlain(!plain)}>
            {plain ? 'Set out' : 'In one line'}
          </button>
        )}
        <button type="button" class="bare small" onClick={() => void copy()}>
          {copied ? 'Copied' : 'Copy'}
        </button>
      </div>
      <pre tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
    </div>
  );
}
