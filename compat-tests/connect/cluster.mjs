/** The workers of one Connect cluster, what runs on them, and their group as another client sees it. */
import { startConnectWorker } from '../support/connect.mjs';
import { until } from '../support/scenarios.mjs';

const limitMs = 120_000;

/** @param address where the broker is, @param observer from kafkajs, both asked anew each time */
export function createConnectCluster({ groupId, address, observer, settings }) {
  const workers = new Map();

  /** A call to the worker of that number. A rebalance refuses calls for a while; they are made again. */
  function rest(number, method, path, body) {
    const attempt = async () => {
      try {
        return (await workers.get(number).rest(method, path, body)) ?? null;
      } catch (error) {
        if (error.status === 409) return undefined;
        throw error;
      }
    };
    return until(`${method} ${path}`, attempt, limitMs);
  }

  /** Every connector and task that runs or should, with its worker. */
  async function statuses() {
    const all = await rest(1, 'GET', '/connectors?expand=status');
    return Object.values(all).map(({ status }) => status);
  }

  async function untilStatuses(what, holds) {
    let last;
    const looked = async () => {
      last = await statuses();
      return holds(last);
    };
    await until(what, looked, limitMs).catch((error) => {
      throw new Error(`${error.message}: ${JSON.stringify(last)}`);
    });
  }

  return {
    rest,
    /** Starts the worker of that number, or starts it again. */
    async start(number) {
      workers.set(number, await startConnectWorker({ address: address(), groupId, settings }));
    },
    async kill(number) {
      const worker = workers.get(number);
      workers.delete(number);
      await worker.kill();
    },
    /** Answers the exit code. */
    async stop(number) {
      const worker = workers.get(number);
      workers.delete(number);
      return worker.stop();
    },
    logs: () => [...workers].map(([number, worker]) => `worker ${number}:\n${worker.log().slice(-6000)}`).join('\n'),
    end: () => Promise.all([...workers.values()].map((worker) => worker.kill())),

    /** Waits until the broker has a stable group of so many workers. */
    groupHas: (count) =>
      until(
        `${count} workers in the group`,
        async () => {
          const { state, members } = await observer().group(groupId);
          return state === 'Stable' && members.length === count;
        },
        limitMs,
      ),

    /** Waits until all that was asked for runs, so many tasks in all, and each of these workers has some of them. */
    tasksRun: (count, on) =>
      untilStatuses(`${count} tasks to run on the workers ${on}`, (all) => {
        const tasks = all.flatMap(({ tasks }) => tasks);
        const running = [...all.map(({ connector }) => connector), ...tasks];
        const ids = on.map((number) => workers.get(number).id);
        return (
          tasks.length === count &&
          running.every(({ state, worker_id: id }) => state === 'RUNNING' && ids.includes(id)) &&
          ids.every((id) => tasks.some(({ worker_id: worker }) => worker === id))
        );
      }),

    /** Pauses, stops or resumes a connector, and waits until it and its tasks have that state. A stopped one has none. */
    async bring(name, action, state) {
      await rest(1, 'PUT', `/connectors/${name}/${action}`);
      await untilStatuses(`${name} to be ${state}`, (all) => {
        const { connector, tasks } = all.find((status) => status.name === name);
        if (state === 'STOPPED') return connector.state === state && tasks.length === 0;
        return connector.state === state && tasks.length > 0 && tasks.every((task) => task.state === state);
      });
    },
  };
}
