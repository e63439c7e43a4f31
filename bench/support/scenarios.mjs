/** The scenarios by name: a file each in bench/scenarios/, or `FILE.VARIANT` for each of a file's `variants`. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', 'scenarios');

export async function allScenarios() {
  const found = new Map();
  for (const file of readdirSync(folder).sort()) {
    const name = file.replace(/\.mjs$/, '');
    const { default: scenario, variants = {} } = await import(join(folder, file));
    if (scenario !== undefined) found.set(name, scenario);
    for (const [variant, each] of Object.entries(variants)) found.set(`${name}.${variant}`, each);
  }
  return found;
}

/** Those with these names, a file's name standing for all its variants; all without names. */
export function chosen(all, names) {
  if (names.length === 0) return all;
  const picked = new Map();
  for (const name of names) {
    const matching = [...all].filter(([each]) => each === name || each.startsWith(`${name}.`));
    if (matching.length === 0) throw new Error(`${name}: no such scenario; --list names them`);
    for (const [each, scenario] of matching) picked.set(each, scenario);
  }
  return picked;
}
