import { aroundAll, aroundEach } from 'vitest';
import { scoped } from './scope.ts';

// Ending things may need a busy engine: the time for it is the hooks' own, given in vitest.config.ts.
aroundAll((runSuite) => scoped('the file', runSuite));
aroundEach((runTest, { task }) => scoped(`"${task.name}"`, runTest));
