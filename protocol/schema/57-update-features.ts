/** UpdateFeatures, API key 57: versions 0–2, flexible from 0. */
import { array, bool, int8, int16, int32, message, string } from './table.ts';

export const updateFeaturesRequest = message({
  name: 'UpdateFeaturesRequest',
  versions: '0-2',
  flexible: '0+',
  apiKey: 57,
  listeners: ['broker', 'controller'],
  fields: {
    timeoutMs: int32('0+', { default: 60000 }),
    featureUpdates: array('0+', {
      feature: string('0+', { mapKey: true }),
      maxVersionLevel: int16('0+'),
      allowDowngrade: bool('0'),
      upgradeType: int8('1+', { default: 1 }),
    }),
    validateOnly: bool('1+', { default: false }),
  },
});

export const updateFeaturesResponse = message({
  name: 'UpdateFeaturesResponse',
  versions: '0-2',
  flexible: '0+',
  apiKey: 57,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    results: array(
      '0-1',
      {
        feature: string('0+', { mapKey: true }),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+' }),
      },
      { ignorable: true },
    ),
  },
});
