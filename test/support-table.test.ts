import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { apis } from '../protocol/schema/requests.ts';
import { servedApis } from '../src/broker/dispatcher.ts';
import { brokerHandlers, controllerHandlers } from '../src/handlers/table.ts';

/** The rows that docs/support.md must hold, made from the tables and the handlers. */
function rows(): string[] {
  const onBrokers = new Map(servedApis(brokerHandlers).map((api) => [api.apiKey, api]));
  const onControllers = new Map(servedApis(controllerHandlers).map((api) => [api.apiKey, api]));
  return apis.map(({ request }) => {
    const name = request.name.replace(/Request$/, '');
    const onBroker = onBrokers.get(request.apiKey!);
    const onController = onControllers.get(request.apiKey!);
    const served = onBroker ?? onController;
    const versions = served === undefined ? 'not yet' : `${served.minVersion}–${served.maxVersion}`;
    const where = onController === undefined ? '' : onBroker === undefined ? 'only' : 'yes';
    return `| ${request.apiKey} | ${name} | ${versions} | ${where} |`;
  });
}

describe('docs/support.md', () => {
  it('lists every API as it is served', () => {
    const text = readFileSync(new URL('../docs/support.md', import.meta.url), 'utf8');
    const listed = text.split('\n').filter((line) => /^\| \d+ \|/.test(line));
    expect(listed).toEqual(rows());
  });
});
