import { goBuild } from '../support/tools.mjs';

export default {
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  install: () => [goBuild('sarama')],
};
