/** `samsa doctor HOST:PORT`: finds out why a client cannot connect, and says what to change. */
import { lookup } from 'node:dns/promises';
import { ClientConfigError, clientConfig, parseAddress } from '../../client/client-config.ts';
import { SystemClock } from '../../platform/clock.ts';
import { systemRandom } from '../../platform/random.ts';
import { ExitCode } from '../exit-code.ts';
import { diagnose, type Finding } from './diagnosis.ts';
import { Output } from './output.ts';
import { type ClientEnvironment, type ClientFlags, clientProperties, readText, UsageError } from './session.ts';

const MARKS = { ok: ['green', '✓'], warning: ['yellow', '!'], problem: ['red', '✗'] } as const;

/** Resolves with the exit code: 0 when no problem was found, 1 when one was, 2 for a wrong call. */
export async function doctor(
  addressText: string | undefined,
  flags: ClientFlags,
  environment: ClientEnvironment,
): Promise<number> {
  const output = new Output(environment.stdout, flags.json === true);
  const findings: Finding[] = [];
  try {
    const config = clientConfig(clientProperties(flags, environment.env), readText);
    const address = addressText === undefined ? config.bootstrapServers[0]! : parseAddress(addressText);
    for await (const finding of diagnose(address, config, {
      clock: new SystemClock(),
      random: systemRandom,
      lookup: async (host) => (await lookup(host, { all: true })).map((found) => found.address),
    })) {
      findings.push(finding);
      const [color, mark] = MARKS[finding.status];
      output.line(`${output.style(color, mark)} ${finding.text}`);
      if (finding.advice !== undefined) output.line(`  → ${finding.advice}`);
      if (environment.signal.aborted) break;
    }
  } catch (failure) {
    if (!(failure instanceof ClientConfigError || failure instanceof UsageError)) throw failure;
    environment.stderr.write(`samsa: ${failure.message}\n`);
    return ExitCode.USAGE;
  }
  output.json(findings);
  return findings.some(({ status }) => status === 'problem') ? ExitCode.FAILED : ExitCode.OK;
}
