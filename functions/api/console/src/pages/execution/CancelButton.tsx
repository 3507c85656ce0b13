import { send, type Schemas } from '../../api/call';
import { confirm } from '../../parts/Confirm';
import { toast } from '../../parts/Toasts';

export function CancelButton({ execution, changed }: { execution: Schemas['Execution']; changed: () => void }) {
  if (execution.cancel_requested) {
    return (
      <button type="button" disabled>
        It was told to stop
      </button>
    );
  }
  const runs = execution.state === 'running';
  return (
    <button
      type="button"
      class="danger"
      onClick={() =>
        confirm({
          title: 'Cancel this execution?',
          body: runs
            ? 'One execution is concerned. Its handler is told to stop; what its target has done by then stays done. It cannot be taken back.'
            : 'One execution is concerned. It will not start any more, and jobs that run after it do not run for it. It cannot be taken back; the job can be run by hand.',
          verb: 'Cancel the execution',
          danger: true,
          run: async () => {
            const { status } = await send('POST', '/v1/executions/{id}/cancel', { path: { id: execution.id } });
            changed();
            toast(status === 202 ? 'Its handler has been told to stop.' : 'It is canceled.');
          },
        })
      }
    >
      Cancel…
    </button>
  );
}
