/** A program that has one job done and then nothing more to do. */
import { WorkerExecutor } from '../../src/platform/worker-executor.ts';
import { double, errors } from './executor-jobs.ts';

const executor = new WorkerExecutor({ file: process.argv[2]!, errors });
void executor.run(double, 21).then((answer) => console.log(answer));
