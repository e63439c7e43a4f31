/** What a failure says to a person. */
export interface Sentence {
  readonly text: string;
  /** Whether it is a mistake in the program, so that its stack is worth showing. */
  readonly isOurBug: boolean;
}

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken by another program; stop that, or set another port in listeners',
  EADDRNOTAVAIL: 'this machine has no such address; correct the host in listeners',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOSPC: 'no space is left on the disk',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files; raise the limit with ulimit -n',
  ENOTFOUND: 'the host name of a listener is unknown here',
};

export function sentence(failure: unknown): Sentence {
  if (!(failure instanceof Error)) return { text: String(failure), isOurBug: true };
  const code = 'code' in failure && typeof failure.code === 'string' ? failure.code : undefined;
  const hint = code === undefined ? undefined : SYSTEM_ERRORS[code];
  const text = hint === undefined ? failure.message : `${failure.message}: ${hint}`;
  const isOurBug =
    [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => failure instanceof kind) && !code;
  return { text, isOurBug };
}
