import type { Change } from './mergePatch';

/** Each field that differs, as it was and as it would be. */
export function ChangeList({ changes }: { changes: Change[] }) {
  if (changes.length === 0) return <p class="soft">No field differs.</p>;
  return (
    <dl class="changes">
      {changes.map(({ path, before, after }) => (
        <div key={path}>
          <dt>
            <code>{path}</code>
          </dt>
          <dd>
            <del>{shown(before)}</del> <span aria-hidden="true">→</span> <ins>{shown(after)}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function shown(value: unknown): string {
  if (value === undefined) return 'the default';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
