/** Where Samsa answers a call of the Admin client otherwise on purpose, and why. */
export const knownDifferences = [];
