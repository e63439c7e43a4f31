/** Calls of a REST interface; an answer that is no success is an error with `status`. */
export function restOf(base) {
  return async (method, path, body) => {
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    if (!answer.ok) {
      throw Object.assign(new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 2000)}`), {
        status: answer.status,
      });
    }
    return text === '' ? undefined : JSON.parse(text);
  };
}
