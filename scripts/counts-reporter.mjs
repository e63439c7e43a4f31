/** A vitest reporter that leaves the counts in the file that SAMSA_TEST_COUNTS names, for scripts/test.mjs. */
import { writeFileSync } from 'node:fs';

export default class CountsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      // A file that could not be imported, or whose hooks failed, has errors of its own beside its tests'.
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        else if (state !== 'skipped') failed += 1;
      }
    }
    writeFileSync(process.env.SAMSA_TEST_COUNTS, JSON.stringify({ passed, failed }));
  }
}
