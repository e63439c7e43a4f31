import { Readable } from 'node:stream';
import { Command } from 'commander';
import { addClientCommands } from '../../../src/cli/client/commands.ts';

export interface CliResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface CliOptions {
  readonly stdin?: string | Readable;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** Called with everything printed so far, each time something was. */
  readonly onOutput?: (text: string) => void;
}

/** Runs `samsa …` in this process against the broker on `port`. */
export async function cli(port: number, args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { stdin = '', env = {}, signal = new AbortController().signal, onOutput } = options;
  let stdout = '';
  let stderr = '';
  let code = 0;
  const program = new Command('samsa').exitOverride().configureOutput({
    writeOut: (text) => {
      stdout += text;
    },
    writeErr: (text) => {
      stderr += text;
    },
  });
  addClientCommands(program, {
    environment: () => ({
      env: { SAMSA_BOOTSTRAP_SERVER: `127.0.0.1:${port}`, ...env },
      stdin: typeof stdin === 'string' ? Readable.from([Buffer.from(stdin)]) : stdin,
      stdout: {
        write: (text) => {
          stdout += text.toString();
          onOutput?.(stdout);
          return true;
        },
        once: () => undefined,
      },
      stderr: {
        write: (text) => {
          stderr += text;
        },
      },
      signal,
    }),
    done: (exitCode) => {
      code = exitCode;
    },
  });
  try {
    await program.parseAsync(['node', 'samsa', ...args]);
  } catch (failure) {
    if (!(failure instanceof Error && 'exitCode' in failure)) throw failure;
    code = 2;
  }
  return { stdout, stderr, code };
}
