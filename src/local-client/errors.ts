import { ErrorCode, errorName, KafkaError } from '../../protocol/errors.ts';

/** What an answer says went wrong, null for nothing; `what` begins the sentence where the broker sent none. */
export function errorOf(
  answer: { readonly errorCode: number; readonly errorMessage?: string | null },
  what = 'the request',
): KafkaError | null {
  if (answer.errorCode === ErrorCode.NONE) return null;
  const name = errorName(answer.errorCode);
  return new KafkaError(name, answer.errorMessage ?? `${what} was answered ${name}`);
}

/** Throws what `errorOf` finds. */
export function throwIfFailed(...args: Parameters<typeof errorOf>): void {
  const error = errorOf(...args);
  if (error !== null) throw error;
}
