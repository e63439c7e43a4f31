/** The answers that AlterConfigs and IncrementalAlterConfigs have in common. */
import { ErrorCode, type KafkaError } from '../../protocol/errors.ts';
import type { AlteredConfigs } from '../metadata/controller.ts';

export function alteredResponses(altered: readonly AlteredConfigs[]) {
  return altered.map(({ resourceType, resourceName, error }) => ({
    resourceType,
    resourceName,
    errorCode: error?.errorCode ?? ErrorCode.NONE,
    errorMessage: error?.message ?? null,
  }));
}

export function failedResources(
  resources: readonly { readonly resourceType: number; readonly resourceName: string }[],
  { errorCode, message }: KafkaError,
) {
  return resources.map(({ resourceType, resourceName }) => ({
    resourceType,
    resourceName,
    errorCode,
    errorMessage: message,
  }));
}
