/** FeatureLevelRecord: a record of the cluster metadata log, record type 12. */
import { int16, message, string } from '../table.ts';

export const featureLevelRecord = message({
  name: 'FeatureLevelRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 12,
  fields: {
    name: string('0+'),
    featureLevel: int16('0+'),
  },
});
