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
  const text = readFileSync(new URL('../docs/support.md', import.meta.url), 'utf8');
  const kips = text
    .slice(text.indexOf('## KIP by KIP'))
    .split('\n')
    .filter((line) => /^\| \d/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, numbers, , keys, samsa]) => ({ numbers: numbers!, keys: keys!.match(/\d+/g) ?? [], samsa: samsa! }));

  const served = new Set(
    [...servedApis(brokerHandlers), ...servedApis(controllerHandlers)].map(({ apiKey }) => apiKey),
  );

  it('says of each KIP what its APIs allow to be said', () => {
    const known = new Set(apis.map(({ request }) => request.apiKey));
    const wrong = kips.filter(({ keys, samsa }) => {
      const missing = keys.filter((key) => !served.has(Number(key)));
      if (keys.some((key) => !known.has(Number(key)))) return true;
      if (/^(served|partly: .+)$/.test(samsa)) return missing.length > 0;
      return !/^not yet\b/.test(samsa) || (keys.length > 0 && missing.length === 0);
    });
    expect(wrong).toEqual([]);
    expect(kips.length).toBeGreaterThan(50);
  });

  it('has a KIP beside every API that is not served', () => {
    const named = new Set(kips.flatMap(({ keys }) => keys.map(Number)));
    const missing = apis.filter(({ request }) => !served.has(request.apiKey!) && !named.has(request.apiKey!));
    expect(missing.map(({ request }) => request.name)).toEqual([]);
  });

  it('lists every API as it is served', () => {
    const listed = text.split('\n').filter((line) => /^\| \d+ \| [A-Z]\w+ \|/.test(line));
    expect(listed).toEqual(rows());
  });
});
