/**
 * Changes of the voters (KIP-853): one at a time, only by a leader that has committed in its epoch, and each adds or takes
 * away one voter, so that any two majorities before and after have a voter in common. Messages are Kafka's.
 */
import type { KafkaError } from '../../protocol/errors.ts';
import type { Leader } from './epoch-state.ts';
import type { Voters } from './logged-batch.ts';
import type {
  AddVoterRequest,
  ApiVersionsResponse,
  ClusterRequest,
  LeaderView,
  RemoveVoterRequest,
  UpdateVoterRequest,
  VoterChangeResponse,
  VoterEndpoint,
} from './messages.ts';
import type { Appended, RaftCore } from './raft-core.ts';
import type { RaftPoller } from './raft-poller.ts';
import { describeReplica, NO_DIRECTORY } from './replica-key.ts';
import { describeVoters, isVoter, voterWithId, withoutVoter, withUpdatedVoter } from './voter-set.ts';

/** Runs one piece of work alone. */
type Alone = <T>(work: () => Promise<T> | T) => Promise<T>;

const KRAFT_VERSION = 'kraft.version';

export class VoterChanges {
  readonly #core: RaftCore;
  readonly #poller: RaftPoller;
  readonly #alone: Alone;
  /** The listener by which voters reach each other. */
  readonly #listenerName: string;
  /** The leader's term in which a change is under way. */
  #under: Leader | undefined;

  constructor(core: RaftCore, poller: RaftPoller, alone: Alone, listenerName: string) {
    this.#core = core;
    this.#poller = poller;
    this.#alone = alone;
    this.#listenerName = listenerName;
  }

  async add(request: AddVoterRequest): Promise<VoterChangeResponse> {
    const { voter, endpoints } = request;
    const checked = await this.#alone((): VoterChangeResponse | Leader => {
      const refusal = this.#wrongCluster(request) ?? this.#notLeading();
      if (refusal !== undefined) return refusal;
      if (voter.directoryId === NO_DIRECTORY || voter.id < 0) {
        return answer('INVALID_REQUEST', "Add voter request didn't include a valid voter");
      }
      if (!endpoints.some(({ name }) => name === this.#listenerName)) {
        return answer(
          'INVALID_REQUEST',
          `Add voter request didn't include the endpoint (${describeEndpoints(endpoints)}) for the default listener ` +
            `ListenerName(${this.#listenerName})`,
        );
      }
      const busy = this.#busy('adding');
      if (busy !== undefined) return busy;
      const { voters } = this.#core;
      if (voterWithId(voters, voter.id) !== undefined) {
        const message = `The voter id for ${describeReplica(voter)} is already part of the set of voters ${describeVoters(voters)}.`;
        return answer('DUPLICATE_VOTER', message);
      }
      this.#under = this.#leader();
      return this.#under!;
    });
    if ('error' in checked) return checked;
    try {
      return await this.#addChecked(request, checked);
    } finally {
      if (this.#under === checked) this.#under = undefined;
    }
  }

