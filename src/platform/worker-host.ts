/** The inside of a worker thread: runs the jobs that it is told to, one after the other. */
import { parentPort } from 'node:worker_threads';
import type { Job, Wait } from './executor.ts';
import type { ErrorCodec, JobMessage, OutcomeMessage } from './worker-messages.ts';

// biome-ignore lint/suspicious/noExplicitAny: each job knows its own input, which its caller was held to.
type AnyJob = Job<any, unknown>;

/** To be called once, by a worker's entry. */
export function serveJobs(jobs: readonly AnyJob[], errors: ErrorCodec): void {
  if (parentPort === null) throw new Error('this is no worker thread');
  const port = parentPort;
  const byName = new Map(jobs.map((job) => [job.name, job]));
  port.on('message', ({ job, input }: JobMessage) => {
    let outcome: OutcomeMessage;
    try {
      const found = byName.get(job);
      if (found === undefined) throw new Error(`the worker knows no job ${job}`);
      outcome = { output: toEnd(found.run(input)) };
    } catch (error) {
      outcome = { error: errors.encode(error) };
    }
    port.postMessage(outcome, 'output' in outcome ? memoryOf(outcome.output) : []);
  });
}

function toEnd(steps: Generator<Wait | undefined, unknown>): unknown {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    step.value?.block();
  }
}

/** Bytes that are alone in their memory go without a copy. */
function memoryOf(output: unknown): ArrayBuffer[] {
  if (!ArrayBuffer.isView(output) || !(output.buffer instanceof ArrayBuffer)) return [];
  return output.byteLength === output.buffer.byteLength ? [output.buffer] : [];
}
