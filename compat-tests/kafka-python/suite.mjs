import { folder, pythonWith } from '../support/tools.mjs';

export default {
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  install: () => [pythonWith('kafka-python'), folder('kafka-python', 'client.py')],
};
