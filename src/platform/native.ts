/** What Node has no call for, by koffi: loaded when it is first needed (6 ms, once). */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The binary's package itself where it has the usual name: half of koffi's 12 ms are its own JavaScript. */
export function loadKoffi() {
  try {
    return require(`@koromix/koffi-${process.platform}-${process.arch}`);
  } catch {
    return require('koffi');
  }
}
