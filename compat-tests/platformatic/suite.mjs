import { folder, newestLtsNode, npmInstall } from '../support/tools.mjs';

/** The client wants a newer Node than the broker: it runs on the newest LTS. */
export default {
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  install() {
    npmInstall('platformatic');
    return [newestLtsNode(), folder('platformatic', 'client.mjs')];
  },
};
