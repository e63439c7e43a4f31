/** vitest's global setup. */
export { ensureBuilt as setup } from './bootstrap.mjs';
