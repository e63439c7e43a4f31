/** What the group coordinator knows of the request and of the cluster's topics. */

export interface RequestContext {
  readonly apiVersion: number;
  readonly clientId: string;
  /** Kafka's form: "/127.0.0.1". */
  readonly clientHost: string;
}

/** Topics as the newest metadata image has them. */
export interface TopicLookup {
  /** The topic's id, or undefined when there is no such topic. */
  topicId(name: string): string | undefined;
  topicName(id: string): string | undefined;
}
