/**
 * Loggers by name whose levels change while the broker runs. Names are dotted; one without a level of its own has that
 * of the nearest name above it, and `root` stands over all. Levels are Kafka's (`LogLevelConfig`).
 */
import type { Logger } from './logger.ts';

/** From the fewest lines to the most. */
export const LOG_LEVELS = ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'] as const;
export type LogLevelName = (typeof LOG_LEVELS)[number];

export const ROOT_LOGGER = 'root';

/** A logger's threshold, found anew when a level changes and not for every line. */
interface Threshold {
  rank: number;
}

const RANK: Readonly<Record<LogLevelName, number>> = { FATAL: 0, ERROR: 1, WARN: 2, INFO: 3, DEBUG: 4, TRACE: 5 };

export class LoggerLevels {
  readonly #base: Logger;
  readonly #rootLevel: LogLevelName;
  readonly #own = new Map<string, LogLevelName>();
  readonly #thresholds = new Map<string, Threshold>();

  /** `base` writes every line it is given. */
  constructor(base: Logger, rootLevel: LogLevelName) {
    this.#base = base;
    this.#rootLevel = rootLevel;
    this.#own.set(ROOT_LOGGER, rootLevel);
    this.#thresholds.set(ROOT_LOGGER, { rank: RANK[rootLevel] });
  }

  /** The logger of that name, made known by being asked for. */
  named(name: string): Logger {
    let threshold = this.#thresholds.get(name);
    if (threshold === undefined) {
      threshold = { rank: RANK[this.#levelOf(name)] };
      this.#thresholds.set(name, threshold);
    }
    return leveled(this.#base.child({ logger: name }), threshold);
  }

  /** Every known logger with the level that holds for it, by name. */
  levels(): ReadonlyMap<string, LogLevelName> {
    return new Map([...this.#thresholds.keys()].sort().map((name) => [name, this.#levelOf(name)]));
  }

  has(name: string): boolean {
    return this.#thresholds.has(name);
  }

  /** Null takes the logger's own level away; `root` must keep one. */
  setLevel(name: string, level: LogLevelName | null): void {
    if (level !== null) this.#own.set(name, level);
    else if (name !== ROOT_LOGGER) this.#own.delete(name);
    for (const [each, threshold] of this.#thresholds) threshold.rank = RANK[this.#levelOf(each)];
  }

  /** As in the beginning. */
  reset(): void {
    this.#own.clear();
    this.setLevel(ROOT_LOGGER, this.#rootLevel);
  }

  #levelOf(name: string): LogLevelName {
    for (let above = name; above !== ''; above = above.slice(0, Math.max(0, above.lastIndexOf('.')))) {
      const own = this.#own.get(above);
      if (own !== undefined) return own;
    }
    return this.#own.get(ROOT_LOGGER)!;
  }
}

export function isLogLevel(text: string): text is LogLevelName {
  return Object.hasOwn(RANK, text);
}

function leveled(base: Logger, threshold: Threshold): Logger {
  return {
    debug: (fields, message) => {
      if (threshold.rank >= RANK.DEBUG) base.debug(fields, message);
    },
    info: (fields, message) => {
      if (threshold.rank >= RANK.INFO) base.info(fields, message);
    },
    warn: (fields, message) => {
      if (threshold.rank >= RANK.WARN) base.warn(fields, message);
    },
    error: (fields, message) => {
      if (threshold.rank >= RANK.ERROR) base.error(fields, message);
    },
    child: (fields) => leveled(base.child(fields), threshold),
  };
}
