/** What the event loop and a worker thread say to each other. */

export interface JobMessage {
  readonly job: string;
  readonly input: unknown;
}

export type OutcomeMessage = { readonly output: unknown } | { readonly error: unknown };

/** Errors across threads, where classes do not go. */
export interface ErrorCodec<Message = unknown> {
  /** What structured cloning keeps. */
  encode(error: unknown): Message;
  decode(message: Message): Error;
}
