/** Runs a client's scenarios and says how each went, one line each: `ok NAME` or `not ok NAME: why`. */
const limitMs = 60_000;

export async function runScenarios(scenarios) {
  let failed = 0;
  for (const [name, scenario] of Object.entries(scenarios)) {
    try {
      await withLimit(scenario());
      console.log(`ok ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`not ok ${name}: ${String(error?.stack ?? error).replaceAll('\n', ' | ')}`);
    }
  }
  process.exit(failed === 0 ? 0 : 1);
}

/** One step of a run in which each builds on those before: says how it went, and how long it took, and a failure goes on. */
export async function step(what, work) {
  const startedAt = Date.now();
  try {
    await work();
    console.log(`ok ${what}`);
  } catch (error) {
    console.log(`not ok ${what}: ${String(error?.stack ?? error).replaceAll('\n', ' | ')}`);
    throw error;
  } finally {
    console.log(`# ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  }
}

function withLimit(work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${limitMs} ms`)), limitMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Waits until `condition` answers something other than false or undefined. */
export async function until(what, condition, limit = 30_000) {
  const end = Date.now() + limit;
  for (;;) {
    const answer = await condition();
    if (answer !== false && answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`waited ${limit} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

let topics = 0;
/** A name no other run has used, so that a broker may be used twice. */
export const fresh = (what) => `${what}-${process.pid}-${Date.now().toString(36)}-${topics++}`;
