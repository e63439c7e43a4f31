import { javaLatencyScenario } from '../support/java.mjs';

export default javaLatencyScenario({
  title: 'Java client, end to end, 1,000 records of 100 B a second one at a time, linger.ms=0, acks=all',
  rate: 1000,
});
