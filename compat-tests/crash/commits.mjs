/** A group's commits of ever higher offsets: after a crash the last acknowledged one is there, or a later one. */
import assert from 'node:assert/strict';

const [COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR] = [14, 15, 16];
const soon = new Set([COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR]);
const limitMs = 10_000;
const retryMs = 20;
const groupId = 'crash';
const topic = 'kept';

export class Commits {
  sent = 0;
  acknowledged = 0;

  async load(raw, { isOver, mayRefuse }) {
    while (!isOver()) {
      const committedOffset = ++this.sent;
      const answer = await raw.request('OffsetCommit', 8, {
        groupId,
        generationIdOrMemberEpoch: -1,
        memberId: '',
        topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: '' }] }],
      });
      if (answer === 'closed') return;
      const { errorCode } = answer.topics[0].partitions[0];
      if (errorCode === 0) this.acknowledged = committedOffset;
      else if (mayRefuse()) return;
      else throw new Error(`commit ${committedOffset} was answered ${errorCode}`);
    }
  }

  async check(raw) {
    const answer = await untilServed(() =>
      raw.request('OffsetFetch', 7, {
        groupId,
        topics: [{ name: topic, partitionIndexes: [0] }],
        requireStable: false,
      }),
    );
    const { committedOffset } = answer.topics[0].partitions[0];
    // A group without commits answers −1.
    const found = Math.max(committedOffset, 0);
    assert.ok(found >= this.acknowledged, `commit ${this.acknowledged} was acknowledged, ${found} is there`);
    assert.ok(found <= this.sent, `commit ${found} is there, ${this.sent} were sent`);
  }

  /** Makes the offsets topic, and waits until its coordinator serves. */
  async begin(raw) {
    await untilServed(() => raw.request('FindCoordinator', 3, { key: groupId, keyType: 0 }));
    await this.check(raw);
  }
}

async function untilServed(ask) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    assert.notEqual(answer, 'closed');
    if (answer.errorCode === 0) return answer;
    if (!soon.has(answer.errorCode) || Date.now() > deadline)
      throw new Error(`the coordinator answered ${answer.errorCode}`);
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}
