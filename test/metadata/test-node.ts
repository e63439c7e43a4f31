/** A metadata node over a temporary directory and a log in memory, that can be stopped, killed and started again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KafkaError } from '../../protocol/errors.ts';
import type { ControllerConfig } from '../../src/metadata/controller-config.ts';
import type { BrokerIdentity, MetadataNodeOptions } from '../../src/metadata/metadata-node.ts';
import { MetadataNode } from '../../src/metadata/metadata-node.ts';
import { SimulatedClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { NodeFileSystem } from '../../src/platform/node-file-system.ts';
import { seededRandom } from '../../src/platform/random.ts';
import { type FakeDisk, FakeRaftLog } from '../support/fake-raft-log.ts';

export const config: ControllerConfig = {
  nodeId: 1,
  brokerSessionTimeoutMs: 9000,
  metadataMaxIdleIntervalMs: 0,
  tokens: {
    secretKey: 'secret',
    maxLifetimeMs: 604_800_000,
    expiryTimeMs: 86_400_000,
    expiryCheckIntervalMs: 3_600_000,
  },
  numPartitions: 1,
  defaultReplicationFactor: 1,
  minInsyncReplicas: 1,
  uncleanLeaderElectionEnable: false,
  validateConfigs(_type, _name, configs) {
    for (const [key, value] of configs) {
      if (key.startsWith('no.')) throw new KafkaError('INVALID_CONFIG', `Unknown topic config name: ${key}`);
      if (value === 'bad') throw new KafkaError('INVALID_CONFIG', `Invalid value ${value} for configuration ${key}`);
    }
  },
  isListConfig: (_type, key) => key === 'cleanup.policy',
  defaultConfig: (_type, key) => (key === 'cleanup.policy' ? 'delete' : undefined),
};

export const broker: BrokerIdentity = {
  endpoints: [{ name: 'PLAINTEXT', host: 'localhost', port: 19192, securityProtocol: 0 }],
  rack: null,
};

export class TestNode {
  readonly directory = mkdtempSync(join(tmpdir(), 'samsa-metadata-'));
  readonly logDir = join(this.directory, 'data');
  readonly disk: FakeDisk = { bytes: Buffer.alloc(0) };
  readonly fs = new NodeFileSystem();
  readonly clock = new SimulatedClock();
  readonly failures: Error[] = [];
  #random = seededRandom(1);
  log!: FakeRaftLog;
  node!: MetadataNode;

  options(overrides: Partial<MetadataNodeOptions> = {}): MetadataNodeOptions {
    return {
      nodeId: 1,
      logDirs: [this.logDir],
      metadataLogDir: this.logDir,
      controllerEndpoint: { name: 'CONTROLLER', host: 'localhost', port: 19193 },
      config,
      fs: this.fs,
      clock: this.clock,
      random: this.#random,
      logger: silentLogger,
      openLog: async () => {
        this.log = new FakeRaftLog(this.disk);
        return this.log;
      },
      onFatal: (failure) => this.failures.push(failure),
      ...overrides,
    };
  }

  async start(overrides: Partial<MetadataNodeOptions> = {}): Promise<MetadataNode> {
    this.node = await MetadataNode.start(this.options(overrides));
    return this.node;
  }

  /** As a broker starts. */
  async startBroker(overrides: Partial<MetadataNodeOptions> = {}): Promise<MetadataNode> {
    const node = await this.start(overrides);
    await this.fs.remove(join(this.logDir, '.kafka_cleanshutdown'));
    await node.registerAndUnfence(broker);
    return node;
  }

  /** As a broker stops, the log manager's mark included. */
  async stopBroker(): Promise<void> {
    const { brokerEpoch } = this.node;
    await this.node.controlledShutdown();
    await this.fs.writeFile(join(this.logDir, '.kafka_cleanshutdown'), JSON.stringify({ version: 0, brokerEpoch }));
    await this.node.close();
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}
