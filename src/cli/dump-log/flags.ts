/** The flags of `samsa dump-log`, as commander hands them over. */
export interface DumpLogFlags {
  readonly files?: string;
  readonly printDataLog?: boolean;
  readonly deepIteration?: boolean;
  readonly skipRecordMetadata?: boolean;
  readonly maxBytes?: string;
  readonly maxMessageSize?: string;
  readonly indexSanityCheck?: boolean;
  readonly verifyIndexOnly?: boolean;
  readonly keyDecoderClass?: string;
  readonly valueDecoderClass?: string;
  readonly offsetsDecoder?: boolean;
  readonly transactionLogDecoder?: boolean;
  readonly clusterMetadataDecoder?: boolean;
  readonly shareGroupStateDecoder?: boolean;
  /** True unless `--no-verdict`. */
  readonly verdict?: boolean;
}
