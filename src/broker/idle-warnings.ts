import { warningAboutAltered } from '../config/warnings.ts';
import type { Logger } from '../platform/logger.ts';

/** Says of altered configs, once of each, that they change nothing in this broker. Called with all that are altered. */
export function idleWarnings(logger: Pick<Logger, 'warn'>): (altered: ReadonlySet<string>) => void {
  const said = new Set<string>();
  return (altered) => {
    const warning = warningAboutAltered([...altered].filter((key) => !said.has(key)));
    for (const key of altered) said.add(key);
    if (warning !== undefined) logger.warn({}, warning);
  };
}
