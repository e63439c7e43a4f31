/** What a broker without HTTP and without traces never loads: what is imported statically is what a start pays for. */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
/** HTTP's libraries, and those of metrics and traces. */
const LATER = /^(fastify|@fastify\/|ajv|ws$|prom-client|@opentelemetry\/|node:https?$)/;

interface Loaded {
  readonly files: ReadonlySet<string>;
  readonly packages: ReadonlySet<string>;
}

/** All that comes with a module, without what it imports when it is called. */
function loadedWith(entry: string): Loaded {
  const files = new Set<string>();
  const packages = new Set<string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path)) continue;
    files.add(path);
    const { module } = parseSync(path, readFileSync(join(root, path), 'utf8'));
    const imports = module.staticImports
      .filter(({ entries }) => entries.length === 0 || entries.some(({ isType }) => !isType))
      .map(({ moduleRequest }) => moduleRequest.value);
    const exports = module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest, isType }) => (moduleRequest === null || isType ? [] : [moduleRequest.value])),
    );
    for (const specifier of [...imports, ...exports]) {
      if (!specifier.startsWith('.')) packages.add(specifier);
      else if (specifier.endsWith('.ts')) waiting.push(posix.join(posix.dirname(path), specifier));
    }
  }
  return { files, packages };
}

describe.each(['src/cli/main.ts', 'src/cli/start.ts', 'src/broker/broker.ts', 'src/index.ts'])('%s', (entry) => {
  const { files, packages } = loadedWith(entry);

  test('brings neither HTTP nor its libraries along', () => {
    expect([...files].filter((path) => path.startsWith('src/http/'))).toEqual([]);
    expect([...packages].filter((name) => LATER.test(name))).toEqual([]);
  });
});

test('the walk finds what HTTP itself loads', () => {
  const { files, packages } = loadedWith('src/http/http-server.ts');
  expect([...files].filter((path) => path.startsWith('src/http/')).length).toBeGreaterThan(15);
  expect([...packages].filter((name) => LATER.test(name))).toEqual(
    expect.arrayContaining(['fastify', 'ajv', 'prom-client']),
  );
});
