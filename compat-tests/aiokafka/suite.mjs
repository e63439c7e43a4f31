import { folder, pythonWith } from '../support/tools.mjs';

export default {
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  install: () => [pythonWith('aiokafka'), folder('aiokafka', 'client.py')],
};
