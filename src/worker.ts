/** A worker thread's entry; the build makes one file of it. */
import { jobErrors, jobs } from './log/jobs.ts';
import { serveJobs } from './platform/worker-host.ts';

serveJobs(jobs, jobErrors);
