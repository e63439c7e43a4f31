/** UpdateFeatures (KIP-584, KIP-778): all of the updates take effect, or none. */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts';
import { updateFeaturesRequest, updateFeaturesResponse } from '../../protocol/schema/57-update-features.ts';
import { UpgradeType } from '../metadata/control/feature-control.ts';
import { handler } from './handler.ts';

export const updateFeatures = handler({
  request: updateFeaturesRequest,
  response: updateFeaturesResponse,

  async handle({ featureUpdates, validateOnly }, { apiVersion }, broker) {
    const updates = featureUpdates.map(({ feature, maxVersionLevel, allowDowngrade, upgradeType }) => {
      const downgrade = allowDowngrade ? UpgradeType.SAFE_DOWNGRADE : UpgradeType.UPGRADE;
      return { feature, level: maxVersionLevel, upgradeType: apiVersion === 0 ? downgrade : upgradeType };
    });
    try {
      await broker.controller.updateFeatures({ updates, validateOnly });
    } catch (failure) {
      if (!(failure instanceof KafkaError) || failure.error !== 'INVALID_UPDATE_VERSION') throw failure;
      const message = `The update failed for all features since the following feature had an error: ${failure.message}`;
      throw new KafkaError(failure.error, message, { cause: failure });
    }
    const results = updates.map(({ feature }) => ({ feature, errorCode: ErrorCode.NONE, errorMessage: 'NONE' }));
    return { errorCode: ErrorCode.NONE, errorMessage: null, ...(apiVersion < 2 ? { results } : {}) };
  },

  failed: (_request, { errorCode, message }) => ({ errorCode, errorMessage: message }),
});
