/**
 * The house's plan as a check: imports point down only, nothing imports in a circle, and I/O stays in the rooms that
 * are made for it. Type imports count: a module that needs another's types depends on it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

const ground = ['protocol', 'platform', 'collections'];
const storage = [...ground, 'config', 'log'];
const decisions = [...storage, 'metadata', 'security'];
const broker = [
  ...decisions,
  ...['raft', 'replication', 'coordinator', 'handlers', 'net', 'local-client', 'client', 'broker'],
];

/** What each room may import of ours, beside itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  'protocol/wire': [],
  platform: [],
  collections: ['platform'],
  config: [...ground, 'log'],
  log: ground,
  raft: [...ground, 'log'],
  metadata: [...storage, 'raft'],
  replication: [...storage, 'metadata'],
  coordinator: [...storage, 'metadata'],
  security: [...ground, 'config', 'metadata'],
  handlers: [...decisions, 'raft', 'replication', 'coordinator'],
  net: ['protocol/wire', 'platform', 'collections'],
  'local-client': ['protocol', 'platform', 'net'],
  client: ['protocol', 'platform', 'net', 'local-client'],
  broker,
  http: [...broker, 'client'],
  worker: storage,
  cli: [...broker, 'http', 'index'],
  embedded: broker,
  index: [...broker, 'http', 'embedded'],
};

/** Node's modules that reach the outside, and the rooms that may. Everything above works through ports. */
const guarded: Readonly<Record<string, readonly string[]>> = {
  fs: ['platform', 'cli', 'config'],
  'fs/promises': ['platform', 'cli', 'config'],
  net: ['net'],
  tls: ['net'],
  http: ['http'],
  worker_threads: ['platform'],
  child_process: [],
  timers: ['platform'],
  'timers/promises': ['platform'],
};

type Graph = ReadonlyMap<string, readonly string[]>;

describe('layering', () => {
  const graph = importsOf([...sourcesIn('protocol'), ...sourcesIn('src')], (path) =>
    readFileSync(join(root, path), 'utf8'),
  );

  test('reads the imports of every file', () => {
    expect(graph.get('src/platform/file-system.ts')).toBeDefined();
    expect(graph.get('protocol/codec.ts')).toContain('protocol/wire/reader.ts');
    for (const imports of graph.values()) {
      const missing = imports.filter((path) => path.endsWith('.ts') && !graph.has(path));
      expect(missing).toEqual([]);
    }
  });

  test('imports point down', () => expect(againstTheGrain(graph)).toEqual([]));
  test('nothing imports in a circle', () => expect(cycles(graph)).toEqual([]));
  test('files, sockets and timers are reached through ports', () => expect(unguarded(graph)).toEqual([]));

  test('an import against the grain is found, of a type, a re-export and a lazy import too', () => {
    const planted = {
      'src/log/log.ts': "import type { Handler } from '../handlers/handler.ts';",
      'src/handlers/handler.ts': "export * from '../broker/broker.ts';",
      'src/broker/broker.ts': '',
      'protocol/codec.ts': "export const lazy = () => import('../src/platform/clock.ts');",
      'src/platform/clock.ts': '',
      'src/net/server.ts': "import { codec } from '../../protocol/codec.ts';",
      'src/attic/box.ts': '',
    };
    expect(againstTheGrain(graphOf(planted))).toEqual([
      'src/log/log.ts imports src/handlers/handler.ts',
      'src/handlers/handler.ts imports src/broker/broker.ts',
      'protocol/codec.ts imports src/platform/clock.ts',
      'src/net/server.ts imports protocol/codec.ts',
      'src/attic/box.ts is in no room of the plan',
    ]);
  });

  test('a cycle is found, whatever its length', () => {
    const planted = {
      'src/log/a.ts': "import './b.ts';",
      'src/log/b.ts': "import { type C } from './c.ts';",
      'src/log/c.ts': "export { a } from './a.ts';",
      'src/log/d.ts': "import './a.ts'; import './d.ts';",
    };
    expect(cycles(graphOf(planted))).toEqual([
      'src/log/a.ts → src/log/b.ts → src/log/c.ts → src/log/a.ts',
      'src/log/d.ts → src/log/d.ts',
    ]);
  });

  test('a file opened behind the ports is found', () => {
    const planted = {
      'src/log/log.ts': "import { openSync } from 'node:fs';",
      'src/net/server.ts': "import 'node:net';",
    };
    expect(unguarded(graphOf(planted))).toEqual(['src/log/log.ts imports node:fs']);
  });
});

function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .sort();
}

function graphOf(files: Readonly<Record<string, string>>): Graph {
  return importsOf(Object.keys(files), (path) => files[path] ?? '');
}

/** Each file's imports: ours as paths from the root, others as written. */
function importsOf(paths: readonly string[], read: (path: string) => string): Graph {
  return new Map(paths.map((path) => [path, specifiers(path, read(path)).map((name) => resolve(path, name))]));
}

function specifiers(path: string, source: string): string[] {
  const { module, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const fromImports = module.staticImports.map((entry) => entry.moduleRequest.value);
  const fromExports = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap((entry) => (entry.moduleRequest === null ? [] : [entry.moduleRequest.value])),
  );
  const fromCalls = module.dynamicImports.map(({ moduleRequest }) =>
    source.slice(moduleRequest.start, moduleRequest.end).replace(/^['"`]|['"`]$/g, ''),
  );
  return [...new Set([...fromImports, ...fromExports, ...fromCalls])];
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : specifier;
}

function isOurs(path: string): boolean {
  return path.endsWith('.ts');
}

function room(path: string): string {
  if (path.startsWith('protocol/')) return path.startsWith('protocol/wire/') ? 'protocol/wire' : 'protocol';
  return /^src\/([^/.]+)/.exec(path)?.[1] ?? '';
}

function mayImport(from: string, to: string): boolean {
  const rooms = allowed[from] ?? [];
  if (to === 'protocol/wire')
    return from === to || from === 'protocol' || rooms.includes(to) || rooms.includes('protocol');
  return from === to || rooms.includes(to);
}

function againstTheGrain(graph: Graph): string[] {
  return [...graph].flatMap(([path, imports]) => {
    if (allowed[room(path)] === undefined) return [`${path} is in no room of the plan`];
    const wrong = imports.filter((target) => isOurs(target) && !mayImport(room(path), room(target)));
    return wrong.map((target) => `${path} imports ${target}`);
  });
}

function unguarded(graph: Graph): string[] {
  return [...graph].flatMap(([path, imports]) =>
    imports
      .filter((name) => guarded[name.replace(/^node:/, '')]?.includes(room(path)) === false)
      .map((name) => `${path} imports ${name}`),
  );
}

/** Each cycle once, as a chain of files, found by a depth-first walk. */
function cycles(graph: Graph): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const walk = (path: string) => {
    const start = trail.indexOf(path);
    if (start !== -1) {
      found.push([...trail.slice(start), path].join(' → '));
      return;
    }
    if (done.has(path)) return;
    trail.push(path);
    for (const target of graph.get(path) ?? []) if (isOurs(target)) walk(target);
    trail.pop();
    done.add(path);
  };
  for (const path of graph.keys()) walk(path);
  return found;
}
