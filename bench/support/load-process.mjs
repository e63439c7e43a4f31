/**
 * The child's side of a load: told by its parent when to begin, from when to count, when to report and when to end.
 * `make(options)` prepares everything and answers `{ go, reset, report, stop }`.
 */
export function serveLoad(make) {
  let load;
  let countedFrom;
  let cpuBefore;
  const steps = {
    async prepare(options) {
      load = await make(options);
    },
    go: () => load.go(),
    measure() {
      load.reset();
      countedFrom = performance.now();
      cpuBefore = process.cpuUsage();
    },
    report() {
      const { user, system } = process.cpuUsage(cpuBefore);
      const seconds = (performance.now() - countedFrom) / 1000;
      return { ...load.report(), seconds, cpuSeconds: (user + system) / 1e6 };
    },
    stop: () => load.stop(),
  };
  // A parent that was killed must not leave a load behind.
  process.on('disconnect', () => process.exit());
  process.on('message', async ({ step, options }) => {
    try {
      process.send({ step, answer: await steps[step](options) });
      if (step === 'stop') process.disconnect();
    } catch (error) {
      process.send({ step, error: String(error?.stack ?? error) });
    }
  });
  process.on('uncaughtException', (error) => {
    process.send({ step: 'crash', error: String(error.stack) }, () => process.exit(1));
  });
}
