/** A configuration that the broker does not start with. The message says which key and value, and what is allowed. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError';
  readonly code: string = 'CONFIG_ERROR';
}

/** One key's value that its type or limits do not allow. */
export class InvalidValueError extends ConfigError {
  override readonly name = 'InvalidValueError';
  override readonly code = 'CONFIG_INVALID_VALUE';
  readonly key: string;
  /** As it was given. */
  readonly value: string;
  /** Kafka's sentence about the same mistake: what clients that alter configs are answered. */
  readonly kafkaMessage: string;

  constructor(key: string, value: string, kafkaMessage: string, allowed: string) {
    const reason = kafkaMessage.replace(/^Invalid value .* for configuration [^:]*: /, '').replace(/\.$/, '');
    super(`${key}=${value} is not allowed: ${reason}. Allowed is ${allowed}.`);
    this.key = key;
    this.value = value;
    this.kafkaMessage = kafkaMessage;
  }
}
