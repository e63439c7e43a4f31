/** States of a classic group. */
export type ClassicState = 'EMPTY' | 'PREPARING_REBALANCE' | 'COMPLETING_REBALANCE' | 'STABLE' | 'DEAD';

/** For each state, those that a group may come from. */
export const VALID_PREDECESSORS: Readonly<Record<ClassicState, readonly ClassicState[]>> = {
  EMPTY: ['PREPARING_REBALANCE'],
  PREPARING_REBALANCE: ['STABLE', 'COMPLETING_REBALANCE', 'EMPTY'],
  COMPLETING_REBALANCE: ['PREPARING_REBALANCE'],
  STABLE: ['COMPLETING_REBALANCE'],
  DEAD: ['STABLE', 'PREPARING_REBALANCE', 'COMPLETING_REBALANCE', 'EMPTY', 'DEAD'],
};

/** As clients see them. */
export const STATE_NAMES: Readonly<Record<ClassicState, string>> = {
  EMPTY: 'Empty',
  PREPARING_REBALANCE: 'PreparingRebalance',
  COMPLETING_REBALANCE: 'CompletingRebalance',
  STABLE: 'Stable',
  DEAD: 'Dead',
};