  async #addChecked({ voter, endpoints, ackWhenCommitted }: AddVoterRequest, term: Leader) {
    const core = this.#core;
    let versions: ApiVersionsResponse;
    try {
      versions = await this.#poller.ask({ id: voter.id, endpoints }, 'apiVersions', {});
    } catch (failure) {
      versions = { error: (failure as KafkaError).error, kraftVersions: undefined };
    }
    if (versions.error !== 'NONE') {
      return answer(
        'REQUEST_TIMED_OUT',
        `Aborted add voter operation for since API_VERSIONS returned an error ${versions.error}`,
      );
    }
    const { kraftVersions } = versions;
    const appended = await this.#alone((): VoterChangeResponse | Appended => {
      if (core.state !== term) return answer('NOT_LEADER_OR_FOLLOWER', null);
      const level = core.history.kraftVersion;
      if (kraftVersions === undefined || kraftVersions.minVersion > level || kraftVersions.maxVersion < level) {
        const { minVersion, maxVersion } = kraftVersions ?? { minVersion: 0, maxVersion: 0 };
        return answer(
          'INVALID_REQUEST',
          `Aborted add voter operation for ${describeReplica(voter)} since the ${KRAFT_VERSION} range ` +
            `(min: ${minVersion}, max: ${maxVersion}) doesn't support the finalized version ${level}`,
        );
      }
      if (!term.progress.isCaughtUp(voter, core.nowMs)) {
        const message = `Aborted add voter operation for ${describeReplica(voter)} since it is lagging behind`;
        return answer('REQUEST_TIMED_OUT', message);
      }
      return this.#write([
        ...core.voters,
        {
          voterId: voter.id,
          voterDirectoryId: voter.directoryId,
          endpoints: [...endpoints],
          kRaftVersionFeature: {
            minSupportedVersion: kraftVersions.minVersion,
            maxSupportedVersion: kraftVersions.maxVersion,
          },
        },
      ]);
    });
    if ('error' in appended) return appended;
    return ackWhenCommitted ? this.#outcome(appended) : answer('NONE', null);
  }

  async remove(request: RemoveVoterRequest): Promise<VoterChangeResponse> {
    const core = this.#core;
    const { voter } = request;
    const appended = await this.#alone((): VoterChangeResponse | { appended: Appended; term: Leader } => {
      const refusal = this.#wrongCluster(request) ?? this.#notLeading();
      if (refusal !== undefined) return refusal;
      if (voter.directoryId === NO_DIRECTORY || voter.id < 0) {
        return answer('INVALID_REQUEST', "Remove voter request didn't include a valid voter");
      }
      const busy = this.#busy('removing');
      if (busy !== undefined) return busy;
      const rest = withoutVoter(core.voters, voter);
      if (rest === undefined) {
        const message = `Cannot remove voter ${describeReplica(voter)} from the set of voters ${describeVoters(core.voters)}`;
        return answer('VOTER_NOT_FOUND', message);
      }
      const term = this.#leader()!;
      this.#under = term;
      return { appended: this.#write(rest), term };
    });
    if ('error' in appended) return appended;
    const outcome = await this.#outcome(appended.appended);
    if (this.#under === appended.term) this.#under = undefined;
    await this.#alone(() => {
      const { state } = core;
      if (state !== appended.term || outcome.error !== 'NONE') return;
      if (!isVoter(core.voters, core.local)) appended.term.mustResign = true;
    });
    return outcome;
  }

  /** A voter says where it is now, and what it supports; answered before it is committed. */
  update(request: UpdateVoterRequest): Promise<LeaderView> {
    const core = this.#core;
    return this.#alone(() => {
      const { voter, endpoints, kraftVersions, currentLeaderEpoch } = request;
      if (this.#wrongCluster(request) !== undefined) return core.view('INCONSISTENT_CLUSTER_ID');
      if (currentLeaderEpoch < core.epoch) return core.view('FENCED_LEADER_EPOCH');
      if (currentLeaderEpoch > core.epoch) return core.view('UNKNOWN_LEADER_EPOCH');
      const notLeading = this.#notLeading();
      if (notLeading !== undefined) return core.view(notLeading.error);
      const { minVersion, maxVersion } = kraftVersions;
      const isRange = minVersion >= 0 && maxVersion >= minVersion;
      const isNamed = voter.id >= 0 && voter.directoryId !== NO_DIRECTORY;
      if (!isRange || !isNamed || !endpoints.some(({ name }) => name === this.#listenerName)) {
        return core.view('INVALID_REQUEST');
      }
      const busy = this.#busy('updating');
      if (busy !== undefined) return core.view(busy.error);
      const level = core.history.kraftVersion;
      if (minVersion > level || maxVersion < level) return core.view('INVALID_REQUEST');
      const voters = withUpdatedVoter(core.voters, {
        voterId: voter.id,
        voterDirectoryId: voter.directoryId,
        endpoints: [...endpoints],
        kRaftVersionFeature: { minSupportedVersion: minVersion, maxSupportedVersion: maxVersion },
      });
      if (voters === undefined) return core.view('VOTER_NOT_FOUND');
      this.#write(voters);
      return core.view();
    });
  }

  #write(voters: Voters): Appended {
    return this.#core.appendControls([{ type: 'kraftVoters', value: { version: 0, voters } }]);
  }

  async #outcome({ committed }: Appended): Promise<VoterChangeResponse> {
    try {
      await committed;
      return answer('NONE', null);
    } catch {
      return answer('NOT_LEADER_OR_FOLLOWER', null);
    }
  }

  #leader(): Leader | undefined {
    const { state } = this.#core;
    return state.name === 'leader' ? state : undefined;
  }

  #wrongCluster({ clusterId }: ClusterRequest): VoterChangeResponse | undefined {
    const own = this.#core.options.clusterId;
    if (clusterId === null || clusterId === own) return undefined;
    return answer('INCONSISTENT_CLUSTER_ID', `The given id "${clusterId}" doesn't match the cluster id "${own}"`);
  }

  #notLeading(): VoterChangeResponse | undefined {
    return this.#core.mayAppend ? undefined : answer('NOT_LEADER_OR_FOLLOWER', null);
  }

  /** No change of voters can begin now, or ever at this kraft.version. */
  #busy(doing: string): VoterChangeResponse | undefined {
    const core = this.#core;
    const leader = this.#leader();
    if (this.#under !== undefined && this.#under === leader) {
      const message = 'Request timed out waiting for leader to handle previous voter change request';
      return answer('REQUEST_TIMED_OUT', message);
    }
    const highWatermark = leader?.progress.highWatermark;
    if (highWatermark === undefined || highWatermark <= leader!.progress.epochStartOffset) {
      const message = 'Request timed out waiting for leader to establish HWM and fence previous voter changes';
      return answer('REQUEST_TIMED_OUT', message);
    }
    const { kraftVersion, votersOffset } = core.history;
    if (kraftVersion === 0) {
      const message = `Cluster doesn't support ${doing} voter because the ${KRAFT_VERSION} feature is ${kraftVersion}`;
      return answer('UNSUPPORTED_VERSION', message);
    }
    if ((votersOffset ?? -1) >= highWatermark) {
      const message =
        'Request timed out waiting for voters to commit the latest voter change at ' +
        `Optional[${votersOffset}] with HWM ${highWatermark}`;
      return answer('REQUEST_TIMED_OUT', message);
    }
    return undefined;
  }
}

function answer(error: VoterChangeResponse['error'], message: string | null): VoterChangeResponse {
  return { error, message };
}

function describeEndpoints(endpoints: readonly VoterEndpoint[]): string {
  const each = endpoints.map(({ name, host, port }) => `ListenerName(${name})=${host}/<unresolved>:${port}`);
  return `Endpoints(endpoints={${each.join(', ')}})`;
}
