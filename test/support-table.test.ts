import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { apis } from '../protocol/schema/requests.ts';
import { servedApis } from '../src/broker/dispatcher.ts';
import { brokerHandlers, controllerHandlers } from '../src/handlers/table.ts';

/** The rows that docs/support.md must hold, made from the tables and the handlers. */
function rows(): string[] {
  const onBrokers = new Map(servedApis(brokerHandlers).map((api) => [api.apiKey, api]));
  const onControllers = new Set(controllerHandlers.map(({ request }) => request.apiKey));
  return apis.map(({ request }) => {
    const name = request.name.replace(/Request$/, '');
    const served = onBrokers.get(request.apiKey!);
    const versions = served === undefined ? 'not yet' : `${served.minVersion}–${served.maxVersion}`;
    return `| ${request.apiKey} | ${name} | ${versions} | ${onControllers.has(request.apiKey) ? 'yes' : ''} |`;
  });
}

describe('docs/support.md', () => {
  it('lists every API as it is served', () => {
    const text = readFileSync(new URL('../docs/support.md', import.meta.url), 'utf8');
    const listed = text.split('\n').filter((line) => /^\| \d+ \|/.test(line));
    expect(listed).toEqual(rows());
  });
});
