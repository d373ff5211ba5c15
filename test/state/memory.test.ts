import { MemoryState, MemoryStore } from '../../src/state/memory.ts';
import { describeState } from '../contracts/state.ts';

describeState('memory', () => {
  const store = new MemoryStore();
  return { open: () => new MemoryState(store), cleanUp: () => {} };
});
