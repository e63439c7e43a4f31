import { folder, pythonWith } from '../support/tools.mjs';

export default {
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  install: () => [pythonWith('librdkafka'), folder('librdkafka', 'client.py')],
};
