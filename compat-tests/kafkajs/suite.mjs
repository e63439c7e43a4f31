import { folder, npmInstall } from '../support/tools.mjs';

export default {
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  install() {
    npmInstall('kafkajs');
    return [process.execPath, folder('kafkajs', 'client.mjs')];
  },
};
