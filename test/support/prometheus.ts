/** Prometheus' text format, read as its specification says; it refuses what Prometheus would. */

export interface Scraped {
  readonly type: string;
  readonly help: string;
  /** By name with labels as they were written: `x{a="1"}`. */
  readonly samples: ReadonlyMap<string, number>;
}

const SAMPLE =
  /^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?<labels>\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (?<value>[-+0-9.eE]+|[Nn]a[Nn]|[+-]Inf)$/;

/** By family. Throws for a line that is none, a family told twice, a sample of no family, a series told twice. */
export function parsePrometheus(text: string): ReadonlyMap<string, Scraped> {
  const families = new Map<string, { type: string; help: string; samples: Map<string, number> }>();
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, name, rest] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      if (families.has(name!)) throw new Error(`${name} is there twice`);
      families.set(name!, { type: '', help: rest!, samples: new Map() });
    } else if (kind === 'TYPE') {
      families.get(name!)!.type = rest!;
    } else if (line !== '') {
      const { name, labels = '', value } = SAMPLE.exec(line)?.groups ?? {};
      if (name === undefined) throw new Error(`not understood: ${line}`);
      const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''));
      if (family === undefined) throw new Error(`of no family: ${line}`);
      if (family.samples.has(name + labels)) throw new Error(`told twice: ${line}`);
      family.samples.set(name + labels, Number(value));
    }
  }
  return families;
}
