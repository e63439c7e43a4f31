/** `samsa format` and `samsa info`: the directories of a node, before it is started. The options of `kafka-storage`. */
import type { BrokerConfig } from '../config/broker-config.ts';
import { ConfigError } from '../config/config-error.ts';
import { loadBrokerConfig } from '../config/load-broker-config.ts';
import { DirectoryInUseError, lockDirectories } from '../log/directory-lock.ts';
import { formatDirectories, type InitialQuorum } from '../metadata/format.ts';
import { DirectoryError, type MetaProperties, readMetaProperties } from '../metadata/meta-properties.ts';
import { FeatureLevelError, metadataVersionLevel, supportedReleases } from '../metadata/releases.ts';
import { dynamicVoter } from '../metadata/write-metadata.ts';
import { SystemClock } from '../platform/clock.ts';
import { silentLogger } from '../platform/logger.ts';
import { NodeFileSystem } from '../platform/node-file-system.ts';
import { systemRandom } from '../platform/random.ts';
import { ExitCode } from './exit-code.ts';
import { parseScramArgument } from './scram-argument.ts';

export interface StorageOptions {
  readonly file: string | undefined;
  readonly set: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

export interface FormatArguments {
  readonly clusterId?: string;
  readonly standalone?: boolean;
  /** Commander's name for --no-initial-controllers is `initialControllers: false`. */
  readonly initialControllers?: string | boolean;
  readonly releaseVersion?: string;
  readonly feature: readonly string[];
  readonly addScram: readonly string[];
  readonly ignoreFormatted?: boolean;
}

const DEFAULT_RELEASE = '4.3-IV0';

/** Resolves with the exit code. */
export function format(options: StorageOptions, given: FormatArguments): Promise<number> {
  return sayingWhy(options, async () => {
    const { config } = loadBrokerConfig({ files: files(options), set: options.set, env: options.env });
    const release = given.releaseVersion ?? DEFAULT_RELEASE;
    const metadataVersion = metadataVersionLevel(release);
    if (metadataVersion === undefined) {
      throw new ConfigError(`--release-version ${release} is unknown. Known are ${supportedReleases}.`);
    }
    const clusterId = given.clusterId ?? config.clusterId ?? undefined;
    const lines = await heldAlone(config, () =>
      formatDirectories({
        nodeId: config.nodeId,
        logDirs: config.logDirs,
        metadataLogDir: config.metadataLogDir,
        ...(clusterId === undefined ? {} : { clusterId }),
        controllerEndpoint: controllerEndpoint(config),
        quorum: initialQuorum(config, given),
        metadataVersion,
        features: features(given.feature),
        scram: given.addScram.map(parseScramArgument),
        ignoreFormatted: given.ignoreFormatted ?? false,
        fs: new NodeFileSystem(),
        clock: new SystemClock(),
        random: systemRandom,
      }),
    );
    for (const line of lines) options.stdout.write(`${line}\n`);
    return ExitCode.OK;
  });
}

/** Runs `work` while no broker has the directories. One that is not there yet is nobody's. */
async function heldAlone<T>(config: BrokerConfig, work: () => Promise<T>): Promise<T> {
  const fs = new NodeFileSystem();
  const isThere = await Promise.all([config.metadataLogDir, ...config.logDirs].map((path) => fs.exists(path)));
  const there = [config.metadataLogDir, ...config.logDirs].filter((_, at) => isThere[at]);
  const locks = await lockDirectories(there, fs, silentLogger);
  try {
    return await work();
  } finally {
    await locks.release();
  }
}

/** What `kafka-storage info` says of the directories; the exit code is 1 when they cannot be started on. */
export function info(options: StorageOptions): Promise<number> {
  return sayingWhy(options, async () => {
    const { config } = loadBrokerConfig({ files: files(options), set: options.set, env: options.env });
    const fs = new NodeFileSystem();
    const paths = [...new Set([config.metadataLogDir, ...config.logDirs])];
    const problems: string[] = [];
    const found: [string, MetaProperties][] = [];
    for (const path of paths) {
      if (!(await fs.exists(path))) problems.push(`${path} does not exist`);
      else {
        const properties = readMetaProperties(fs, path);
        if (properties === undefined) problems.push(`${path} is not formatted.`);
        else found.push([path, properties]);
      }
    }
    const write = (text: string): unknown => options.stdout.write(`${text}\n`);
    write(paths.length === 1 ? 'Found log directory:' : 'Found log directories:');
    for (const path of paths) write(`  ${path}`);
    write('');
    for (const [path, { clusterId, nodeId, directoryId }] of found) {
      const id = directoryId === undefined ? '' : ` directory.id=${directoryId}`;
      write(`Found metadata in ${path}: cluster.id=${clusterId} node.id=${nodeId}${id} version=1`);
    }
    for (const [path, { nodeId, clusterId }] of found) {
      if (nodeId !== config.nodeId)
        problems.push(`${path} belongs to node ${nodeId}, and this is node ${config.nodeId}`);
      if (clusterId !== found[0]![1].clusterId) problems.push(`${path} belongs to cluster ${clusterId}, another one`);
    }
    if (problems.length > 0) write(problems.length === 1 ? 'Found problem:' : 'Found problems:');
    for (const problem of problems) write(`  ${problem}`);
    return problems.length === 0 ? ExitCode.OK : ExitCode.FAILED;
  });
}

async function sayingWhy({ stderr }: StorageOptions, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (failure) {
    const isSentence =
      failure instanceof ConfigError ||
      failure instanceof DirectoryError ||
      failure instanceof DirectoryInUseError ||
      failure instanceof FeatureLevelError;
    if (!isSentence) throw failure;
    stderr.write(`samsa: ${failure.message}\n`);
    return ExitCode.FAILED;
  }
}

function files({ file }: StorageOptions): string[] {
  return file === undefined ? [] : [file];
}

/** Where other controllers reach this one: what `samsa start` says as well. */
function controllerEndpoint(config: BrokerConfig) {
  const name = config.controllerListenerNames[0] ?? 'CONTROLLER';
  const listener = config.listeners.find((each) => each.name === name);
  return { name, host: listener?.host || 'localhost', port: listener?.port || 9093 };
}

function initialQuorum(config: BrokerConfig, given: FormatArguments): InitialQuorum {
  const { standalone = false, initialControllers } = given;
  const isStatic = config.controllerQuorumVoters.length > 0;
  const flag = standalone || typeof initialControllers === 'string' || initialControllers === false;
  if (isStatic && flag) {
    throw new ConfigError(
      'controller.quorum.voters is set: a static quorum takes none of --standalone, --initial-controllers and --no-initial-controllers.',
    );
  }
  if (standalone && initialControllers !== undefined && initialControllers !== true) {
    throw new ConfigError('--standalone, --initial-controllers and --no-initial-controllers exclude each other.');
  }
  if (isStatic) return { kind: 'static' };
  if (initialControllers === false) return { kind: 'join' };
  if (typeof initialControllers !== 'string') return { kind: 'standalone' };
  const { name } = controllerEndpoint(config);
  const voters = initialControllers.split(',').map((text) => {
    const match = /^(\d+)@(.+):(\d+):([\w-]{22})$/.exec(text.trim());
    if (match === null) {
      throw new ConfigError(`--initial-controllers: ${text} is not understood. Write id@host:port:directory-id.`);
    }
    const [, id, host, port, directoryId] = match;
    return dynamicVoter({ id: Number(id), directoryId: directoryId! }, { name, host: host!, port: Number(port) });
  });
  return { kind: 'controllers', voters };
}

function features(texts: readonly string[]): Map<string, number> {
  return new Map(
    texts.map((text) => {
      const match = /^([\w.]+)=(\d+)$/.exec(text);
      if (match === null) throw new ConfigError(`--feature ${text} is not understood. Write --feature name=level.`);
      return [match[1]!, Number(match[2])];
    }),
  );
}
