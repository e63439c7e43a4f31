/** Of the process: fine, failed, called or configured wrongly. */
export const ExitCode = { OK: 0, FAILED: 1, USAGE: 2 } as const;
